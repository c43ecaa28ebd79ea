"""Running the command as a user does: a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIRAGE = Path(sys.executable).parent / "tirage"


@dataclass(frozen=True)
class Run:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def run(*arguments: object, timeout_s: float = 120, cwd: Path | None = None, **environment: str) -> Run:
    """Run `tirage` with arguments, at 80 columns and without colour."""
    done = subprocess.run(
        [TIRAGE, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", **environment},
    )
    return Run(done.returncode, done.stdout, done.stderr)
