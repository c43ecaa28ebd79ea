"""The grammars and vocabularies of kept values, loaded from `policy/tables`."""

import re
from collections.abc import Mapping
from functools import cache
from struct import iter_unpack

from tirage.policy.cleaned import TEXT
from tirage.policy.codes import is_plausible_value, is_registered_meaning
from tirage.policy.grammar import (
    MOST_DIGITS_OF_VERSIONS,
    Check,
    floats,
    no_print,
    no_text,
    numbers,
    terms,
    values_of,
    words,
)
from tirage.policy.problems import TableUnreadable
from tirage.policy.standard import Attribute, dictionary, table_rows, tags_by_keyword

BINARY = "binary"
QUANTITY = "quantity"
NOT_WORDS = frozenset(
    {BINARY, QUANTITY, "code value", "scheme", "mime type", "version", "small number", "nucleus", "template"}
)
"""Grammars of codes and numbers: a part of such a value says something else than the whole."""

ARRAYS = frozenset({"US", "SS", "UL", "SL", "UV", "SV", "FL", "FD"})
FLOATS = frozenset({"OF", "OD"})
EXACT = frozenset({0x00080060, 0x00100040, 0x00280004})
"""Modality, sex, photometric interpretation: what is none of their terms means nothing."""

SIZE_BY_VR = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "AT": 4, "FD": 8, "SV": 8, "UV": 8}


@cache
def grammars() -> Mapping[str, Check]:
    """Every named grammar of `grammars.csv`."""
    listed = {row["name"]: _grammar(row) for row in table_rows("grammars.csv")}
    anatomy, colour = listed.pop("anatomy"), listed.pop("colour")
    words_of_software, version_numbers = listed.pop("software"), listed.pop("version numbers")
    return listed | {
        "software": lambda value: words_of_software(value) or version_numbers(value),
        BINARY: no_print,
        "code value": is_plausible_value,
        "segment label": lambda value: anatomy(value) or colour(value),
        "code meaning": lambda value: is_registered_meaning(value) or anatomy(value),
    }


def _grammar(row: Mapping[str, str]) -> Check:
    listed = [value.strip() for value in row["values"].split("|") if value.strip()]
    match row["kind"]:
        case "terms":
            return terms(frozenset(value.encode("ascii") for value in listed))
        case "words":
            return words(frozenset(value.upper().encode("ascii") for value in listed))
        case "versions":
            known = frozenset(value.upper().encode("ascii") for value in listed)
            return words(known, MOST_DIGITS_OF_VERSIONS)
        case "pattern":
            try:
                return values_of(row["values"].encode("ascii"))
            except re.error as error:
                raise TableUnreadable(f"grammars.csv, {row['name']}: not a pattern") from error
    raise TableUnreadable(f"grammars.csv, {row['name']}: kind {row['kind']!r} is not understood")


@cache
def allowed() -> Mapping[int, tuple[str, str]]:
    """The allow-list: by tag the name of the grammar and why the attribute is kept."""
    listed: dict[int, tuple[str, str]] = {}
    for row in table_rows("allowed.csv"):
        tag = tags_by_keyword().get(row["keyword"])
        if tag is None or row["grammar"] not in grammars() or tag in listed:
            raise TableUnreadable(f"allowed.csv, {row['keyword']}: keyword or grammar is not understood")
        listed[tag] = row["grammar"], row["why"]
    return listed


@cache
def only_in_iod() -> frozenset[int]:
    """Attributes with room for anything: an object keeps them only when its IOD has them."""
    listed = {tag for tag, (grammar, _) in allowed().items() if grammar in (BINARY, QUANTITY)}
    return frozenset(listed | {tag for tag, attribute in dictionary().items() if _is_array(attribute)})


def _is_array(attribute: Attribute) -> bool:
    """Whether any number of binary numbers may stand in an attribute."""
    return "n" in attribute.multiplicity and set(attribute.vrs) <= ARRAYS


@cache
def worded() -> frozenset[int]:
    """Attributes whose grammar is one of words: what it refuses may still be cleaned word by word."""
    listed = {tag for tag, (grammar, _) in allowed().items() if grammar not in NOT_WORDS}
    strings = {tag for tag, attribute in dictionary().items() if attribute.vrs == ("CS",)}
    free = strings - allowed().keys() - EXACT
    return frozenset(tag for tag in listed | free if set(dictionary()[tag].vrs) <= TEXT | {"CS"})


@cache
def reasons() -> Mapping[int, str]:
    """Why each attribute on the allow-list is kept."""
    return {tag: why for tag, (_, why) in allowed().items()}


@cache
def defined_terms() -> Mapping[int, Check]:
    """Checks for code strings (CS) whose values the standard lists; others fall to `code words`."""
    checks: dict[int, Check] = {}
    for row in table_rows("terms.csv"):
        tag = tags_by_keyword().get(row["keyword"])
        if tag is None or tag in checks:
            raise TableUnreadable(f"terms.csv, {row['keyword']}: the keyword is not understood")
        checks[tag] = terms(frozenset(value.strip().encode("ascii") for value in row["terms"].split("|")))
    return checks


def check_for(tag: int, attribute: Attribute) -> Check | None:
    """The check of a kept attribute; None when its VR says enough."""
    if tag in allowed():
        name = allowed()[tag][0]
        return no_text if name == BINARY and set(attribute.vrs) <= FLOATS else grammars()[name]
    if attribute.vrs == ("CS",):
        return defined_terms().get(tag) or grammars()["code words"]
    highest = int(attribute.multiplicity) if attribute.multiplicity.isdigit() else None
    if attribute.vrs in (("FL",), ("FD",)):
        return floats("f" if attribute.vrs == ("FL",) else "d", highest)
    if attribute.vrs == ("AT",):
        return is_tags
    size = SIZE_BY_VR.get(attribute.vrs[0])
    if size is not None and highest is not None and "OW" not in attribute.vrs:
        return numbers(size, highest)
    return None


def is_tags(value: bytes) -> bool:
    """Accept attribute tags of the dictionary, and private ones that are no four printed characters."""
    if len(value) % 4:
        return False
    for group, element in iter_unpack("<HH", value):
        is_private = group % 2 == 1 and group > 8 and element >> 8 >= 0x10
        is_printed = all(
            32 <= byte < 127 for byte in (group & 0xFF, group >> 8, element & 0xFF, element >> 8)
        )
        if (group << 16 | element) not in dictionary() and (is_printed or not is_private):
            return False
    return True
