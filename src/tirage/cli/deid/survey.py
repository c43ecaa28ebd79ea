"""`tirage deid preview`: what a project would do to everything in a catalogue or folder."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli import screen
from tirage.cli.deid.project import ProjectFile, read_project
from tirage.cli.options import Json, Node

if TYPE_CHECKING:
    from tirage.flow.survey.facts import Facts

SHOWN = 25
"""Rows of each table on a terminal; a file has all."""


def preview(
    project: ProjectFile = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Look at the files of a folder in place of a node's catalogue.", exists=True),
    ] = None,
    node: Node = Path(),
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write everything as JSON for its owner alone (0600), with the texts: it identifies.",
            dir_okay=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show what a project meets that no rule names, with counts: attributes, private creators, devices.

    Also how many objects are held and why (judged by their headers, no pixels are read), and which words
    cleaning drops from descriptions. Texts are shown on a terminal and in --output only.
    """
    from tirage.flow.survey.answer import answer
    from tirage.flow.survey.tally import Survey
    from tirage.policy.profile import compile_profile

    _, rules = read_project(project)
    survey, console, others = Survey(compile_profile(rules)), screen.console(), 0
    with screen.bars(console, hidden=json) as progress:
        task = progress.add_task("objects", total=None)
        with ExitStack() as stack:
            total, objects = _objects(stack, folder, node)
            progress.update(task, total=total)
            for facts in objects:
                if facts is None:
                    others += 1
                else:
                    survey.add(facts)
                progress.advance(task)
    if output is not None:
        from tirage.flow.sheet.page import write_private

        write_private(output, screen.json_text(answer(survey, with_texts=True)))
    found = answer(survey, with_texts=sys.stdout.isatty()) | {"not_dicom": others}
    if json:
        screen.print_json(found)
        return
    _show(found)


def _objects(stack: ExitStack, folder: Path | None, node: Path) -> "tuple[int, Iterator[Facts | None]]":
    """How many objects there are, and each."""
    from tirage.flow.survey.facts import Facts
    from tirage.flow.survey.sources import from_files

    if folder is not None:
        from tirage.flow.folder import inputs_of

        inputs = inputs_of(folder)
        return len(inputs), from_files(inputs)
    from tirage.service import open_node
    from tirage.settings import load_settings

    opened = stack.enter_context(open_node(load_settings(node)))
    objects = (Facts(each.header, each.transfer_syntax) for each in opened.catalogue())
    return opened.catalogue_size(), objects


def _show(found: dict[str, Any]) -> None:
    console = screen.console()
    console.print(
        f"{found['objects']:,} objects"
        + (f", {found['not_dicom']:,} files that are no DICOM." if found["not_dicom"] else ".")
    )
    _table("Attributes that no rule names, and that are lost", found["lost_without_a_rule"])
    _table("Private creators", found["private"])
    _table("Devices", found["devices"])
    _table("Held, by the header alone", found["held"])
    _table("May go on; pixels", found["inspected"])
    if "descriptions" in found:
        _table("Texts that lose words", found["descriptions"])
        dropped = [{"word": word, "times": count} for word, count in found["words_dropped"].items()]
        _table("Words that are dropped", dropped)
    else:
        texts, words = found["texts_that_lose_words"], found["distinct_words_dropped"]
        console.print(f"\n{texts:,} texts lose {words:,} words, shown on a terminal and with --output.")
    kept = len(found["kept_by_their_kind"])
    console.print(f"\nAttributes: {screen.by_name(found['attributes'])}.")
    console.print(
        f"{kept:,} of them have no rule of their own and are kept by their kind (numbers, terms, UIDs)."
    )


def _table(title: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    console = screen.console()
    more = f" (the first {SHOWN} of {len(rows):,})" if len(rows) > SHOWN else ""
    console.print(f"\n{title}{more}", style="bold")
    screen.print_rows(console, rows[0].keys(), (_cells(row.values()) for row in rows[:SHOWN]))


def _cells(values: Iterable[object]) -> list[str]:
    from rich.markup import escape

    return [f"{value:,}" if isinstance(value, int) else escape(str(value)) for value in values]
