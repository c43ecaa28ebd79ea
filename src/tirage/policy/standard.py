"""The standard's tables as data: PS3.15 Table E.1-1, attribute types by IOD, the data dictionary, UIDs.

Tables lie in `policy/tables` (its README names edition, source and licence of each). A row the loader does
not understand stops it: `TableUnreadable`.
"""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tirage.policy.problems import TableUnreadable

EDITION = "2026c"
BASIC_CODES = frozenset({"D", "Z", "X", "U", "K", "Z/D", "X/Z", "X/D", "X/Z/D", "X/Z/U*"})
OPTION_CODES = frozenset({"", "K", "C"})
OPTION_COLUMNS = (
    "uids",
    "device",
    "institution",
    "patient",
    "full_dates",
    "modified_dates",
    "descriptors",
    "structured",
    "graphics",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of PS3.15 Table E.1-1: the Basic Profile's code and those of the options that have one."""

    tag: str
    basic: str
    options: Mapping[str, str]


def table_bytes(name: str) -> bytes:
    """The bytes of a table file; they enter the policy digest."""
    return files("tirage.policy").joinpath("tables", name).read_bytes()


@cache
def table_names() -> tuple[str, ...]:
    """The names of all tables, sorted: whatever lies there decides outputs."""
    folder = files("tirage.policy").joinpath("tables")
    names = (entry.name for entry in folder.iterdir() if entry.is_file())
    return tuple(sorted(name for name in names if not name.endswith((".md", ".py"))))


def table_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV table; raises `TableUnreadable` on a row with too many or too few cells."""
    reader = csv.DictReader(table_bytes(name).decode("utf-8").splitlines(), strict=True)
    for row in reader:
        if None in row or None in row.values():
            raise TableUnreadable(f"{name}, line {reader.line_num}: wrong number of cells")
        yield row


def table_digest(*names: str) -> str:
    """SHA-256 over the named tables."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(hashlib.sha256(table_bytes(name)).digest())
    return digest.hexdigest()


def parse_rule(row: Mapping[str, str]) -> Rule:
    """One row as a rule; raises `TableUnreadable` when a tag or code is not understood."""
    tag = row["tag"]
    if len(tag) != 8 or set(tag) - set("0123456789ABCDEFx"):
        raise TableUnreadable(f"Table E.1-1: tag {tag!r} is not understood")
    if row["basic"] not in BASIC_CODES:
        raise TableUnreadable(f"Table E.1-1, {tag}: code {row['basic']!r} is not understood")
    for column in OPTION_COLUMNS:
        if row[column] not in OPTION_CODES:
            raise TableUnreadable(f"Table E.1-1, {tag}: code {row[column]!r} of {column} is not understood")
    return Rule(tag, row["basic"], {column: row[column] for column in OPTION_COLUMNS if row[column]})


@cache
def confidentiality() -> Mapping[int, Rule]:
    """PS3.15 Table E.1-1 by tag, without its rows for 50xx and 60xx: those groups go by structure."""
    rules = (parse_rule(row) for row in table_rows("confidentiality.csv"))
    return {int(rule.tag, 16): rule for rule in rules if "x" not in rule.tag}


@dataclass(frozen=True, slots=True)
class Attribute:
    """A standard attribute: keyword, the VRs the dictionary allows, value multiplicity, whether retired."""

    keyword: str
    vrs: tuple[str, ...]
    multiplicity: str
    is_retired: bool


@cache
def dictionary() -> Mapping[int, Attribute]:
    """PS3.6 by tag, without repeating groups."""
    from pydicom._dicom_dict import DicomDictionary

    return {
        tag: Attribute(keyword, tuple(vr.split(" or ")), multiplicity, bool(retired))
        for tag, (vr, multiplicity, _, retired, keyword) in DicomDictionary.items()
        if vr != "NONE"
    }


@cache
def tags_by_keyword() -> Mapping[str, int]:
    """Tag of each PS3.6 keyword."""
    return {attribute.keyword: tag for tag, attribute in dictionary().items() if attribute.keyword}


@cache
def well_known_uids() -> frozenset[str]:
    """The UIDs PS3.6 Annex A registers: they name classes and syntaxes, never a person's object."""
    from pydicom._uid_dict import UID_dictionary

    return frozenset(UID_dictionary)
