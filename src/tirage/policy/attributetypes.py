"""Of which type an attribute is in an IOD (PS3.3 Annex A): what has to stay for an object to be valid."""

import json
from collections.abc import Mapping
from functools import cache
from typing import TypedDict

from tirage.policy.problems import TableUnreadable
from tirage.policy.standard import table_bytes

ABSENT, MANDATORY, EMPTIABLE, OPTIONAL = 0, 1, 2, 3
Types = Mapping[int, tuple[int, int]]
"""By tag: type at the top level, strictest type in any item; 1 and 1C are 1, 2 and 2C are 2, 0 is absent."""


class _Table(TypedDict):
    source: str
    modules: dict[str, str]
    iods: dict[str, list[str]]
    classes: dict[str, str]


@cache
def _table() -> _Table:
    table: _Table = json.loads(table_bytes("types.json"))
    return table


@cache
def _module(name: str) -> Types:
    types: dict[int, tuple[int, int]] = {}
    for entry in _table()["modules"][name].split():
        if len(entry) != 10 or not set(entry[8:]) <= set("0123"):
            raise TableUnreadable(f"types.json, module {name}: {entry!r} is not understood")
        types[int(entry[:8], 16)] = int(entry[8]), int(entry[9])
    return types


@cache
def types_of(sop_class: str) -> Types | None:
    """The attribute types of a SOP class's IOD; None when the class is not in the table."""
    table = _table()
    iod = table["classes"].get(sop_class)
    if iod is None:
        return None
    merged: dict[int, tuple[int, int]] = {}
    for module in table["iods"][iod]:
        for tag, (top, below) in _module(module).items():
            known_top, known_below = merged.get(tag, (ABSENT, ABSENT))
            merged[tag] = _strictest(top, known_top), _strictest(below, known_below)
    return merged


def type_of(sop_class: str, tag: int, *, is_nested: bool) -> int:
    """The type of an attribute: optional when the IOD does not have it, mandatory when the IOD is unknown."""
    types = types_of(sop_class)
    if types is None:
        return MANDATORY
    top, below = types.get(tag, (ABSENT, ABSENT))
    return (below if is_nested else top) or OPTIONAL


def has_attribute(sop_class: str, tag: int, *, is_nested: bool) -> bool:
    """Whether the IOD of a SOP class has an attribute at that level; false when the IOD is unknown."""
    top, below = (types_of(sop_class) or {}).get(tag, (ABSENT, ABSENT))
    return (below if is_nested else top) != ABSENT


def _strictest(first: int, second: int) -> int:
    return min(first, second) if first and second else first or second
