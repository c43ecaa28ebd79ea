"""Draws synthetic text into pictures, in many ways, and says which pixels are its ink."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.make import make_instance

Plane = NDArray[np.uint8]

TEXTS = (
    *("SMITH JOHN", "Okafor^Amara", "GARCIA LOPEZ, M", "Nguyen Thi Hoa", "O'BRIEN P", "Kowalska"),
    *("BAPTIST MED CTR", "DOB 12/03/1951", "19640712", "MRN 00483921", "ID: A-7731-22"),
    *("1951-03-12 14:22:07", "Dr. Petersen", "WILSON^TED", "Acc 8823419", "Tel 555-0132"),
)
_PEN = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX)
SIZE = 512


@dataclass(frozen=True)
class Drawn:
    """A picture with one text; `contrast` in grey levels, `roughness` of what lies below the text too."""

    picture: Plane
    ink: NDArray[np.bool_]
    text: str
    contrast: float
    roughness: float
    is_upright: bool
    is_bright: bool


def stamp(text: str, height: int, pen: int | None = None) -> Plane:
    """A text in white on black, cut to its ink; with an outline font unless a pen of OpenCV is named."""
    if pen is None:
        font = ImageFont.load_default(size=round(height / 0.72))
        x0, y0, x1, y1 = (round(edge) for edge in font.getbbox(text))
        image = Image.new("L", (x1 - x0 + 4, y1 - y0 + 4))
        ImageDraw.Draw(image).text((2 - x0, 2 - y0), text, fill=255, font=font)
        drawn = np.asarray(image, np.uint8)
    else:
        scale, thick = height / 21.0, 2 if height > 24 else 1
        (width, tall), below = cv2.getTextSize(text, pen, scale, thick)
        drawn = np.zeros((tall + below + 8, width + 8), np.uint8)
        cv2.putText(drawn, text, (4, tall + 4), pen, scale, 255, thick, cv2.LINE_AA)
    rows, columns = np.nonzero(drawn)
    return drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def background(kind: str, chance: random.Random) -> NDArray[np.float32]:
    """A picture without text: `dark`, `grey`, `bright`, `gradient`, `noise` or `tissue`."""
    noise = np.random.default_rng(chance.randrange(1 << 30))
    plain = np.zeros((SIZE, SIZE), np.float32)
    match kind:
        case "dark":
            return plain + chance.choice([0, 3, 10])
        case "grey":
            return plain + chance.randint(60, 190)
        case "bright":
            return plain + chance.randint(230, 255)
        case "gradient":
            line = np.linspace(chance.randint(0, 80), chance.randint(120, 255), SIZE, dtype=np.float32)
            return plain + (line if chance.random() < 0.5 else line[:, None])
        case "noise":
            return noise.normal(chance.randint(60, 190), 6, plain.shape).astype(np.float32)
        case _:
            for width, depth in ((60, 80), (20, 40), (6, 12), (2, 4)):
                blurred = cv2.GaussianBlur(noise.normal(size=plain.shape).astype(np.float32), (0, 0), width)
                plain += blurred / blurred.std() * depth * 0.5
            return plain + 110


KINDS = ("dark", "grey", "bright", "gradient", "noise", "tissue")


def drawing(seed: int, contrast: int | None = None, pictures: Sequence[Plane] = ()) -> Drawn:
    """One of very many pictures with one text: fonts, sizes, places, turned or not, bright or dark.

    With `pictures`, every third is drawn over one of them.
    """
    chance = random.Random(seed)
    below = background(chance.choice(KINDS), chance)
    if pictures and seed % 3 == 0:
        below = cv2.resize(chance.choice(pictures), (SIZE, SIZE)).astype(np.float32)
    height, text = chance.randint(8, 40), chance.choice(TEXTS)
    pen = chance.choice([None, None, None, *_PEN])
    mark = stamp(text, height, pen)
    while mark.shape[1] > SIZE - 12:
        height = height * 2 // 3
        mark = stamp(text, height, pen)
    is_upright = chance.random() < 0.15
    if is_upright:
        mark = np.ascontiguousarray(np.rot90(mark, chance.choice([1, 3])))
    rows, columns = mark.shape
    is_at_edge = chance.random() < 0.15
    x = chance.choice([0, SIZE - columns]) if is_at_edge else chance.randint(0, SIZE - columns)
    y = chance.randint(0, SIZE - rows)
    place = np.s_[y : y + rows, x : x + columns]
    under = below[place].copy()
    step = contrast or chance.choice([35, 40, 45, 60, 90, 130, 200, 255])
    middle = float(np.median(under))
    is_bright = middle + step <= 255 if middle - step < 0 else chance.random() < 0.5 and middle + step <= 255
    level = min(255.0, max(0.0, middle + (step if is_bright else -step)))
    share = mark.astype(np.float32) / 255
    below[place] = under * (1 - share) + level * share
    ink = np.zeros(below.shape, bool)
    ink[place] = mark > 100
    strong = mark > 127
    return Drawn(
        np.clip(below.round(), 0, 255).astype(np.uint8),
        ink,
        text,
        float(np.median(np.abs(level - under[strong]))),
        float(np.abs(under - middle).mean()),
        is_upright,
        is_bright,
    )


def written(picture: Plane, text: str, x: int, y: int, height: int = 18, level: int = 255) -> Plane:
    """A picture with a text in it, upper left corner at (x, y)."""
    mark = stamp(text, height)
    made = picture.copy()
    part = made[y : y + mark.shape[0], x : x + mark.shape[1]]
    share = mark[: part.shape[0], : part.shape[1]].astype(np.float32) / 255
    part[:] = (part * (1 - share) + level * share).round().astype(np.uint8)
    return made


def capture(*frames: NDArray[Any], **attributes: Any) -> bytes:
    """A secondary capture of those frames: (rows, columns) or (rows, columns, 3), 8 bits."""
    stack = np.stack(frames)
    is_colour = stack.ndim == 4
    values: dict[str, Any] = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
        "Rows": stack.shape[1],
        "Columns": stack.shape[2],
        "NumberOfFrames": len(frames) if len(frames) > 1 else None,
        "SamplesPerPixel": 3 if is_colour else 1,
        "PlanarConfiguration": 0 if is_colour else None,
        "PhotometricInterpretation": "RGB" if is_colour else "MONOCHROME2",
        "BitsAllocated": 8 * stack.itemsize,
        "BitsStored": 8 * stack.itemsize,
        "HighBit": 8 * stack.itemsize - 1,
        "PixelRepresentation": 0,
        "PixelData": stack.tobytes(),
    }
    return make_instance(**values | attributes)
