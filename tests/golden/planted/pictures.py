"""Pictures without text: a body with grain, and how pixels of each kind are described."""

import random

import cv2
import numpy as np
from pydicom.dataset import Dataset
from tests.golden.planted.writing import fill


def body(source: random.Random, rows: int, columns: int, stored: int = 12) -> np.ndarray:
    """A trunk with two lungs, (rows, columns) of uint16 below 2**stored."""
    grain = np.random.default_rng(source.randrange(1 << 30))
    y, x = np.mgrid[0:rows, 0:columns]
    x, y = (x - columns / 2) / columns, (y - rows / 2) / rows
    top = (1 << stored) - 1
    picture = np.zeros((rows, columns))
    picture[(x / 0.36) ** 2 + (y / 0.3) ** 2 < 1] = 0.45 * top
    for side in (-0.16, 0.16):
        picture[((x - side) / 0.1) ** 2 + (y / 0.18) ** 2 < 1] = 0.2 * top
    # The grain of a detector is not white: neighbours share it.
    noise = cv2.GaussianBlur(grain.normal(0, 0.02 * top, picture.shape), (0, 0), 0.8)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.0) * (picture > 0) + (picture > 0) * noise
    return picture.clip(0, top).astype(np.uint16)


def described(content: Dataset, picture: np.ndarray, stored: int = 12, photometric: str = "") -> None:
    """Put frames (frames, rows, columns[, 3]) of uint8 or uint16 into a data set, uncompressed."""
    frames, rows, columns = picture.shape[:3]
    colours = picture.shape[3] if picture.ndim == 4 else 1
    allocated = picture.dtype.itemsize * 8
    fill(
        content,
        {
            "SamplesPerPixel": colours,
            "PhotometricInterpretation": photometric or ("RGB" if colours == 3 else "MONOCHROME2"),
            "Rows": rows,
            "Columns": columns,
            "BitsAllocated": allocated,
            "BitsStored": min(stored, allocated),
            "HighBit": min(stored, allocated) - 1,
            "PixelRepresentation": 0,
        },
    )
    if colours == 3:
        content.PlanarConfiguration = 0
    if frames > 1:
        content.NumberOfFrames = frames
    data = picture.tobytes()
    content.add_new(0x7FE00010, "OW" if allocated == 16 else "OB", data + b"\0" * (len(data) % 2))


def speckle(source: random.Random, rows: int, columns: int) -> np.ndarray:
    """Ultrasound of tissue, (rows, columns) of uint8: Rayleigh noise with the grain of a beam."""
    grain = np.random.default_rng(source.randrange(1 << 30))
    picture = cv2.GaussianBlur(grain.rayleigh(40, (rows, columns)), (0, 0), 2.2, sigmaY=0.9)
    depth = np.linspace(1.2, 0.5, rows)[:, None]
    return (picture * depth).clip(8, 160).astype(np.uint8)
