"""Pictures without a graphics library: a phantom of ellipses and letters five pixels wide."""

import random
from array import array
from collections.abc import Sequence

AIR = -1000
Ellipse = tuple[float, float, float, float, int]
"""Centre and half axes as shares of width and height, and the value inside."""

# Seven rows of five bits a letter, the left pixel the highest bit.
LETTERS = {
    "A": "0E11111F111111", "B": "1E11111E11111E", "C": "0E11101010110E", "D": "1E11111111111E",
    "E": "1F10101E10101F", "F": "1F10101E101010", "G": "0E11101713110F", "H": "1111111F111111",
    "I": "0E04040404040E", "J": "0702020202120C", "K": "11121418141211", "L": "1010101010101F",
    "M": "111B1515111111", "N": "11191915131311", "O": "0E11111111110E", "P": "1E11111E101010",
    "Q": "0E11111115120D", "R": "1E11111E141211", "S": "0F10100E01011E", "T": "1F040404040404",
    "U": "1111111111110E", "V": "11111111110A04", "W": "1111111515150A", "X": "11110A040A1111",
    "Y": "11110A04040404", "Z": "1F01020408101F", "0": "0E11131519110E", "1": "040C040404040E",
    "2": "0E11010204081F", "3": "1F02040201110E", "4": "02060A121F0202", "5": "1F101E0101110E",
    "6": "0608101E11110E", "7": "1F010204080808", "8": "0E11110E11110E", "9": "0E11110F01020C",
    ":": "000C0C000C0C00", "-": "0000001F000000", "/": "00010204081000", ".": "00000000000C0C",
    "^": "040A1100000000", " ": "00000000000000",
}  # fmt: skip


def phantom(rows: int, columns: int, shapes: Sequence[Ellipse], noise: int, seed: int) -> bytes:
    """A 16-bit picture of ellipses drawn over air, little endian, with grain of ±`noise`."""
    source = random.Random(seed)  # noqa: S311 - grain in a drawing, not a secret
    picture = array("h", [AIR]) * (rows * columns)
    for centre_x, centre_y, half_x, half_y, value in shapes:
        grain = array("h", (value + source.randint(-noise, noise) for _ in range(columns + 257)))
        for row in range(rows):
            across = 1 - (((row + 0.5) / rows - centre_y) / half_y) ** 2
            if across <= 0:
                continue
            half = half_x * across**0.5
            left, right = (round((centre_x + side * half) * columns) for side in (-1, 1))
            left, right = max(left, 0), min(right, columns)
            if right > left:
                at = source.randrange(256)
                picture[row * columns + left : row * columns + right] = grain[at : at + right - left]
    return picture.tobytes()


def body(slice_share: float) -> list[Ellipse]:
    """Ellipses of a trunk cut at a share of its height: skin, lungs, heart, spine."""
    lung = 0.11 + 0.05 * (1 - abs(slice_share - 0.5) * 2)
    return [
        (0.5, 0.52, 0.42, 0.32, 40),
        (0.34, 0.5, lung, 0.2, -820),
        (0.66, 0.5, lung, 0.2, -840),
        (0.47, 0.47, 0.08, 0.09, 55),
        (0.5, 0.72, 0.045, 0.05, 620),
    ]


def head(slice_share: float) -> list[Ellipse]:
    """Ellipses of a head cut at a share of its height: scalp, skull, brain, ventricles."""
    size = 0.36 - 0.12 * abs(slice_share - 0.5)
    return [
        (0.5, 0.5, size, size * 1.2, 420),
        (0.5, 0.5, size * 0.9, size * 1.08, 90),
        (0.5, 0.5, size * 0.85, size * 1.02, 610),
        (0.46, 0.48, 0.03, 0.08, 180),
        (0.54, 0.48, 0.03, 0.08, 180),
    ]


def fan(rows: int, columns: int, seed: int) -> bytearray:
    """An ultrasound sector in RGB, three bytes a pixel, row by row."""
    source = random.Random(seed)  # noqa: S311 - grain in a drawing, not a secret
    speckle = bytes(source.choices(range(20, 130), k=2 * columns))
    picture = bytearray(3 * rows * columns)
    top = rows // 8
    for row in range(top, rows * 9 // 10):
        half = (row - top) * columns // (2 * rows)
        left, right = columns // 2 - half, columns // 2 + half
        at = source.randrange(columns)
        line = bytes(value for grey in speckle[at : at + right - left] for value in (grey, grey, grey))
        picture[3 * (row * columns + left) : 3 * (row * columns + right)] = line
    return picture


def write(picture: bytearray, columns: int, text: str, left: int, top: int, scale: int = 2) -> None:
    """Burn `text` in white into an RGB picture, letters five by seven pixels times `scale`."""
    for position, letter in enumerate(text.upper()):
        glyph = bytes.fromhex(LETTERS.get(letter, LETTERS["."]))
        for row, bits in enumerate(glyph):
            for column in range(5):
                if bits >> (4 - column) & 1:
                    x = left + (position * 6 + column) * scale
                    for y in range(top + row * scale, top + (row + 1) * scale):
                        at = 3 * (y * columns + x)
                        picture[at : at + 3 * scale] = b"\xff" * (3 * scale)
