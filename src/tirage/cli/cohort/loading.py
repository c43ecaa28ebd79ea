"""`tirage cohort load`: make a list the next version of what a project asks archives for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.cohort.order import (
    ColumnNames,
    First,
    Last,
    LinksPath,
    ListPath,
    Overlap,
    Since,
    make_order,
    watched,
)
from tirage.cli.options import Json, Node
from tirage.errors import Permanent

if TYPE_CHECKING:
    from tirage.service.cohorts import Loaded


class RowsRefused(Permanent):
    """Rows of a list are wrong, so nothing of it was loaded."""

    code = "ROWS_REFUSED"
    remedy = (
        "Mend the rows named, or take them out, and load the list again. "
        "docs/guides/cohort.md says what each code means."
    )


def load(
    path: ListPath,
    project: Annotated[str, typer.Option("--project", "-p", help="Name of the project.", show_default=False)],
    links: LinksPath = None,
    column: ColumnNames = None,
    since: Since = "",
    first: First = "",
    last: Last = "",
    overlap_days: Overlap = 1,
    again: Annotated[bool, typer.Option("--again", help="Load it even when nothing in it is new.")] = False,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Load a list of requests into a project, whole or not at all.

    Every row is checked first; when one is wrong, nothing is loaded, and each problem is named by row, field
    and code. The list becomes the project's next version; nothing is asked of an archive yet.
    """
    from tirage.cli.release import account
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node
    from tirage.service.cohorts import load as load_list
    from tirage.settings import load_settings

    order = make_order(path, links, column or (), since, first, last, overlap_days, again)
    settings = load_settings(node)
    with open_node(settings) as opened, watched("reading", as_json) as advance:
        by = f"account:{account()}"
        loaded = load_list(opened.parts, settings, ProjectName(project), order, by, advance)
    show(project, loaded, as_json)


def show(project: str, loaded: "Loaded", as_json: bool) -> None:
    """What came of loading; raises `RowsRefused` where nothing was loaded for a row that is wrong."""
    from tirage.cli.cohort.report import checked_json, print_checked
    from tirage.cli.screen import console, print_json
    from tirage.service.cohorts import Loading

    version = loaded.cohort.version if loaded.cohort else None
    if as_json:
        said = {"project": project, "loading": loaded.loading.value, "version": version}
        print_json(said | {"list": checked_json(loaded.checked)})
    else:
        print_checked(console(), loaded.checked)
    if loaded.loading is Loading.REFUSED:
        count = loaded.checked.problem_count
        raise RowsRefused(f"{count:,} {'problem' if count == 1 else 'problems'}: nothing was loaded")
    if as_json:
        return
    if loaded.loading is Loading.UNCHANGED:
        console().print(
            f"Nothing new: version {version} of {project} says the same. `--again` loads it anyway."
        )
    else:
        console().print(f"Loaded as version {version} of {project}: {loaded.checked.requests:,} requests.")
