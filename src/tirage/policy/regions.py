"""What a project says about pixels: where its devices burn in text, and what happens to text unexplained."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from tirage.model.pixels import Box
from tirage.policy.part import Modalities, Part, SopClasses, Text, Texts

Place = Annotated[int, Field(ge=0, le=65_535)]
Size = Annotated[int, Field(ge=1, le=65_535)]


class Unexplained(StrEnum):
    """What happens to an object whose pixels look like text that nothing explains."""

    HOLD = "hold"
    BLANK = "blank"


class Rectangle(Part):
    """Pixels to blank: `x`, `y`, `w`, `h`, or `x0`, `y0`, `x1`, `y1`; `x1` and `y1` are not part of it."""

    x: Place | None = None
    y: Place | None = None
    w: Size | None = None
    h: Size | None = None
    x0: Place | None = None
    y0: Place | None = None
    x1: Size | None = None
    y1: Size | None = None

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        by_size, by_corners = self._by_size(), self._by_corners()
        given = len(self.model_fields_set)
        if given != 4 or (by_size is None) == (by_corners is None):
            raise ValueError("needs `x`, `y`, `w`, `h`, or `x0`, `y0`, `x1`, `y1`, all four and no other")
        if self.box.is_empty:
            raise ValueError("is empty: `x1` must be larger than `x0`, and `y1` than `y0`")
        return self

    @property
    def box(self) -> Box:
        """The rectangle as a box."""
        box = self._by_size() or self._by_corners()
        assert box is not None
        return box

    def _by_size(self) -> Box | None:
        if self.x is None or self.y is None or self.w is None or self.h is None:
            return None
        return Box(self.x, self.y, self.x + self.w, self.y + self.h)

    def _by_corners(self) -> Box | None:
        if self.x0 is None or self.y0 is None or self.x1 is None or self.y1 is None:
            return None
        return Box(self.x0, self.y0, self.x1, self.y1)


class Signature(Part):
    """Which objects a device rule is for: all that is given must fit.

    `manufacturer`, `model`, `software` and `image_type` fit when they occur in the value, whatever the case;
    `modality`, `sop_class`, `conversion`, `rows` and `columns` when they are the value.
    """

    modality: Modalities = ()
    sop_class: SopClasses = ()
    manufacturer: Texts = ()
    model: Texts = ()
    software: Texts = ()
    image_type: Texts = ()
    conversion: Texts = ()
    rows: Size | None = None
    columns: Size | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError("needs at least one of its fields, or the rule would be for every object")
        return self


class DeviceRule(Part):
    """Rectangles in which the devices of a signature burn in text: blanked in every frame."""

    when: Signature
    blank: Annotated[tuple[Rectangle, ...], Field(min_length=1)]
    because: Text | None = None

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The rectangles as boxes."""
        return tuple(rectangle.box for rectangle in self.blank)


class Pixels(Part):
    """How burned-in text is met."""

    unexplained: Unexplained = Unexplained.HOLD
    devices: tuple[DeviceRule, ...] = ()
