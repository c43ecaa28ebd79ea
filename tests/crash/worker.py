"""A worker in a process of its own: `python -m tests.crash.worker FOLDER [PROJECT]`; ends when all is done.

With the name of a project it receives, too, until the project's studies were fetched.
"""

import sys
from pathlib import Path

from tirage.model.identifiers import ProjectName
from tirage.service import open_node
from tirage.settings import load_settings

PATIENCE_S = 150.0
"""Longer than a busy machine takes: what counts is what comes of the work, not when."""


def main(folder: Path, project: str = "") -> None:
    with open_node(load_settings(folder)) as node:
        if project:
            is_done = node.run_until_fetched(ProjectName(project), lambda: None, PATIENCE_S)
        else:
            is_done = node.run_until_idle(lambda stages: None, PATIENCE_S)
        sys.exit(0 if is_done else 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
