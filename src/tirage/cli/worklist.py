"""`tirage worklist`: descriptions nobody decided yet, and the decisions that were made."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from tirage.cli.deid.project import ShowValues, check_terminal
from tirage.cli.options import Json, Node
from tirage.cli.release import account
from tirage.model.requests import Level, Listing

if TYPE_CHECKING:
    from tirage.service.worklist import Decided
    from tirage.store.descriptions import Waiting


class ShowFirst(TyperGroup):
    """A group whose first command is meant when none is named: `tirage worklist PROJECT`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments with `show` in front unless they name a command or ask for help."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=ShowFirst,
    no_args_is_help=True,
    help="Decide which descriptions of studies are wanted.\n\n`tirage worklist PROJECT` is `show`.",
)
ProjectArgument = Annotated[str, typer.Argument(help="Name of the project.", show_default=False)]
LevelOption = Annotated[Level, typer.Option(help="Of studies or of series.")]


@app.command()
def show(
    project: ProjectArgument,
    node: Node = Path(),
    level: LevelOption = Level.STUDY,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write them to this CSV file, to be filled in.", dir_okay=False),
    ] = None,
    show_values: ShowValues = False,
    as_json: Json = False,
) -> None:
    """List descriptions that nobody has decided yet.

    Descriptions are free text and may name people: they are shown on a terminal, or written with --out.
    """
    from tirage.cli.screen import console, print_json, print_rows
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node
    from tirage.service.worklist import waiting
    from tirage.settings import load_settings

    check_terminal(show_values)
    with open_node(load_settings(node)) as opened:
        found = waiting(opened.parts, ProjectName(project), level)
    rows = [_row(number, each, show_values) for number, each in enumerate(found, start=1)]
    if out is not None:
        _write(out, found)
    if as_json:
        print_json({"project": project, "level": level.value, "waiting": rows})
        return
    screen = console()
    if rows:
        print_rows(
            screen, rows[0], (["" if cell is None else str(cell) for cell in row.values()] for row in rows)
        )
    noun = "description waits" if len(rows) == 1 else "descriptions wait"
    screen.print(f"{len(rows):,} {level.value} {noun} for a decision.")
    if out is not None:
        screen.print(f"  {out}", soft_wrap=True, markup=False)


@app.command()
def decide(
    project: ProjectArgument,
    node: Node = Path(),
    include: Annotated[list[str], typer.Option(help="Fetch what is described so; may be repeated.")] = [],  # noqa: B006
    exclude: Annotated[list[str], typer.Option(help="Leave it out; may be repeated.")] = [],  # noqa: B006
    level: LevelOption = Level.STUDY,
    as_json: Json = False,
) -> None:
    """Decide descriptions. What waits for them is judged anew; earlier decisions are kept."""
    from tirage.acquire.descriptions import fold

    if not include and not exclude:
        raise typer.BadParameter("nothing to decide", param_hint="--include / --exclude")
    if {fold(text) for text in include} & {fold(text) for text in exclude}:
        raise typer.BadParameter("one description is both", param_hint="--include / --exclude")
    decisions = dict.fromkeys(include, Listing.INCLUDE) | dict.fromkeys(exclude, Listing.EXCLUDE)
    _decide(project, node, level, decisions, as_json)


@app.command("import")
def import_(
    project: ProjectArgument,
    file: Annotated[Path, typer.Argument(help="CSV or XLSX file.", exists=True, dir_okay=False)],
    node: Node = Path(),
    level: LevelOption = Level.STUDY,
    as_json: Json = False,
) -> None:
    """Take over the decisions of a table.

    Its columns are `description` and `decision` (include or exclude), or `description` with a mark in
    `include` or `exclude`, or one column of descriptions for each of the two.
    """
    from tirage.store.decisions import read

    _decide(project, node, level, read(file), as_json)


@app.command()
def history(
    project: ProjectArgument,
    node: Node = Path(),
    show_values: ShowValues = False,
    as_json: Json = False,
) -> None:
    """List every decision ever made: version, what was decided, by whom, when."""
    from tirage.cli.screen import console, print_json, print_rows
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node
    from tirage.service.worklist import history as made
    from tirage.settings import load_settings
    from tirage.store.times import moment

    check_terminal(show_values)
    with open_node(load_settings(node)) as opened:
        changes = made(opened.parts, ProjectName(project))
    rows = [
        {
            "version": str(each.version),
            "level": each.level.value,
            "decision": each.listing.value,
            "by": each.decided_by,
            "at": f"{moment(each.decided_at):%Y-%m-%d %H:%M}",
        }
        | ({"description": each.shown} if show_values else {})
        for each in changes
    ]
    if as_json:
        print_json({"project": project, "history": rows})
    elif rows:
        print_rows(console(), rows[0], (row.values() for row in rows))
    else:
        console().print("Nothing decided yet.")


def _decide(project: str, node: Path, level: Level, decisions: dict[str, Listing], as_json: bool) -> None:
    from tirage.cli.screen import console, print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node
    from tirage.service.worklist import decide as record
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        name = ProjectName(project)
        made: Decided = record(opened.parts, name, level, decisions, f"account:{account()}")
    if as_json:
        print_json({"project": project, "version": made.version, "decided": len(decisions), "new": made.news})
    elif made.news:
        console().print(f"Version {made.version} of the list: {made.news:,} of {len(decisions):,} are new.")
    else:
        console().print(f"Nothing new: version {made.version} of the list says the same.")


def _row(number: int, each: "Waiting", show_values: bool) -> dict[str, Any]:
    from tirage.store.times import moment

    row = {
        "number": number,
        "studies": each.studies,
        "modalities": " ".join(each.modalities),
        "first seen": f"{moment(each.first_seen):%Y-%m-%d}",
    }
    return row | ({"description": each.shown} if show_values else {})


def _write(path: Path, found: "list[Waiting]") -> None:
    """A table to be filled in and imported: `decision` is empty."""
    from tirage.flow.ledger.files import as_csv
    from tirage.flow.sheet.page import write_private

    rows = [_row(number, each, show_values=True) for number, each in enumerate(found, start=1)]
    columns = {"description": [row["description"] for row in rows], "decision": [""] * len(rows)}
    columns |= {name: [row[name] for row in rows] for name in ("studies", "modalities", "first seen")}
    write_private(path, as_csv(columns))
