"""Somebody who signs what is proposed, as a process: `python -m tests.crash.signer FOLDER ACCOUNT`."""

import sys
from pathlib import Path

from tests.flow.nodes import PROJECT

from tirage.flow.steps import signing
from tirage.flow.steps.signing import Signed
from tirage.service import open_node
from tirage.service.signing import desk
from tirage.settings import load_settings
from tirage.store import candidates
from tirage.store.database import reading


def main(folder: Path, account: str) -> None:
    with open_node(load_settings(folder)) as node:
        with reading(node.parts.database) as connection:
            row = candidates.newest(connection, PROJECT)
        assert row is not None
        done = signing.sign(desk(node.parts), row.id, account, row.statement)
        sys.exit(0 if isinstance(done, Signed) else 3)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
