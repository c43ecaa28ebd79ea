"""`tirage release ingested`: which studies arrived where, as a table to look at or to keep."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from tirage.cli.options import Json, Node
from tirage.errors import Permanent


class IngestedExists(Permanent):
    """The file for the table is there already."""

    code = "INGESTED_EXISTS"
    exit_code = 73
    remedy = "Name another file; tables are not overwritten."


def ingested(
    project: Annotated[str, typer.Argument(help="Name of the project.", show_default=False)],
    version: Annotated[int | None, typer.Option(help="One release; all of them without.", min=1)] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write every study to this new CSV file.", dir_okay=False),
    ] = None,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """List the studies of releases that each destination has, and why it has not the others.

    Accession number, patient ID, dates, descriptions and UIDs are the research ones, so that the table may go
    where the release went.
    """
    from tirage.cli.screen import by_name, console, print_json, print_rows
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node
    from tirage.service.ingested import HEADINGS
    from tirage.service.ingested import ingested as find
    from tirage.settings import load_settings

    if out is not None and out.exists():
        raise IngestedExists("the table would overwrite a file")
    settings = load_settings(node)
    with open_node(settings) as opened:
        found = find(opened.parts, settings, ProjectName(project), version)
    if out is not None:
        _write(out, HEADINGS, [each.row for each in found])
    if as_json:
        print_json([dict(zip(HEADINGS, each.row, strict=True)) for each in found])
        return
    screen = console()
    if not found:
        screen.print(f"No release of {project} has gone to a destination yet.", markup=False)
        return
    for name in dict.fromkeys(each.destination for each in found):
        counts = Counter(each.outcome for each in found if each.destination == name)
        screen.print(f"{name}: {by_name(counts)}", markup=False)
    missing = [each for each in found if each.outcome != "delivered"]
    if missing:
        print_rows(
            screen,
            ("patient", "study", "release", "destination", "outcome", "reason"),
            (
                (each.patient, each.study, each.release, each.destination, each.outcome, each.reason)
                for each in missing
            ),
        )


def _write(path: Path, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    import csv

    with path.open("x", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)
