"""`tirage deid`: de-identify a folder without a node; show what would change, what did, and by which rule."""

import typer

from tirage.cli.deid.difference import diff
from tirage.cli.deid.folder import run
from tirage.cli.deid.page import sheet
from tirage.cli.deid.rules import explain, plan
from tirage.cli.deid.survey import preview

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="De-identify a folder without a node; explain changes.")
for command in (run, plan, explain, diff, sheet, preview):
    app.command(command.__name__)(command)
