"""What became of each rule of a foreign profile: nothing is dropped without a line that says so."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    """What became of a rule."""

    EXPRESSED = "expressed"
    TIGHTENED = "tightened"
    NOTED = "noted"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Line:
    """A rule as it was written, what became of it, and how, in words."""

    rule: str
    fate: Fate
    words: str


@dataclass(slots=True)
class Imported:
    """A project as the data of its YAML file, and a line for each rule it was made from."""

    project: dict[str, Any]
    lines: list[Line] = field(default_factory=list)

    def of(self, fate: Fate) -> list[Line]:
        """The lines of one fate, in the order of the rules."""
        return [line for line in self.lines if line.fate is fate]


class Reporter:
    """Collects the lines of one import."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def expressed(self, rule: str, words: str) -> None:
        """Note a rule that does here what it did there."""
        self.lines.append(Line(rule, Fate.EXPRESSED, words))

    def tightened(self, rule: str, words: str) -> None:
        """Note a rule of which less is left than it let through."""
        self.lines.append(Line(rule, Fate.TIGHTENED, words))

    def noted(self, rule: str, words: str) -> None:
        """Note what decides no output: names, folders, what is set elsewhere."""
        self.lines.append(Line(rule, Fate.NOTED, words))

    def error(self, rule: str, words: str) -> None:
        """Note a rule that removed something and cannot be said here: a person has to see to it."""
        self.lines.append(Line(rule, Fate.ERROR, words))


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    parts = list(words)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else "none"
