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

    `plain` name nobody; `names` are wanted words that people are called, too; `ideographs` are words of
    scripts without spaces.
    """

    plain: frozenset[str]
    names: Mapping[str, Naming]
    ideographs: frozenset[str]


@cache
def vocabulary() -> Words:
    """The words of `words.txt`, `words_names.csv` and `words_ideographs.txt`."""
    try:
        names = {row["word"]: Naming(row["name"]) for row in table_rows("words_names.csv")}
    except ValueError as error:
        raise TableUnreadable("words_names.csv: a kind of name is not understood") from error
    lines = table_bytes("words_ideographs.txt").decode("utf-8").splitlines()
    return Words(
        frozenset(table_bytes("words.txt").decode("utf-8").split()),
        names,
        frozenset(word for line in lines if line[:1] != "#" for word in line.split()),
    )


@cache
def context(kind: str) -> frozenset[str]:
    """Folded words that say something of what stands beside them, by what they say (`words_context.csv`)."""
    return _contexts()[kind]


@cache
def _contexts() -> Mapping[str, frozenset[str]]:
    return {row["kind"]: frozenset(row["words"].split("|")) for row in table_rows("words_context.csv")}
