"""`tirage cohort show` and `diff`: what was loaded, and how one version differs from another."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli.deid.project import ShowValues, check_terminal
from tirage.cli.options import Json, Node

if TYPE_CHECKING:
    from tirage.model.requests import Request
    from tirage.store.cohorts import Cohort

ProjectArgument = Annotated[str, typer.Argument(help="Name of the project.", show_default=False)]
HEADINGS = ("row", "patient", "national", "accession", "study", "study date", "from", "to", "participant")


def show(
    project: ProjectArgument,
    version: Annotated[int | None, typer.Option(help="The version; the newest without.", min=1)] = None,
    node: Node = Path(),
    as_json: Json = False,
    show_values: ShowValues = False,
) -> None:
    """Show what a project's list asks for: its versions, files and counts; rows only with --show-values."""
    from tirage.cli.screen import by_name, console, print_json, print_rows, size_words
    from tirage.model.identifiers import ProjectName
    from tirage.service import cohorts, open_node
    from tirage.settings import load_settings

    check_terminal(show_values)
    with open_node(load_settings(node)) as opened:
        shown = cohorts.show(opened.parts, ProjectName(project), version)
        kept = cohorts.rows(opened.parts, shown.cohort) if show_values else []
    if as_json:
        print_json(_shown_json(shown))
        return
    screen = console()
    print_rows(
        screen,
        ("version", "loaded", "by", "kind", "requests"),
        (
            (str(each.version), _day(each), each.loaded_by, each.kind.value, f"{each.requests:,}")
            for each in shown.versions
        ),
    )
    outcomes = {name or "not asked for yet": count for name, count in shown.outcomes.items()}
    screen.print(f"\nVersion {shown.cohort.version}: {by_name(outcomes)}", markup=False)
    for file in shown.files:
        screen.print(f"  {file.name}, {size_words(file.size_bytes)}", markup=False, soft_wrap=True)
    if show_values:
        print_rows(screen, HEADINGS, (_values(each.request) for each in kept))


def diff(
    project: ProjectArgument,
    old: Annotated[int | None, typer.Argument(help="The earlier version.", min=1)] = None,
    new: Annotated[int | None, typer.Argument(help="The later version.", min=1)] = None,
    node: Node = Path(),
    as_json: Json = False,
    show_values: ShowValues = False,
) -> None:
    """Compare two versions of a project's list, the two newest without numbers: rows added, gone, changed.

    Two rows are the same when they name the same patient, accession, study, series and study date.
    """
    from tirage.cli.screen import console, print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import cohorts, open_node
    from tirage.settings import load_settings

    check_terminal(show_values)
    with open_node(load_settings(node)) as opened:
        earlier, later, found = cohorts.difference(opened.parts, ProjectName(project), old, new)
        before = _by_row(cohorts.rows(opened.parts, earlier)) if show_values else {}
        after = _by_row(cohorts.rows(opened.parts, later)) if show_values else {}
    if as_json:
        counts = {"added": len(found.added), "gone": len(found.gone), "changed": len(found.changed)}
        print_json({"old": earlier.version, "new": later.version, **counts, "same": found.same})
        return
    screen = console()
    screen.print(f"Version {later.version} beside version {earlier.version} of {project}:", markup=False)
    _print_part("added", [(after, row) for row in found.added], show_values)
    _print_part("gone", [(before, row) for row in found.gone], show_values)
    pairs = [side for old_row, new_row in found.changed for side in ((before, old_row), (after, new_row))]
    _print_part("changed", pairs, show_values, len(found.changed))
    screen.print(f"{found.same:>9,} the same")


def _print_part(
    title: str,
    rows: "Sequence[tuple[Mapping[int, Request], int]]",
    show_values: bool,
    count: int | None = None,
) -> None:
    from tirage.cli.screen import console, print_rows

    console().print(f"{len(rows) if count is None else count:>9,} {title}")
    if show_values and rows:
        print_rows(console(), HEADINGS, (_values(requests[row]) for requests, row in rows))


def _by_row(kept: Iterable[Any]) -> "dict[int, Request]":
    return {each.request.row: each.request for each in kept}


def _values(request: "Request") -> tuple[str, ...]:
    """A row's values for a terminal; they identify."""
    from rich.markup import escape

    texts = (
        f"{request.row}",
        " ".join(filter(None, (request.patient_id, request.issuer))),
        request.national_id,
        request.accession,
        request.study,
        str(request.study_date or ""),
        str(request.dates.first or ""),
        str(request.dates.last or ""),
        request.participant,
    )
    return tuple(escape(text) for text in texts)


def _day(cohort: "Cohort") -> str:
    from tirage.store.times import moment

    return f"{moment(cohort.loaded_at):%Y-%m-%d %H:%M}"


def _shown_json(shown: Any) -> dict[str, Any]:
    return {
        "project": shown.cohort.project,
        "version": shown.cohort.version,
        "requests": shown.cohort.requests,
        "outcomes": {name or "open": count for name, count in shown.outcomes.items()},
        "files": [
            {"name": each.name, "sha256": each.digest, "size_bytes": each.size_bytes} for each in shown.files
        ],
        "versions": [
            {
                "version": each.version,
                "loaded": _day(each),
                "by": each.loaded_by,
                "kind": each.kind.value,
                "requests": each.requests,
            }
            for each in shown.versions
        ],
    }
