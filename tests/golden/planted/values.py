"""What was planted where, what should survive, and the object both are in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from pydicom.dataset import Dataset

ANYWHERE = 0
"""A place that no tag names: preamble, file meta information, bytes between and after elements, file name."""

Check = Callable[[Dataset, Dataset, Mapping[str, Dataset]], bool]
"""Whether a thing survived, by the output, the input, and all outputs of the seed by their object's name."""


@dataclass(frozen=True)
class Ink:
    """Text drawn into pixels: `mask` (rows, columns) is true where ink is; `corner` is its upper left."""

    frame: int
    corner: tuple[int, int]
    mask: np.ndarray = field(repr=False)
    is_high_bits: bool = False


@dataclass(frozen=True)
class Plant:
    """One identifier at one place; it leaked when one of its needles is found.

    `tag` is the attribute it stands in, `ANYWHERE` for none. An `is_shared` one stands in other
    places too, so
    it is looked for in its attribute alone; as is an `is_word` one, and there as a word of its
    own. A `blob` is looked
    for as it is, `ink` in the pixels.
    """

    place: str
    kind: str
    needles: tuple[str, ...] = ()
    tag: int = ANYWHERE
    is_shared: bool = False
    is_word: bool = False
    ink: Ink | None = None
    blob: bytes = b""
    charset: str = "latin-1"


@dataclass(frozen=True)
class Keep:
    """One useful and harmless thing that should survive."""

    place: str
    check: Check
    needs: tuple[str, ...] = ()
    """Other attributes it stands on."""


@dataclass
class Planted:
    """One object: its file, what is hidden in it, what should survive of it."""

    name: str
    content: Dataset
    data: bytes
    file_name: str
    plants: list[Plant]
    keeps: list[Keep]
    unseen: int = 0
    """Plants that the search does not see in the object itself: left out."""
