"""Text drawn into pixels, as devices and people burn it in."""

import random

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tests.golden.planted.values import Ink, Plant

FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_COMPLEX_SMALL,
)


def drawn(text: str, source: random.Random, height: int) -> np.ndarray:
    """The ink of a text, (rows, columns) booleans, about `height` pixels high; drawn by PIL or by OpenCV."""
    if not text.isascii() or source.random() < 0.6:
        font = ImageFont.load_default(height)
        left, top, right, bottom = font.getbbox(text)
        image = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
        ImageDraw.Draw(image).text((2 - left, 2 - top), text, fill=255, font=font)
        return np.asarray(image) > 110
    face = source.choice(FONTS)
    scale = height / cv2.getTextSize("M", face, 1.0, 1)[0][1] * 0.8
    (width, above), below = cv2.getTextSize(text, face, scale, 1)
    canvas = np.zeros((above + below + 4, width + 4), np.uint8)
    cv2.putText(canvas, text, (2, above + 2), face, scale, 255, 1, cv2.LINE_8)
    return canvas > 0


def fitted(text: str, source: random.Random, height: int, columns: int) -> np.ndarray:
    """The ink of a text, smaller when it would be wider than `columns`."""
    while (mask := drawn(text, source, height)).shape[1] > columns and height > 9:
        height -= 1
    return mask[:, :columns]


def burn(frame: np.ndarray, mask: np.ndarray, corner: tuple[int, int], value: object) -> None:
    """Draw ink of one value (or colour) into a frame, in place."""
    top, left = corner
    frame[top : top + mask.shape[0], left : left + mask.shape[1]][mask] = value


def place(frame_number: int, mask: np.ndarray, corner: tuple[int, int]) -> Ink:
    """Where ink is, for the search."""
    return Ink(frame_number, corner, mask)


def high_bits(where: str, mask: np.ndarray, corner: tuple[int, int]) -> Plant:
    """Ink that stands in the bits above the stored ones."""
    return Plant(where, "ink", (), 0x7FE00010, ink=Ink(0, corner, mask, is_high_bits=True))
