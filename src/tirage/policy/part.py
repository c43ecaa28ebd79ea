"""What every section of a project file has in common, and the forms of text that several use."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Part(BaseModel):
    """A section of the file: fixed once read, strict about its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1, max_length=300)]
MODALITY = r"^[A-Z0-9_]{2,16}$"
Modality = Annotated[str, Field(pattern=MODALITY)]
SopClass = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)+$", max_length=64)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_list)]
Modalities = Annotated[tuple[Modality, ...], BeforeValidator(_as_list)]
SopClasses = Annotated[tuple[SopClass, ...], BeforeValidator(_as_list)]
"""One value, or a list of which one has to fit."""


def occurs(listed: tuple[str, ...], value: str) -> bool:
    """Whether one of the listed texts occurs in a value, whatever the case; an empty list fits all."""
    folded = value.casefold()
    return not listed or any(text.casefold() in folded for text in listed)
