"""`tirage query`: ask the archives for the rows of a cohort, and show or keep what they have."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli.options import Json, Node
from tirage.errors import Permanent

if TYPE_CHECKING:
    from tirage.service.acquiring import Found

app = typer.Typer()


class TableExists(Permanent):
    """The file for the table is there already."""

    code = "TABLE_EXISTS"
    exit_code = 73
    remedy = "Name another file; tables are not overwritten."


@app.command()
def query(
    project: Annotated[str, typer.Argument(help="Name of the project.", show_default=False)],
    again: Annotated[
        bool, typer.Option("--again", help="Ask again for rows of which no study is wanted.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write what archives answered to this new CSV file. It identifies: keep it safe.",
            dir_okay=False,
        ),
    ] = None,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Ask the archives which studies they have for the project's cohort.

    Rows that were answered are not asked for again, so it goes on where it was stopped. Nothing is fetched.
    """
    from tirage.cli.release import account
    from tirage.cli.screen import bars, console
    from tirage.cli.working import PATIENCE_S, judge
    from tirage.model.identifiers import ProjectName
    from tirage.service import Asked, acquiring, open_node
    from tirage.settings import load_settings

    if out is not None and out.exists():
        raise TableExists("the table would overwrite a file")
    name = ProjectName(project)
    with open_node(load_settings(node)) as opened:
        asked = acquiring.ask_query(opened.parts, name, f"account:{account()}", again=again)
        is_done, failures = True, []
        if asked is not Asked.NOTHING:
            with bars(console(), hidden=as_json, rate="rows") as progress:
                task = progress.add_task("asking", total=None)

                def advance() -> None:
                    now = acquiring.standing(opened.parts, name)
                    progress.update(task, completed=now.rows - now.open_rows, total=now.rows)

                is_done = opened.run_until_answered(name, advance, PATIENCE_S)
            failures = opened.failures()
        found = acquiring.found(opened.parts, name)
        waiting = acquiring.standing(opened.parts, name).waiting
        if out is not None:
            acquiring.write_table(opened.parts, name, out)
    _show(project, found, waiting, out, as_json)
    judge(failures, is_done)


def _show(project: str, found: "Found", waiting: int, out: Path | None, as_json: bool) -> None:
    from tirage.cli.screen import console, print_json, print_rows

    if as_json:
        print_json({"project": project, "rows": found.rows, "studies": found.studies})
        return
    screen = console()
    rows = [(_plain(name), f"{count:,}") for name, count in found.rows.items()]
    print_rows(screen, ("rows of the cohort", ""), rows)
    screen.print()
    print_rows(
        screen, ("studies found", ""), [(_plain(name), f"{count:,}") for name, count in found.studies.items()]
    )
    if out is not None:
        screen.print(f"\nThe table is in {out}. It identifies patients.", soft_wrap=True, markup=False)
    if "description-unknown" in found.studies:
        screen.print(f"\nDescriptions wait for a decision: `tirage worklist {project}`.")
    if waiting:
        screen.print(f"\nFetch what is wanted and not here: `tirage fetch {project}`.")


def _plain(name: str) -> Any:
    return name.replace("-", " ") or "not asked yet"
