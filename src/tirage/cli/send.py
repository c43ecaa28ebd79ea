"""`tirage send`: files to a DICOM listener by C-STORE, to try one out."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.options import Json, Node
from tirage.errors import Permanent

if TYPE_CHECKING:
    from tirage.network.scu.association import Peer
    from tirage.network.scu.store import Sendable, Sent

app = typer.Typer()


class NothingToSend(Permanent):
    """There is no DICOM file under the given path."""

    code = "NOTHING_TO_SEND"
    exit_code = 66
    remedy = "Name a DICOM file or a folder that contains some."


class AddressInvalid(Permanent):
    """An address is not of the form HOST:PORT or HOST:PORT:AE."""

    code = "ADDRESS_INVALID"
    exit_code = 2
    remedy = "Write it as HOST:PORT:AE, for example 127.0.0.1:11112:TIRAGE."


def parse_address(text: str, default_ae: str) -> tuple[str, int, str]:
    """Host, port and AE title of `HOST:PORT` or `HOST:PORT:AE`; IPv6 addresses go in brackets."""
    host, _, rest = text.partition("]:") if text.startswith("[") else text.partition(":")
    port, _, title = rest.partition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise AddressInvalid("an address could not be read")
    return host.strip("[]"), int(port), title or default_ae


def sendable(paths: list[Path]) -> Iterator["Sendable"]:
    """The DICOM files among `paths` and below the folders among them, in order of name."""
    from tirage.network.scu.store import read_sendable

    for path in paths:
        for file in sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]:
            found = read_sendable(file)
            if found is not None:
                yield found


def outcome(sent: "Sent") -> str:
    """One word for what became of a file: `stored`, a problem, or the peer's status."""
    if sent.is_stored:
        return "stored"
    return str(sent.problem) or f"0x{sent.status or 0:04X}"


@app.command()
def send(
    paths: Annotated[list[Path], typer.Argument(help="DICOM files or folders of them.", exists=True)],
    to: Annotated[
        str, typer.Option("--to", help="Where to: HOST:PORT:AE. Without it, the listener of the node.")
    ] = "",
    calling: Annotated[str, typer.Option("--calling", help="AE title to call ourselves.")] = "TIRAGE-SEND",
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Send DICOM files to a listener, to try it.

    Files are sent as they are, each in its own transfer syntax. Ends with 1 when a file was not stored.
    """
    from tirage.cli.screen import bars, by_name, console, print_json
    from tirage.network.scu.store import store

    peer = _peer(to, calling, node)
    files = list(sendable(paths))
    if not files:
        raise NothingToSend("no DICOM file found")
    screen = console()
    with bars(screen, hidden=as_json) as progress:
        task = progress.add_task("sending", total=len(files))
        results = store(files, peer, lambda _: progress.advance(task))
    counts = dict(Counter(outcome(sent) for sent in results))
    if as_json:
        print_json(
            {"to": f"{peer.host}:{peer.port}:{peer.called_ae}", "files": len(files), "outcomes": counts}
        )
    else:
        screen.print(
            f"{len(files):,} files sent to {peer.called_ae} at {peer.host}:{peer.port}: {by_name(counts)}"
        )
    if set(counts) != {"stored"}:
        raise typer.Exit(1)


def _peer(to: str, calling: str, node: Path) -> "Peer":
    from tirage.network.scu.association import Peer

    if to:
        host, port, title = parse_address(to, "ANY-SCP")
        return Peer(host, port, title, calling)
    from tirage.settings import load_settings

    listener = load_settings(node).listener
    host = "127.0.0.1" if listener.host in ("0.0.0.0", "::") else listener.host  # noqa: S104 - reading, not binding
    return Peer(host, listener.port, listener.ae_title, calling)
