"""What is said of a list of requests: by row, field and code, never by value."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tirage.model.identifiers import Digest
from tirage.model.requests import CohortKind


class Field(StrEnum):
    """What a column of a list means; named as in `Request`."""

    PATIENT_ID = "patient_id"
    ISSUER = "issuer"
    NATIONAL_ID = "national_id"
    NHS_NUMBER = "nhs_number"
    """A national number whose check digit is known: the NHS number."""

    ACCESSION = "accession"
    STUDY = "study"
    SERIES = "series"
    STUDY_DATE = "study_date"
    PARTICIPANT = "participant"
    INDEX_DATE = "index_date"
    IS_DECEASED = "is_deceased"


class Fault(StrEnum):
    """Why a row cannot be loaded."""

    BAD_ID = "BAD_ID"
    BAD_UID = "BAD_UID"
    BAD_DATE = "BAD_DATE"
    AMBIGUOUS_DATE = "AMBIGUOUS_DATE"
    BAD_FLAG = "BAD_FLAG"
    SCIENTIFIC = "SCIENTIFIC"
    FRACTION = "FRACTION"
    FORMULA = "FORMULA"
    CONTROL = "CONTROL"
    WILDCARD = "WILDCARD"
    TOO_LONG = "TOO_LONG"
    TOO_MANY_CELLS = "TOO_MANY_CELLS"
    INCOMPLETE = "INCOMPLETE"
    CONTRADICTION = "CONTRADICTION"
    NO_LINK = "NO_LINK"
    AMBIGUOUS_LINK = "AMBIGUOUS_LINK"
    DUPLICATE_KEY = "DUPLICATE_KEY"
    NO_ROWS = "NO_ROWS"


class Hint(StrEnum):
    """What was done with a row that a person may want to know."""

    TRIMMED = "TRIMMED"
    NUMERIC = "NUMERIC"
    UNWRAPPED = "UNWRAPPED"
    READ_AS_EMPTY = "READ_AS_EMPTY"
    TIME_DROPPED = "TIME_DROPPED"
    LONG_ACCESSION = "LONG_ACCESSION"
    DUPLICATE = "DUPLICATE"
    EMPTY_ROW = "EMPTY_ROW"
    NOT_LINKED = "NOT_LINKED"
    NOT_ASKED = "NOT_ASKED"


class Problem(NamedTuple):
    """A row that cannot be loaded: `other` is the row it contradicts, 0 when there is none.

    `source` is empty for the list itself, else `links` or the name of a file of an extract.
    """

    row: int
    field: str
    fault: Fault
    other: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was done with `count` rows; `rows` are the first of them.

    `firsts` are, beside duplicates, the rows that are kept in their place.
    """

    hint: Hint
    field: str
    source: str
    count: int
    rows: tuple[int, ...]
    firsts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """What a list says and what is wrong with it.

    `rows` were read, `requests` are what would be loaded. `filled` counts the rows in which a column says
    something. `problems` are the first of `problem_count`. `digest` stands for all the requests together.
    """

    kind: CohortKind
    rows: int
    requests: int
    digest: Digest
    filled: Mapping[Field, int]
    ignored: tuple[str, ...]
    remarks: tuple[str, ...]
    problems: tuple[Problem, ...]
    problem_count: int
    notes: tuple[Note, ...]

    @property
    def is_sound(self) -> bool:
        """Whether it can be loaded."""
        return not self.problem_count
