"""`tirage deid diff`: what is different between an object and what was made of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli import screen
from tirage.cli.deid.project import ShowValues, check_terminal
from tirage.cli.options import Json

if TYPE_CHECKING:
    from tirage.flow.compare.headers import Row
    from tirage.flow.compare.pixels import Pixels

COLOURS = {"removed": "red", "changed": "yellow", "added": "cyan", "kept": "green"}
MOST_BOXES = 20


def diff(
    before: Annotated[
        Path, typer.Argument(metavar="BEFORE", help="DICOM file.", exists=True, dir_okay=False)
    ],
    after: Annotated[
        Path, typer.Argument(metavar="AFTER", help="What was made of it.", exists=True, dir_okay=False)
    ],
    everything: Annotated[bool, typer.Option("--all", help="List what was kept, too.")] = False,
    show_values: ShowValues = False,
    json: Json = False,
) -> None:
    """Show, attribute by attribute, what is different in AFTER, and where its pixels are.

    It compares two finished files and asks no profile: what it says is so, whoever made AFTER.
    """
    from tirage.dicom.elements import FileSource, read_header
    from tirage.flow.compare.headers import Fate, compare, tally
    from tirage.flow.compare.pixels import compare_pixels

    check_terminal(show_values)
    with FileSource.open(before) as old, FileSource.open(after) as new:
        headers = read_header(old, allow_bare=True), read_header(new, allow_bare=True)
        rows = compare(*headers)
        pixels = compare_pixels(*headers)
    counts = {fate.value: count for fate, count in tally(rows).items()}
    listed = [_entry(row, show_values) for row in rows if everything or row.fate is not Fate.KEPT]
    if json:
        screen.print_json({"summary": counts, "pixels": pixels_json(pixels), "attributes": listed})
        return
    console = screen.console()
    if listed:
        screen.print_rows(console, listed[0].keys(), (_coloured(entry) for entry in listed))
    console.print(f"Attributes: {screen.by_name(counts)}.")
    console.print(f"Pixels: {pixels_words(pixels)}.")


def pixels_json(pixels: "Pixels") -> dict[str, Any]:
    """How the pixels compare, for programs: boxes as x0, y0, x1, y1, half open, by frame from 0."""
    return {
        "verdict": pixels.verdict.value,
        "frames": pixels.frames,
        "share": round(pixels.share, 6),
        "boxes": {
            str(frame): [box._asdict() for box in boxes] for frame, boxes in sorted(pixels.boxes.items())
        },
    }


def pixels_words(pixels: "Pixels") -> str:
    """How the pixels compare, in words; frames with the same rectangles are named together."""
    if not pixels.boxes:
        return pixels.verdict.value
    together: dict[str, list[int]] = {}
    for frame, boxes in sorted(pixels.boxes.items()):
        words = ", ".join(f"columns {box.x0}-{box.x1 - 1} rows {box.y0}-{box.y1 - 1}" for box in boxes)
        together.setdefault(words, []).append(frame)
    lines = [f"{_frames(frames)}: {words}" for words, frames in together.items()]
    more = [f"and {len(lines) - MOST_BOXES} more"] if len(lines) > MOST_BOXES else []
    head = f"{pixels.verdict.value}, {pixels.share:.2%} of all pixels"
    return "\n  ".join([head, *lines[:MOST_BOXES], *more])


def _frames(frames: list[int]) -> str:
    if len(frames) == 1:
        return f"frame {frames[0] + 1}"
    return f"{len(frames)} frames from {frames[0] + 1} to {frames[-1] + 1}"


def _entry(row: "Row", show_values: bool) -> dict[str, str]:
    entry = {"attribute": row.path, "vr": row.vr, "fate": row.fate.value}
    return entry | ({"before": row.before, "after": row.after} if show_values else {})


def _coloured(entry: dict[str, str]) -> list[str]:
    from rich.markup import escape

    style = COLOURS[entry["fate"]]
    return [f"[{style}]{escape(value)}[/{style}]" for value in entry.values()]
