"""`tirage deid plan` and `explain`: what would happen to an object, or to an attribute, and by which rule."""

from pathlib import Path
from typing import Annotated

import typer

from tirage.cli import screen
from tirage.cli.deid.project import ProjectFile, ShowValues, check_terminal, read_project
from tirage.cli.options import Json


def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="DICOM file.", exists=True, dir_okay=False)],
    project: ProjectFile = None,
    show_values: ShowValues = False,
    json: Json = False,
) -> None:
    """Show what de-identification would change in FILE: attribute, action, rule. Writes nothing."""
    from tirage.deidentify.risk import risk_of
    from tirage.dicom.elements import FileSource, read_header
    from tirage.flow.preview import preview
    from tirage.model.outcomes import Passed
    from tirage.policy.profile import compile_profile

    check_terminal(show_values)
    _, rules = read_project(project)
    with FileSource.open(file) as source:
        header = read_header(source)
        verdict = risk_of(header, compile_profile(rules))
        entries = preview(header, rules)
    words = verdict.value.value if isinstance(verdict, Passed) else verdict.reason.value
    rows = [
        {"attribute": entry.path, "action": entry.action, "rule": entry.rule}
        | ({"before": entry.before, "after": entry.after} if show_values else {})
        for entry in entries
    ]
    if json:
        screen.print_json({"pixels_and_text": words, "changes": rows})
        return
    console = screen.console()
    if not rows:
        console.print("Nothing would change.")
        return
    screen.print_rows(console, list(rows[0]), [list(row.values()) for row in rows])
    console.print(f"{len(rows):,} changes. Pixels and text: {words}.")


def explain(
    attribute: Annotated[
        str,
        typer.Argument(
            metavar="ATTRIBUTE",
            help="PatientAge, 0010,1010, 00101010; a private one with its creator: "
            "'(0019,xx0C) SIEMENS MR HEADER'.",
        ),
    ],
    project: ProjectFile = None,
    sop_class: Annotated[
        str, typer.Option(help="SOP Class UID; types of attributes differ between classes.")
    ] = "1.2.840.10008.5.1.4.1.1.2",
    json: Json = False,
) -> None:
    """Say what happens to one attribute, which rule decides it and why."""
    from tirage.flow.preview import explanation

    _, rules = read_project(project)
    found = explanation(attribute, rules, sop_class)
    if found is None:
        raise typer.BadParameter(
            "not a keyword of PS3.6, a tag, nor a private element with its creator", param_hint="ATTRIBUTE"
        )
    if json:
        screen.print_json(found)
        return
    screen.print_rows(screen.console(), ("", ""), found.items())
