"""`tirage deid plan` and `explain`: what would happen to an object, or to an attribute, and by which rule."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli import screen
from tirage.cli.deid.project import ProjectFile, ShowValues, check_terminal, read_project
from tirage.cli.options import Json

if TYPE_CHECKING:
    from tirage.flow.preview import Entry, Verdict


def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="DICOM file.", exists=True, dir_okay=False)],
    project: ProjectFile = None,
    show_values: ShowValues = False,
    json: Json = False,
) -> None:
    """Show what de-identification would change in FILE: attribute, action, rule. Writes nothing.

    Below the attributes: whether the object is held and why, whether its pixels are read for text, which
    rectangles would be blanked, by which device rule, and which overlays of the project are for it.
    """
    from tirage.dicom.elements import FileSource, read_header
    from tirage.flow.preview import judge, preview
    from tirage.policy.profile import compile_profile

    check_terminal(show_values)
    _, rules = read_project(project)
    profile = compile_profile(rules)
    with FileSource.open(file) as source:
        header = read_header(source)
        entries, verdict = preview(header, profile), judge(header, profile)
    rows = [_row(entry, show_values) for entry in entries]
    if json:
        screen.print_json({**verdict_json(verdict), "changes": rows})
        return
    console = screen.console()
    if rows:
        screen.print_rows(console, rows[0], ([str(value) for value in row.values()] for row in rows))
    console.print(f"{len(rows):,} changes.")
    for line in verdict_words(verdict):
        console.print(line)


def _row(entry: "Entry", show_values: bool) -> dict[str, str]:
    words = "1 word goes" if entry.words_gone == 1 else f"{entry.words_gone} words go"
    gone = f" ({words})" if entry.words_gone else ""
    row = {"attribute": entry.path, "action": entry.action + gone, "rule": entry.rule}
    return row | ({"before": entry.before, "after": entry.after} if show_values else {})


def verdict_json(verdict: "Verdict") -> dict[str, Any]:
    """What becomes of the object, for programs: boxes as x0, y0, x1, y1, half open; frames from 0."""
    return {
        "held": verdict.reason or None,
        "pixels_are_read": verdict.looked,
        "findings": [{"where": each.where, "kind": each.kind} for each in verdict.findings],
        "blanked_in_every_frame": [box._asdict() for box in verdict.mask.everywhere],
        "blanked_by_frame": {
            str(frame): [box._asdict() for box in boxes]
            for frame, boxes in sorted(verdict.mask.by_frame.items())
        },
        "device_rules": list(verdict.devices),
        "overlays": list(verdict.overlays),
    }


def verdict_words(verdict: "Verdict") -> list[str]:
    """The same in words."""
    if verdict.reason:
        found = "; ".join(f"{each.where}: {each.kind}" for each in verdict.findings)
        lines = [f"Held: {verdict.reason} ({found})." if found else f"Held: {verdict.reason}."]
    else:
        lines = [f"Pixels: {'read for text' if verdict.looked else 'not read, kept as they are'}."]
    if not verdict.mask.is_empty:
        places = ", ".join(f"({box.x0},{box.y0})-({box.x1},{box.y1})" for box in verdict.mask.everywhere)
        some = sum(len(boxes) for boxes in verdict.mask.by_frame.values())
        parts = [f"in every frame {places}"] if places else []
        parts += [f"{some} in {len(verdict.mask.by_frame)} frames"] if some else []
        lines.append(f"Blanked: {'; '.join(parts)}.")
    lines += [f"Device rule: {words}." for words in verdict.devices]
    lines += [f"Departs by {words}." for words in verdict.overlays]
    return lines


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
    from tirage.flow.explain import explanation

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
