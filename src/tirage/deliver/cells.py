"""How few people share a property in a release: counts of patients, small ones not told.

A cell with fewer patients than a threshold shows how many fewer at most, never the number. Where it stands
alone in its table the next smallest is withheld, too, because the sum would give it away.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UNKNOWN = "not stated"
_OLDEST = 90
_YEARS = {"D": 0, "W": 0, "M": 0}


@dataclass(frozen=True, slots=True)
class Traits:
    """What one series of a release says of its patient and itself; '' where it does not say."""

    pseudonym: str
    modality: str
    year: str
    sex: str
    age: str
    body_part: str


@dataclass(frozen=True, slots=True)
class Cell:
    """How many patients share a value; None where they are too few to tell."""

    value: str
    patients: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of one property, in order of value; `small` counts those with too few patients."""

    property: str
    cells: tuple[Cell, ...]
    small: int


@dataclass(frozen=True, slots=True)
class Rarity:
    """How many combinations of sex, age and year too few patients share, and how many patients these are.

    `patients` is None where they are too few to tell.
    """

    combinations: int
    small: int
    patients: int | None


def tables(traits: Sequence[Traits], threshold: int) -> list[Table]:
    """A table for each property; a patient with several values counts in each."""
    wanted = {
        "modality": [(each.modality, each.pseudonym) for each in traits],
        "year": [(each.year, each.pseudonym) for each in traits],
        "sex": [(each.sex, each.pseudonym) for each in traits],
        "age": [(band(each.age), each.pseudonym) for each in traits],
        "body part": [(each.body_part, each.pseudonym) for each in traits],
    }
    return [_table(name, pairs, threshold) for name, pairs in wanted.items()]


def rarity(traits: Iterable[Traits], threshold: int) -> Rarity:
    """How many patients stand out by the combination of their sex, age and year."""
    groups: dict[tuple[str, str, str], set[str]] = {}
    for each in traits:
        groups.setdefault((each.sex, band(each.age), each.year), set()).add(each.pseudonym)
    few = [group for group in groups.values() if len(group) < threshold]
    patients = len(set().union(*few)) if few else 0
    return Rarity(len(groups), len(few), patients if patients == 0 or patients >= threshold else None)


def band(age: str) -> str:
    """The ten years an age falls into: `060Y` is `60-69`. Source: PS3.5 6.2, AS."""
    number, unit = age[:3], age[3:4]
    if len(age) != 4 or not number.isdigit() or unit not in {"Y", *_YEARS}:
        return UNKNOWN
    years = _YEARS.get(unit, int(number))
    if years < 18:
        return "0-17"
    if years >= _OLDEST:
        return f"{_OLDEST} and over"
    return "18-29" if years < 30 else f"{years // 10 * 10}-{years // 10 * 10 + 9}"


def _table(name: str, pairs: Iterable[tuple[str, str]], threshold: int) -> Table:
    counts = Counter(value for value, _ in {(value or UNKNOWN, pseudonym) for value, pseudonym in pairs})
    withheld = {value for value, count in counts.items() if count < threshold}
    small = len(withheld)
    if small == 1 and len(counts) > 1:
        rest = [(count, value) for value, count in counts.items() if value not in withheld]
        withheld.add(min(rest)[1])
    cells = [Cell(value, None if value in withheld else counts[value]) for value in sorted(counts)]
    return Table(name, tuple(cells), small)
