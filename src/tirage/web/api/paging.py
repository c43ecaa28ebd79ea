"""Lists in pages: each names where the next one begins, so that what is added meanwhile moves nothing."""

import base64
import binascii
from typing import Annotated, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel

from tirage.web.api.problems import Problem

Item = TypeVar("Item")
Place = list[str | int]

Cursor = Annotated[str, Query(max_length=500, description="`next` of the page before; none for the first.")]
Most = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


class Page(BaseModel, Generic[Item]):
    """Some of a list, and where it goes on: `next` is null on the last page."""

    items: list[Item]
    next: str | None = None


def cursor(place: Place) -> str:
    """A place in a list as text that nobody needs to understand; holds handles and times, no identifiers."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def place(text: str, *kinds: type) -> Place | None:
    """The place a cursor stands for, of values of these kinds; None for the beginning.

    Raises `Problem` 400 for a text that is no cursor of this list.
    """
    if not text:
        return None
    try:
        found = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        found = None
    if not isinstance(found, list) or [type(each) for each in found] != list(kinds):
        raise Problem(400, "CURSOR_INVALID", "this is no place in this list; begin with its first page")
    return found
