"""How much synthetic lettering is caught by the look and by the gate, each alone, in every form of pixels.

Prints a table by contrast; with `--out FILE` also every picture, so that two versions can be compared pair by
pair. Real backgrounds are taken from the folders named.

    python -m tools.look.recall --pictures 400 --out before.json ../shared/corpus
"""

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tests.lettering import Drawn, Plane, background, capture, drawing
from tests.rebuilt import header_of, make_project
from tools.look.fit import real

from tirage.deidentify.look.inspect import inspect
from tirage.dicom.sources import BytesSource
from tirage.model.outcomes import Passed
from tirage.model.records import Identifiers
from tirage.policy.profile import compile_profile
from tirage.verify.scan import compile_gate
from tirage.verify.shown import scan_pixels

FIRST = 50_000
"""Seeds that nothing was fitted to (`tools/look/fit.py` takes 10,000 to 11,199)."""

PEOPLE = Identifiers(
    words=frozenset(
        (
            *("SMITH^JOHN", "Okafor^Amara", "GARCIA LOPEZ^M", "Nguyen^Thi Hoa"),
            *("O'BRIEN^P", "Kowalska", "Petersen", "WILSON^TED"),
        )
    ),
    institutions=frozenset({"BAPTIST MED CTR"}),
    dates=frozenset({"19510312", "19640712"}),
    codes=frozenset({"00483921", "A-7731-22", "8823419", "555-0132"}),
)
"""Everybody of whom `tests.lettering` writes."""

ENOUGH = 0.9
"""Share of the ink that has to be in the boxes."""


class Nobody:
    """A judge that accepts no word."""

    def accepts(self, text: str) -> bool:
        return not text.strip()


class Caught(NamedTuple):
    """What became of one drawing."""

    seed: int
    form: str
    contrast: float
    roughness: float
    is_upright: bool
    by_look: bool
    by_gate: bool


def grey(drawn: Drawn, _: random.Random) -> bytes:
    return capture(drawn.picture)


def inverted(drawn: Drawn, _: random.Random) -> bytes:
    return capture(255 - drawn.picture, PhotometricInterpretation="MONOCHROME1")


def coloured(drawn: Drawn, _: random.Random) -> bytes:
    return capture(np.stack([drawn.picture // 2, drawn.picture, drawn.picture // 4 * 3], axis=2))


def luminance(drawn: Drawn, _: random.Random) -> bytes:
    neutral = np.full_like(drawn.picture, 128)
    colour = np.stack([drawn.picture, neutral, neutral], axis=2)
    return capture(colour, PhotometricInterpretation="YBR_FULL")


def palette(drawn: Drawn, _: random.Random) -> bytes:
    lut = (np.arange(256, dtype=np.uint16) * 257).tobytes()
    colours = ("Red", "Green", "Blue")
    luts: dict[str, Any] = {f"{name}PaletteColorLookupTableData": lut for name in colours}
    luts |= {f"{name}PaletteColorLookupTableDescriptor": [256, 0, 16] for name in colours}
    return capture(drawn.picture, PhotometricInterpretation="PALETTE COLOR", **luts)


def signed(drawn: Drawn, _: random.Random) -> bytes:
    values = drawn.picture.astype(np.int16) * 9 - 1_024
    return capture(values, PixelRepresentation=1, WindowCenter=200, WindowWidth=1_500, RescaleIntercept=0)


def later(drawn: Drawn, chance: random.Random) -> bytes:
    """One frame of five, never the first."""
    frames = [np.clip(background("tissue", chance), 0, 255).astype(np.uint8) for _ in range(4)]
    frames.insert(chance.randint(1, 4), drawn.picture)
    return capture(*frames)


FORMS: tuple[Callable[[Drawn, random.Random], bytes], ...] = (
    *(grey, inverted, coloured, luminance),
    *(palette, signed, later),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.pictures)
    found = list(measured(seeds, real(arguments.folders)))
    sys.stdout.write(table(found))
    if arguments.out:
        arguments.out.write_text(json.dumps([each._asdict() for each in found]), encoding="utf-8")


def measured(seeds: Sequence[int], pictures: list[Plane]) -> Iterator[Caught]:
    """Every second drawing is faint, 35 to 60 grey levels."""
    gate, profile = compile_gate(PEOPLE), compile_profile(make_project())
    for seed in seeds:
        chance = random.Random(seed)  # noqa: S311 - drawings, not secrets
        drawn = drawing(seed, chance.randint(35, 60) if seed % 2 else None, pictures)
        form = FORMS[seed // 2 % len(FORMS)]
        data = form(drawn, chance)
        outcome = inspect(header_of(data), profile, Nobody(), Identifiers())
        by_look = not isinstance(outcome, Passed) or any(
            covered(outcome.value.mask.boxes(frame), drawn.ink) for frame in range(5)
        )
        by_gate = bool(scan_pixels(gate, BytesSource(data)))
        facts = (round(drawn.contrast), round(drawn.roughness, 1), drawn.is_upright)
        yield Caught(seed, form.__name__, *facts, by_look, by_gate)


def covered(boxes: Sequence[Any], ink: NDArray[np.bool_]) -> bool:
    """Whether boxes hide nearly all the ink."""
    seen = ink.copy()
    for box in boxes:
        seen[box.y0 : box.y1, box.x0 : box.x1] = False
    return float(seen.sum()) <= (1 - ENOUGH) * float(ink.sum())


def table(found: Sequence[Caught]) -> str:
    """Lines of contrast and of form, with the shares caught."""
    groups = {f"contrast {low} to {high}": (low, high) for low, high in ((20, 34), (35, 60), (61, 255))}
    rows = [
        (name, [each for each in found if low <= each.contrast <= high])
        for name, (low, high) in groups.items()
    ]
    rows += [(form.__name__, [each for each in found if each.form == form.__name__]) for form in FORMS]
    rows += [("upright", [each for each in found if each.is_upright]), ("all", list(found))]
    lines = ["| | pictures | look | gate | either |", "|---|---|---|---|---|"]
    for name, members in rows:
        count = max(1, len(members))
        shares = (
            sum(each.by_look for each in members) / count,
            sum(each.by_gate for each in members) / count,
            sum(each.by_look or each.by_gate for each in members) / count,
        )
        lines.append(f"| {name} | {len(members)} | " + " | ".join(f"{each:.1%}" for each in shares) + " |")
    return "\n".join((*lines, ""))


if __name__ == "__main__":
    main()
