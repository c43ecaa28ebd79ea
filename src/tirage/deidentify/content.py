"""What becomes of content items that say by their concept that they identify: whoever observed, the subject.

Text is cleaned word by word wherever it stands; but a name may be made of clinical words, and an age of
ninety-five is a number like any other. What a content item is about decides these.
Source: PS3.3 10.2 and C.17.3 (content items), PS3.16 Annex D (concepts), TID 1001 to 1010 (context).
"""

import re
from collections.abc import Container
from enum import Enum
from typing import NamedTuple

from tirage.dicom.header import Header
from tirage.policy.actions import Action
from tirage.policy.options import Option


class About(Enum):
    """What an item tells that it must not."""

    PERSON = "a person, or a record of one"
    BIRTH = "the day somebody was born"
    AGE = "how old somebody is"
    DEVICE = "which device it was"
    PLACE = "where it was"


RETAINED_BY = {About.DEVICE: Option.RETAIN_DEVICE, About.PLACE: Option.RETAIN_INSTITUTION}

CONCEPTS: dict[str, About] = {
    "110031": About.PERSON,  # Email
    "110119": About.DEVICE,  # Station AE Title
    "110122": About.PERSON,  # Login
    "110182": About.DEVICE,  # Node ID
    "110190": About.PLACE,  # Issuer of Identifier
    "111700": About.PERSON,  # Specimen Container Identifier
    "111705": About.PERSON,  # Parent Specimen Identifier
    "111706": About.PLACE,  # Issuer of Parent Specimen Identifier
    "111724": About.PLACE,  # Issuer of Specimen Identifier
    "113516": About.PERSON,  # Prescription Identifier
    "113870": About.PERSON,  # Person Name
    "113871": About.PERSON,  # Person ID
    "113872": About.PLACE,  # Person ID Issuer
    "113873": About.PLACE,  # Organization Name
    "113877": About.DEVICE,  # Device Name
    "113880": About.DEVICE,  # Device Serial Number
    "121008": About.PERSON,  # Person Observer Name (TID 1003)
    "121009": About.PLACE,  # Person Observer's Organization Name
    "121013": About.DEVICE,  # Device Observer Name (TID 1004)
    "121016": About.DEVICE,  # Device Observer Serial Number
    "121017": About.PLACE,  # Device Observer Physical Location During Observation
    "121020": About.PERSON,  # Placer Number (TID 1005)
    "121021": About.PERSON,  # Filler Number
    "121022": About.PERSON,  # Accession Number
    "121029": About.PERSON,  # Subject Name (TID 1007)
    "121030": About.PERSON,  # Subject ID
    "121031": About.BIRTH,  # Subject Birth Date
    "121033": About.AGE,  # Subject Age
    "121036": About.PERSON,  # Mother of fetus (TID 1008)
    "121040": About.PERSON,  # Specimen Accession Number (TID 1009)
    "121041": About.PERSON,  # Specimen Identifier
    "121043": About.PERSON,  # Slide Identifier
    "121081": About.PERSON,  # Physician
    "121114": About.PERSON,  # Performing Physician
    "121121": About.PLACE,  # Room identification
    "121122": About.DEVICE,  # Equipment Identification
    "121124": About.PERSON,  # Procedure Action Item ID
    "121148": About.DEVICE,  # Unit Serial Identifier
    "121152": About.PERSON,  # Person administering drug/contrast
    "121193": About.DEVICE,  # Device Subject Name (TID 1010)
    "121196": About.DEVICE,  # Device Subject Serial Number
    "121197": About.PLACE,  # Device Subject Physical Location during observation
    "121434": About.PLACE,  # Service Delivery Location
    "121435": About.PLACE,  # Service Performer
    "122143": About.DEVICE,  # Acquisition Device ID
    "127122": About.PLACE,  # Animal room identifier
    "128774": About.PERSON,  # Person Observer's Login Name
    "128775": About.PERSON,  # Identifier within Person Observer's Role
}
"""Concepts of scheme DCM whose values identify, by code value; TID 1003 to 1010 and those like them."""

_PERSONAL = re.compile(
    r"(?:patient|subject|person|physician|doctor|radiologist|operator|technologist|technician|sonographer"
    r"|observer|nurse|surgeon|reader|author|referr\w+|request\w+|perform\w+|family|given|first|last|middle"
    r"|maiden|mother)(?:'?s)?[ _]*(?:name|id|identifier|number|initials)\b"
    r"|\b(?:mrn|medical record|accession|social security|ssn|nhs number|insurance|phone|telephone|fax|e-?mail"
    r"|address|post ?code|zip ?code|login|surname|signature"
    r"|(?:signed|reported|read|dictated|transcribed|verified|approved) by)\b",
    re.IGNORECASE,
)
_BIRTH = re.compile(r"\b(?:birth ?date|date of birth|dob)\b", re.IGNORECASE)
_AGE = re.compile(r"\b(?:patient|subject)(?:'?s)? age\b|^age$", re.IGNORECASE)
_PLACE = re.compile(r"\b(?:hospital|institution|clinic|department|organi[sz]ation)\b", re.IGNORECASE)
_BY_WORDS = ((_BIRTH, About.BIRTH), (_AGE, About.AGE), (_PERSONAL, About.PERSON), (_PLACE, About.PLACE))
"""How concepts of other schemes are known: by their meaning. Those of DCM are on the list, or harmless."""

OLDEST = {"a": 90.0, "mo": 1080.0, "wk": 4696.0, "d": 32872.0}
"""By UCUM unit, the age from which all are one category (45 CFR 164.514(b)(2)(i)(C))."""

ITEM = 0xFFFEE000
CONCEPT_NAME = 0x0040A043
CONCEPT_CODE = 0x0040A168
MEASURED_VALUE = 0x0040A300
UNITS = 0x004008EA
CODE_VALUES = (0x00080100, 0x00080119, 0x00080120)
CODING_SCHEME = 0x00080102
CODE_MEANING = 0x00080104
TEXT_VALUE = 0x0040A160
MOMENTS = (0x0040A120, 0x0040A121, 0x0040A122, 0x0040A13A)
NUMERIC_VALUE = 0x0040A30A
EXACT_NUMBERS = (0x0040A161, 0x0040A162, 0x0040A163)

_CONCEPT_NAME_BYTES = b"\x40\x00\x43\xa0"
_ABOVE = {CONCEPT_CODE: 1, MEASURED_VALUE: 1}


class Value(NamedTuple):
    """A value of a content item: its index, the index of that item, and what it is."""

    place: int
    item: int
    tag: int


class Concepts:
    """The content items of one header, by the index of each item: what they are about, in which unit."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.codes: dict[int, str] = {}
        self.schemes: dict[int, str] = {}
        self.meanings: dict[int, str] = {}
        self.units: dict[int, str] = {}
        self.values: list[Value] = []
        self._read()

    def about(self, item: int) -> About | None:
        """What a content item must not tell; None when it may tell everything."""
        if self.schemes.get(item) == "DCM":
            return CONCEPTS.get(self.codes.get(item, ""))
        meaning = self.meanings.get(item, "")
        return next((about for pattern, about in _BY_WORDS if pattern.search(meaning)), None)

    def _read(self) -> None:
        items: dict[int, int] = {}  # the open item and the sequence it is in, by depth
        parents: dict[int, int] = {}
        header = self.header
        for index, (tag, vr, _, _, _, depth) in enumerate(header.elements):
            if tag == ITEM:
                items[depth] = index
            elif vr == b"SQ":
                parents[depth + 1] = tag
            elif depth:
                self._take(index, tag, depth, items, parents.get(depth, 0))

    def _take(self, index: int, tag: int, depth: int, items: dict[int, int], parent: int) -> None:
        if parent in (CONCEPT_NAME, UNITS):
            item = items.get(depth - 1 - (parent == UNITS), -1)
            text = self.header.value(index).decode("latin-1").strip(" \0")
            if tag in CODE_VALUES:
                (self.units if parent == UNITS else self.codes)[item] = text
            elif tag == CODING_SCHEME and parent == CONCEPT_NAME:
                self.schemes[item] = text
            elif tag == CODE_MEANING and parent == CONCEPT_NAME:
                self.meanings[item] = text
        elif tag in _VALUES:
            self.values.append(Value(index, items.get(depth - _ABOVE.get(parent, 0), -1), tag))


_VALUES = frozenset({TEXT_VALUE, CODE_MEANING, NUMERIC_VALUE, *MOMENTS, *EXACT_NUMBERS})


def has_items(header: Header) -> bool:
    """Whether the object has content items, in a report or elsewhere."""
    return _CONCEPT_NAME_BYTES in header.buffer


def decided(header: Header, options: Container[Option]) -> dict[int, Action | bytes]:
    """By index, what is done with values that tell too much: an action, or the value to write instead."""
    if not has_items(header):
        return {}
    concepts = Concepts(header)
    found: dict[int, Action | bytes] = {}
    for value in concepts.values:
        about = concepts.about(value.item)
        if about is None or RETAINED_BY.get(about) in options:
            continue
        done = _decision(concepts, value, about)
        if done is not None:
            found[value.place] = done
    return found


def _decision(concepts: Concepts, value: Value, about: About) -> Action | bytes | None:
    if value.tag in (TEXT_VALUE, CODE_MEANING):
        return None if about is About.AGE else Action.DUMMY
    if value.tag in MOMENTS:
        return Action.DUMMY if about is About.BIRTH else None
    if about is not About.AGE:
        return None
    oldest = OLDEST.get(concepts.units.get(value.item, "a"))
    return None if oldest is None else _capped(concepts, value, oldest)


def _capped(concepts: Concepts, value: Value, oldest: float) -> Action | bytes | None:
    """An age above the oldest told as the oldest; what says it more exactly goes."""
    if value.tag in EXACT_NUMBERS:
        return Action.REMOVE
    text = concepts.header.value(value.place).strip(b" \0")
    try:
        return b"%d" % oldest if float(text) >= oldest else None
    except ValueError:
        return None
