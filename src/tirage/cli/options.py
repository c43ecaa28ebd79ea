"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Node = Annotated[
    Path,
    typer.Option(
        "--node", "-n", envvar="TIRAGE_NODE", help="Folder of the node.", file_okay=False, show_default="here"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs in place of text for people.")]
