"""One run of Tirage's folder de-identification in one process; prints its peak memory in MB."""

import sys
from pathlib import Path

from tirage.cli.deid.project import DEFAULT_PROJECT
from tirage.flow.folder import inputs_of, run
from tirage.model.outcomes import Disposition
from tirage.policy.project import load_project


def main() -> None:
    """De-identify the folder in the first argument into the second; fails when anything is not released."""
    source, target = map(Path, sys.argv[1:])
    project = load_project(DEFAULT_PROJECT)
    for lines in run(inputs_of(source), target, DEFAULT_PROJECT, project, bytes(32), jobs=1):
        stopped = [line for line in lines if line.disposition is not Disposition.RELEASED]
        if stopped:
            raise SystemExit(f"{stopped[0].disposition} {stopped[0].reason}")
    sys.stdout.write(f"{_peak_mb():.1f}\n")


def _peak_mb() -> float:
    """Of this program alone: `getrusage` would count the process that started it too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
