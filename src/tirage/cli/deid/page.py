"""`tirage deid sheet`: a study before and after, as one HTML page of the identified zone."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli import screen
from tirage.cli.options import Json, Node
from tirage.errors import Permanent

if TYPE_CHECKING:
    from tirage.flow.sheet.pairs import Pair


class UnknownStudy(Permanent):
    """The node has no such study in that project."""

    code = "UNKNOWN_STUDY"
    exit_code = 66
    remedy = "Give the Study Instance UID of the originals, and the name of a project that claims them."


def sheet(
    source: Annotated[
        Path | None, typer.Argument(metavar="IN", help="Folder or file of originals.", exists=True)
    ] = None,
    target: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", help="Folder or file of what was made of them.", exists=True),
    ] = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="The page, for its owner alone (0600). Must lie outside OUT."),
    ] = Path("sheet.html"),
    report: Annotated[
        Path | None,
        typer.Option(
            help="Report of `tirage deid run`: which output was made of which input, and why there is none.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    node: Node = Path(),
    study: Annotated[
        str, typer.Option(help="In place of IN and OUT: Study Instance UID of originals of the node.")
    ] = "",
    project: Annotated[str, typer.Option("--project", "-p", help="With --study: name of the project.")] = "",
    title: Annotated[str, typer.Option(help="Heading of the page.")] = "Before and after de-identification",
    json: Json = False,
) -> None:
    """Write a page that shows IN and OUT side by side: pictures, blanked rectangles, every attribute.

    It identifies the patient. Without a report, files are paired by what outlives de-identification
    (position, instance number …); what cannot be told apart is said to have no output that is surely its own.
    """
    if study:
        pairs = _of_node(node, study, project)
    elif source is None or target is None:
        raise typer.BadParameter("give IN and OUT, or --node, --study and --project", param_hint="IN OUT")
    else:
        pairs = _of_folders(source, target, output, report)
    _write(pairs, output, title, json)


def _of_folders(source: Path, target: Path, output: Path, report: Path | None) -> "Sequence[Pair]":
    from tirage.flow.folder import check_places, inputs_of
    from tirage.flow.sheet.pairs import alike, reported

    if target.is_dir():
        check_places(source, target, output)
    if report is None:
        return alike(inputs_of(source), inputs_of(target))
    return reported(report, source, target)


def _of_node(node: Path, study: str, project: str) -> "Sequence[Pair]":
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        pairs = opened.pairs(study, ProjectName(project))
    if not pairs:
        raise UnknownStudy("no object of such a study is in this project")
    return pairs


def _write(pairs: "Sequence[Pair]", output: Path, title: str, json: bool) -> None:
    """Look at every pair, with a progress bar, and write the page."""
    from tirage.flow.sheet.page import render, write_private
    from tirage.flow.sheet.study import Studies

    console, studies, others = screen.console(), Studies(), 0
    with screen.bars(console, hidden=json) as progress:
        task = progress.add_task("objects", total=len(pairs))
        for pair in pairs:
            others += not studies.add(pair)
            progress.advance(task)
    write_private(output, render(studies.sheets, title))
    counts = {
        "studies": len(studies.sheets),
        "objects": sum(study.objects for study in studies.sheets),
        "with output": sum(study.released for study in studies.sheets),
        "not DICOM": others,
    }
    if json:
        screen.print_json(counts)
        return
    console.print(f"{screen.by_name(counts)}. The page identifies: keep it in the identified zone.")
