"""`tirage ledger`: what became of every row that a project requested."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli.options import Json, Node

if TYPE_CHECKING:
    from tirage.flow.ledger.entries import Ledger

app = typer.Typer()
STYLES = {"done": "green", "coming": "blue", "person": "yellow", "absent": "magenta", "unwanted": "cyan"}


@app.command()
def ledger(
    project: Annotated[str, typer.Argument(help="Name of the project.", show_default=False)],
    node: Node = Path(),
    cohort: Annotated[
        int | None, typer.Option(help="Rows of this version alone.", show_default="all versions")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write the ledger as HTML, CSV, Parquet and SVG into this folder: it names patients.",
            file_okay=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what became of every requested row.

    Each ends in exactly one way; the counts add up to what was requested. Only counts are printed.
    """
    from tirage.cli.screen import console, print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node
    from tirage.service.ledger import ledger as make
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        made = make(opened.parts, ProjectName(project), cohort)
    written: list[Path] = []
    if out is not None:
        from tirage.flow.ledger.files import write

        written = write(made, out)
    if as_json:
        print_json(_json(made, written))
        return
    _show(made)
    for path in written:
        console().print(f"  {path}", soft_wrap=True, markup=False)


def _json(made: "Ledger", written: list[Path]) -> dict[str, Any]:
    from tirage.flow.ledger.attrition import boxes
    from tirage.model.requests import RequestOutcome

    return {
        "project": made.project,
        "cohort": made.version,
        "made": made.made.isoformat(timespec="seconds"),
        "requests": len(made.entries),
        "outcomes": {outcome.value: made.outcomes.get(outcome, 0) for outcome in RequestOutcome},
        "steps": {box.step.value: box.count for box in boxes(made.entries)},
        "files": [str(path) for path in written],
    }


def _show(made: "Ledger") -> None:
    from rich.table import Table

    from tirage.cli.screen import console
    from tirage.flow.ledger.words import KINDS, WORDS

    screen = console()
    if not made.entries:
        screen.print(f"Nothing requested: {made.project} has no cohort with rows.")
        return
    screen.print(f"[bold]{made.project}[/]")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 1))
    table.add_column(justify="right", min_width=6)
    table.add_column(min_width=24)
    table.add_column()
    for outcome, count in made.outcomes.items():
        words = WORDS[outcome]
        said = words.next if words.kind in ("person", "absent") else KINDS[words.kind]
        table.add_row(f"{count:,}", outcome.value, said, style=STYLES[words.kind])
    table.add_row(f"{len(made.entries):,}", "requested", "every row is accounted for", style="bold")
    screen.print(table)
