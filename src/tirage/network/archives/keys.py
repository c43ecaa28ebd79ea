"""What a query matches by: literal values only.

DICOM has no way to write a `*` or `?` that is meant as such (PS3.4 C.2.2.2.4), and a backslash separates
values: in a cohort list they would widen a query to other patients. A value with one of them is not sent;
what is asked by the other keys is checked against it later, by whoever asked. Quotation marks mean nothing
special.
"""

import re
from typing import Final

from tirage.model.archives import DateRange, QueryUnaskable, StudyQuery
from tirage.network.archives.attributes import Tag

_PATTERN: Final = re.compile(r"[*?\\\x00-\x1f\x7f]")
_UID: Final = re.compile(r"[0-9]+(\.[0-9]+)*")
_MOST_UID: Final = 64
_MOST_CHARACTERS: Final = 64
"""Of an LO (PS3.5 6.2). Accession numbers beyond their 16 are asked for: archives keep them."""


def is_uid(text: str) -> bool:
    """Whether the text can be a UID; leading zeros of a component, which occur, are let pass."""
    return len(text) <= _MOST_UID and _UID.fullmatch(text) is not None


def study_keys(query: StudyQuery) -> dict[int, str]:
    """The keys to match by; raises `QueryUnaskable` when none is left that narrows the query.

    An issuer alone is no such key: it names everybody.
    """
    given = {
        Tag.PATIENT_ID: query.patient_id.strip(),
        Tag.ISSUER_OF_PATIENT_ID: query.issuer.strip(),
        Tag.ACCESSION_NUMBER: query.accession.strip(),
    }
    keys: dict[int, str] = {tag: value for tag, value in given.items() if value and _is_literal(value)}
    if query.study:
        if not is_uid(query.study):
            raise QueryUnaskable("the Study Instance UID is none")
        keys[Tag.STUDY] = query.study
    if days := date_range(query.dates):
        keys[Tag.STUDY_DATE] = days
    if not keys.keys() - {Tag.ISSUER_OF_PATIENT_ID}:
        raise QueryUnaskable("no value is left that can be asked for literally")
    return keys


def date_range(dates: DateRange | None) -> str:
    """Range matching of a DA (PS3.4 C.2.2.2.5); empty for every day."""
    if dates is None or dates == DateRange():
        return ""
    first, last = (f"{day:%Y%m%d}" if day else "" for day in dates)
    return first if first == last else f"{first}-{last}"


def uid_key(uid: str) -> str:
    """A UID to match by; raises `QueryUnaskable` when it is none."""
    if not is_uid(uid):
        raise QueryUnaskable("a UID is none")
    return uid


def _is_literal(value: str) -> bool:
    return not _PATTERN.search(value) and len(value) <= _MOST_CHARACTERS
