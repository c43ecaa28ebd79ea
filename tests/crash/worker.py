"""A worker in a process of its own: `python -m tests.crash.worker FOLDER`; it ends when all is done."""

import sys
from pathlib import Path

from tirage.service import open_node
from tirage.settings import load_settings


def main(folder: Path) -> None:
    with open_node(load_settings(folder)) as node:
        sys.exit(0 if node.run_until_idle(lambda stages: None, 60) else 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
