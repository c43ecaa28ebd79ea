"""The answer key: what must be true of the output of each input, and the boxes that text was burned into."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

ACTIONS = (
    "tag retained",
    "text not null",
    "text retained",
    "text removed",
    "date shifted",
    "UID changed",
    "UID consistent",
    "patient id consistent",
    "pixels hidden",
    "pixels retained",
)
STRICTER = (
    "bytes clean",
    "interval kept",
    "references resolve",
    "no new IOD error",
    "pixels outside boxes identical",
)


@dataclass
class Entry:
    """What is asked of one file: attributes by keyword, needles that must be gone, where text was drawn."""

    file: str
    patient: str
    retained: list[str] = field(default_factory=list)
    not_null: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    removed: dict[str, list[str]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    uids: dict[str, str] = field(default_factory=dict)
    needles: list[str] = field(default_factory=list)
    box: list[int] = field(default_factory=list)
    """Upper, left, lower, right; empty without burned-in text."""


def write(entries: list[Entry], path: Path) -> None:
    """Keep the key as JSON."""
    path.write_text(json.dumps([asdict(entry) for entry in entries], indent=1), encoding="utf-8")


def read(path: Path) -> list[Entry]:
    """A key that was kept."""
    return [Entry(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
