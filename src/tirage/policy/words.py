"""The closed vocabulary of kept text: which words say something clinical, and which of them are names too."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from tirage.policy.problems import TableUnreadable
from tirage.policy.standard import table_bytes, table_rows


class Naming(StrEnum):
    """How much of a name a word of the vocabulary is."""

    RARE = "rare"
    COMMON = "common"
    EPONYM = "eponym"


@dataclass(frozen=True, slots=True)
class Words:
    """Folded words, each small letter one plain letter.

    `plain` name nobody; `names` are wanted words that people are called, too; `beside` holds for some of
    these the words that show the use (white *matter*); `ideographs` are words of scripts without spaces.
    """

    plain: frozenset[str]
    names: Mapping[str, Naming]
    beside: Mapping[str, frozenset[str]]
    ideographs: frozenset[str]


@cache
def vocabulary() -> Words:
    """The words of `words.txt`, `words_names.csv`, `words_beside.csv` and `words_ideographs.txt`."""
    try:
        names = {row["word"]: Naming(row["name"]) for row in table_rows("words_names.csv")}
    except ValueError as error:
        raise TableUnreadable("words_names.csv: a kind of name is not understood") from error
    lines = table_bytes("words_ideographs.txt").decode("utf-8").splitlines()
    return Words(
        frozenset(table_bytes("words.txt").decode("utf-8").split()),
        names,
        _beside(names),
        frozenset(word for line in lines if line[:1] != "#" for word in line.split()),
    )


def _beside(names: Mapping[str, Naming]) -> Mapping[str, frozenset[str]]:
    """The words that show that a word of medicine is meant, for each that is a name, too."""
    found = {}
    for row in table_rows("words_beside.csv"):
        for word in row["words"].split("|"):
            if word not in names or word in found or not row["beside"]:
                raise TableUnreadable(f"words_beside.csv, {word}: no such name, or listed twice")
            found[word] = frozenset(row["beside"].split("|"))
    return found


@cache
def context(kind: str) -> frozenset[str]:
    """Folded words that say something of what stands beside them, by what they say (`words_context.csv`)."""
    return _contexts()[kind]


@cache
def _contexts() -> Mapping[str, frozenset[str]]:
    return {row["kind"]: frozenset(row["words"].split("|")) for row in table_rows("words_context.csv")}
