"""When two spellings are the same identifier, name, date or sex.

Identifiers are compared strictly: two people must never share a key, so case, leading zeros, prefixes and
inner spaces all count. Demographics are compared loosely: only a real difference is a conflict.
"""

import re
import unicodedata

from tirage.model.records import PatientIdentity

# Texts that systems write when they have no identifier. Everybody without one would become one person.
_NO_IDENTIFIER = frozenset(
    {"anon", "anonym", "anonymous", "anonymized", "anonymised", "deidentified", "empty", "missing", "na"}
    | {"nil", "nn", "none", "null", "noid", "noname", "nopatientid", "notavailable", "patientid", "tbd"}
    | {"unassigned", "unbekannt", "undefined", "unk", "unknown"}
)


def normalised_id(text: str) -> str:
    """An identifier without padding (PS3.5 6.2 LO: outer spaces are not significant) in Unicode NFC.

    Empty when there is none. Case is kept: no standard says `ab1` and `AB1` are one person.
    """
    return unicodedata.normalize("NFC", text).strip(" \0\t\r\n")


def is_placeholder(text: str) -> bool:
    """Whether a Patient ID names nobody: empty, zeros or punctuation only, or a word for "unknown"."""
    bare = re.sub(r"[\W_]+", "", normalised_id(text).casefold())
    return not bare.strip("0") or bare in _NO_IDENTIFIER


def patient_key(identity: PatientIdentity) -> bytes:
    """The bytes that stand for one patient: issuer and identifier, framed so that no two pairs coincide."""
    issuer = normalised_id(identity.issuer).encode()
    return len(issuer).to_bytes(4, "big") + issuer + normalised_id(identity.patient_id).encode()


def normalised_names(text: str) -> frozenset[tuple[str, ...]]:
    """A person's name for comparing: the folded words of each group (alphabetic, ideographic, phonetic).

    Case, diacritics, `^`, commas and spacing do not count, the order of the words does. Empty when no group
    says anything.
    """
    groups = (tuple(re.findall(r"[^\W_]+", _folded(group))) for group in text.split("="))
    return frozenset(words for words in groups if words)


def normalised_date(text: str) -> str:
    """A date's digits when it is a whole date, else empty: a partial date is no evidence."""
    digits = re.sub(r"[.\-/ ]", "", text.strip(" \0"))
    return digits if re.fullmatch(r"(?!0000)\d{8}", digits) else ""


def normalised_sex(text: str) -> str:
    """`M` or `F`; empty for `O`, unknown and missing, which contradict nothing."""
    value = text.strip(" \0").upper()
    return value if value in {"M", "F"} else ""


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
