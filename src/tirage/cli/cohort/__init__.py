"""`tirage cohort`: check a list of requests, load it into a project, look at what was loaded."""

import typer

from tirage.cli.cohort.checking import check
from tirage.cli.cohort.loading import load
from tirage.cli.cohort.showing import diff, show

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Check and load lists of what to ask archives for.")
for command in (check, load, show, diff):
    app.command(command.__name__)(command)
