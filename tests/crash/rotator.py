"""Somebody who rotates a node's keys, as a process: `python -m tests.crash.rotator FOLDER [signing]`."""

import sys
from pathlib import Path

from tirage.service.resigning import rotate_signing
from tirage.service.rotating import rotate
from tirage.settings import load_settings


def main(folder: Path, what: str = "") -> None:
    settings = load_settings(folder)
    if what == "signing":
        rotate_signing(settings, "ada")
    else:
        rotate(settings, "ada", lambda left: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
