"""The options that say which list is meant and how it is to be understood."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tirage.service import Progress
    from tirage.service.lists import Order

ListPath = Annotated[
    Path,
    typer.Argument(
        metavar="LIST",
        help="A CSV, XLSX or Parquet file, or the folder of an OMOP ES extract.",
        exists=True,
        show_default=False,
    ),
]
LinksPath = Annotated[
    Path | None,
    typer.Option("--links", help="A table of patient and national numbers.", exists=True, dir_okay=False),
]
ColumnNames = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="FIELD=HEADING", help='Which column is which: `accession="Acc No"`. Repeat it.'
    ),
]
Since = Annotated[
    str,
    typer.Option(
        metavar="last|DATE",
        help="For patients alone: all studies of new ones, of known ones those since the last run or DATE.",
    ),
]
First = Annotated[
    str, typer.Option("--from", metavar="DATE", help="For patients alone: studies from this day on.")
]
Last = Annotated[str, typer.Option("--to", metavar="DATE", help="For patients alone: studies to this day.")]
Overlap = Annotated[
    int, typer.Option(min=0, max=3650, help="Days before the last run that `--since last` asks for again.")
]


def make_order(
    path: Path,
    links: Path | None,
    columns: Sequence[str],
    since: str = "",
    first: str = "",
    last: str = "",
    overlap_days: int = 1,
    again: bool = False,
) -> "Order":
    """What the options ask for."""
    from tirage.acquire.cohort.window import Window
    from tirage.model.archives import DateRange
    from tirage.service.lists import Order

    named = {}
    for each in columns:
        name, sign, heading = each.partition("=")
        if not sign or not heading or name.strip() in named:
            raise typer.BadParameter("write FIELD=HEADING, each field once", param_hint="--column")
        named[name.strip()] = heading
    window = Window(
        DateRange(_day(first, "--from"), _day(last, "--to")),
        since == "last",
        None if since == "last" else _day(since, "--since"),
        overlap_days,
    )
    return Order(path, links, named, window, again)


@contextmanager
def watched(title: str, hidden: bool) -> "Iterator[Callable[[Progress], None]]":
    """What moves a bar, which is shown once the work has taken two seconds."""
    from tirage.cli.screen import late_bar

    with late_bar(title, hidden=hidden) as advance:
        yield lambda each: advance(each.done, each.total)


def _day(text: str, option: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("write the day as YYYY-MM-DD", param_hint=option) from error
