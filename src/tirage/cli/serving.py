"""A node at work in a process of its own, for as long as a block lasts."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tirage.errors import Permanent

STOP_S = 20.0


class NodeDidNotStart(Permanent):
    """The node's process ended before it listened."""

    code = "NODE_DID_NOT_START"
    exit_code = 70
    remedy = "Run `tirage doctor --node FOLDER` and `tirage serve --node FOLDER` to see why."


@contextmanager
def serving(node: Path) -> Iterator[tuple[str, int, str]]:
    """Start `tirage serve`; host, port and AE title of its listener. It has ended when the block has.

    What it logs goes to `node.log` in the node folder.
    """
    command = [sys.executable, "-m", "tirage", "serve", "--json", "--node", str(node)]
    with (node / "node.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)  # noqa: S603
    try:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise NodeDidNotStart("the node ended before it listened; see node.log in its folder")
        started = json.loads(line)
        host, _, port = started["dicom"].rpartition(":")
        yield host, int(port), started["ae_title"]
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
