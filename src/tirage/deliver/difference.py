"""What differs between the rules two releases were made under, line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ABSENT = "—"


@dataclass(frozen=True, slots=True)
class Change:
    """A field of the project file, and what it said before and says now."""

    field: str
    before: str
    now: str


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Every field that says something else, in order of its name."""
    old, new = dict(_flat(before)), dict(_flat(now))
    return [
        Change(name, old.get(name, ABSENT), new.get(name, ABSENT))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        inside = f"{name}." if name else ""
        return [pair for key, inner in value.items() for pair in _flat(inner, f"{inside}{key}")]
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return [pair for number, inner in enumerate(value, 1) for pair in _flat(inner, f"{name}[{number}]")]
    if value is None or value in ([], {}, ()):
        return [(name, "none")]
    return [(name, str(value))]
