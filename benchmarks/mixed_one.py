"""One run of Tirage over a folder, gate included; prints seconds and how the files ended, as JSON."""

import json
import sys
import time
from collections import Counter
from pathlib import Path

from tirage.cli.deid.project import DEFAULT_PROJECT
from tirage.flow.folder import inputs_of, run
from tirage.policy.project import load_project


def main() -> None:
    """De-identify the folder in the first argument into the second; start and imports do not count."""
    source, target = map(Path, sys.argv[1:])
    project = load_project(DEFAULT_PROJECT)
    ends: Counter[str] = Counter()
    inputs = inputs_of(source)
    started = time.perf_counter()
    for lines in run(inputs, target, DEFAULT_PROJECT, project, bytes(32), jobs=1):
        for line in lines:
            ends[" ".join(filter(None, (line.disposition.value, line.reason)))] += 1
    seconds = time.perf_counter() - started
    sys.stdout.write(json.dumps({"seconds": seconds, "ends": ends}))


if __name__ == "__main__":
    main()
