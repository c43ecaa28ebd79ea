"""`tirage redcap`: transfer requests from a REDCap project, and what became of them written back."""

from pathlib import Path
from typing import Annotated

import typer

from tirage.cli.options import Json, Node

app = typer.Typer(
    no_args_is_help=True,
    help="Load transfer requests from a REDCap project; write back what became of them.",
)
ProjectArgument = Annotated[str, typer.Argument(help="Name of the project.", show_default=False)]


@app.command()
def check(project: ProjectArgument, node: Node = Path(), as_json: Json = False) -> None:
    """Try the REDCap project that a project file names; nothing is loaded and nothing written."""
    from tirage.cli.screen import console, print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node, redcap
    from tirage.settings import load_settings

    settings = load_settings(node)
    with open_node(settings) as opened:
        found = redcap.check(opened.parts, settings, ProjectName(project))
    if as_json:
        print_json({"version": found.version, "requests": found.requests, "unwritten": found.unwritten})
        return
    screen = console()
    screen.print(f"REDCap {found.version} answers: {found.requests:,} requests of {project}.", markup=False)
    if found.unwritten:
        names = ", ".join(found.unwritten)
        screen.print(f"It has no field {names}: that part of a status is not written.", markup=False)


@app.command()
def pull(project: ProjectArgument, node: Node = Path(), as_json: Json = False) -> None:
    """Load the requests into the project, whole or not at all, as `tirage cohort load` does with a file.

    A request that cannot be taken is named by its number, in order of record and instance, with its field and
    a code.
    """
    from tirage.cli.cohort.loading import show
    from tirage.cli.release import account
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node, redcap
    from tirage.settings import load_settings

    settings = load_settings(node)
    with open_node(settings) as opened:
        loaded = redcap.pull(opened.parts, settings, ProjectName(project), f"account:{account()}")
    show(project, loaded, as_json)


@app.command()
def push(project: ProjectArgument, node: Node = Path(), as_json: Json = False) -> None:
    """Write to each request whether it waits, failed or was delivered, and read it back.

    A serving node does this every five minutes. Nothing is written where nothing changed.
    """
    from tirage.cli.release import account
    from tirage.cli.screen import by_name, console, print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node, redcap
    from tirage.settings import load_settings

    settings = load_settings(node)
    with open_node(settings) as opened:
        pushed = redcap.push(opened.parts, settings, ProjectName(project), f"account:{account()}")
    counts = {standing.value: count for standing, count in sorted(pushed.standings.items())}
    if as_json:
        print_json({"requests": counts, "written": pushed.written})
        return
    console().print(f"{by_name(counts) or 'No requests'}; {pushed.written:,} rows written.", markup=False)
