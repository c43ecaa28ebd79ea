"""Where in an image something is: rectangles in pixels, and which of them are blanked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle of pixels: columns from `x0` to before `x1`, rows from `y0` to before `y1`, from 0."""

    x0: int
    y0: int
    x1: int
    y1: int

    def clipped(self, rows: int, columns: int) -> "Box":
        """The part that lies in an image of this size; empty when `x1 <= x0` or `y1 <= y0`."""
        return Box(max(self.x0, 0), max(self.y0, 0), min(self.x1, columns), min(self.y1, rows))

    @property
    def is_empty(self) -> bool:
        """Whether no pixel is in it."""
        return self.x1 <= self.x0 or self.y1 <= self.y0


def inside(boxes: Iterable[Box], rows: int, columns: int) -> tuple[Box, ...]:
    """The parts of boxes that lie in an image of this size, without those of which nothing does."""
    return tuple(box for box in (box.clipped(rows, columns) for box in boxes) if not box.is_empty)


@dataclass(frozen=True, slots=True)
class Mask:
    """What is blanked: boxes in every frame, and those of single frames by number from 0."""

    everywhere: tuple[Box, ...] = ()
    by_frame: Mapping[int, tuple[Box, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def boxes(self, frame: int) -> tuple[Box, ...]:
        """The boxes blanked in one frame."""
        return self.everywhere + self.by_frame.get(frame, ())

    @property
    def is_empty(self) -> bool:
        """Whether nothing is blanked."""
        return not self.everywhere and not any(self.by_frame.values())


NO_MASK = Mask()
