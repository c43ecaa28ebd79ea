"""`tirage trace`: everything that happened to one object, from its arrival on."""

from pathlib import Path
from typing import Annotated

import typer

from tirage.cli.options import Json, Node
from tirage.errors import Permanent

app = typer.Typer()


class UnknownObject(Permanent):
    """The handle means no object of this node."""

    code = "UNKNOWN_OBJECT"
    exit_code = 66
    remedy = "Take a number from `tirage status --reason REASON` or from an import's report."


@app.command()
def trace(
    handle: Annotated[str, typer.Argument(help="Number of the object, or the first digits of its SHA-256.")],
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Show everything that happened to one object.

    In order of time (UTC). Where the gate saw an identifier, the attribute is named; the value is not.
    """
    from dataclasses import asdict

    from tirage.cli.screen import console, print_json, print_rows
    from tirage.service import open_node
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        lines = opened.trace(handle)
    if not lines:
        raise UnknownObject("no object has this number, and no digest begins so")
    if as_json:
        print_json([asdict(line) for line in lines])
        return
    rows = [(f"{line.at:%Y-%m-%d %H:%M:%S}", line.stage, line.what, line.detail) for line in lines]
    print_rows(console(), ("time (UTC)", "project", "what", "detail"), rows)
