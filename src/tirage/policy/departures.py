"""What a project says about attributes: profile, options, and its departures from them."""

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from tirage.policy.options import DEFAULT, Option
from tirage.policy.part import Modalities, Part, SopClasses, Text, Texts, occurs


def _as_element(value: object) -> object:
    return (
        int(value, 16) if isinstance(value, str) and re.fullmatch(r"(0x)?[0-9A-Fa-f]{1,4}", value) else value
    )


Hexadecimal = Annotated[int, BeforeValidator(_as_element)]


class Departure(Part):
    """A departure from the profile for one attribute: keyword or tag, and why."""

    attribute: Text
    because: Text | None = None


class Kept(Departure):
    """An attribute to keep; with `values`, only when it says one of them."""

    values: tuple[Text, ...] = ()


class PrivateElement(Part):
    """A private element to keep: odd group, creator, element 0x00 to 0xFF within the creator's block."""

    group: Annotated[Hexadecimal, Field(ge=9, le=0xFFFF)]
    creator: Annotated[str, Field(min_length=1, max_length=64)]
    element: Annotated[Hexadecimal, Field(ge=0, le=0xFF)]
    because: Text

    @field_validator("group")
    @classmethod
    def _is_odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("is even: private groups are odd")
        return value


class Departures(Part):
    """What happens to single attributes instead of what the profile says."""

    keep: tuple[Kept, ...] = ()
    remove: tuple[Departure, ...] = ()
    empty: tuple[Departure, ...] = ()
    dummy: tuple[Departure, ...] = ()
    clean: tuple[Departure, ...] = ()
    private: tuple[PrivateElement, ...] = ()


class When(Part):
    """Which objects an overlay is for: all that is given must fit.

    `manufacturer` and `model` fit when they occur in the value, whatever the case; the others when they are
    the value.
    """

    modality: Modalities = ()
    sop_class: SopClasses = ()
    manufacturer: Texts = ()
    model: Texts = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.modality or self.sop_class or self.manufacturer or self.model):
            raise ValueError("needs at least one of `modality`, `sop_class`, `manufacturer`, `model`")
        return self

    def fits(self, sop_class: str, modality: str, manufacturer: str, model: str) -> bool:
        """Whether an object that says this of itself is meant."""
        return (
            (not self.sop_class or sop_class in self.sop_class)
            and (not self.modality or modality in self.modality)
            and occurs(self.manufacturer, manufacturer)
            and occurs(self.model, model)
        )


class Overlay(Departures):
    """Departures for some objects; of several that fit, a later one decides before an earlier one."""

    when: When


class Deidentify(Departures):
    """Which profile and options are applied, and the project's departures from them.

    With `only`, attributes that are not on it (keyword, tag, or a group of four digits) stay no more.
    """

    profile: Literal["basic"] = "basic"
    options: tuple[Option, ...] = DEFAULT
    only: tuple[Text, ...] = ()
    overlays: tuple[Overlay, ...] = ()

    @field_validator("options")
    @classmethod
    def _is_consistent(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        if Option.FULL_DATES in options and Option.MODIFIED_DATES in options:
            raise ValueError("`full-dates` and `modified-dates` exclude each other")
        return tuple(sorted(set(options)))
