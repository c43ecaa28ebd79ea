"""The options of the Basic Profile (PS3.15 E.3) a project may choose, and the codes that record them."""

from dataclasses import dataclass
from enum import StrEnum


class Option(StrEnum):
    """An option as written in a project file."""

    RETAIN_UIDS = "retain-uids"
    RETAIN_DEVICE = "retain-device"
    RETAIN_INSTITUTION = "retain-institution"
    RETAIN_PATIENT = "retain-patient"
    FULL_DATES = "full-dates"
    MODIFIED_DATES = "modified-dates"
    SAFE_PRIVATE = "safe-private"
    CLEAN_DESCRIPTORS = "clean-descriptors"
    CLEAN_STRUCTURED_CONTENT = "clean-structured-content"
    CLEAN_GRAPHICS = "clean-graphics"
    CLEAN_PIXELS = "clean-pixels"
    CLEAN_FEATURES = "clean-features"


@dataclass(frozen=True, slots=True)
class OptionFacts:
    """How an option reads in words, its column of Table E.1-1 and its code in PS3.16 CID 7050."""

    words: str
    column: str
    code: str
    meaning: str


BASIC_CODE = ("113100", "DCM", "Basic Application Confidentiality Profile")
FACTS = {
    Option.RETAIN_UIDS: OptionFacts("original UIDs are kept", "uids", "113110", "Retain UIDs Option"),
    Option.RETAIN_DEVICE: OptionFacts(
        "device serial numbers, stations and the like are kept",
        "device",
        "113109",
        "Retain Device Identity Option",
    ),
    Option.RETAIN_INSTITUTION: OptionFacts(
        "institution names and addresses are kept",
        "institution",
        "113112",
        "Retain Institution Identity Option",
    ),
    Option.RETAIN_PATIENT: OptionFacts(
        "sex, age, size and weight of the patient are kept",
        "patient",
        "113108",
        "Retain Patient Characteristics Option",
    ),
    Option.FULL_DATES: OptionFacts(
        "dates and times are kept as they are",
        "full_dates",
        "113106",
        "Retain Longitudinal Temporal Information Full Dates Option",
    ),
    Option.MODIFIED_DATES: OptionFacts(
        "dates are moved by one secret number of days for each patient",
        "modified_dates",
        "113107",
        "Retain Longitudinal Temporal Information Modified Dates Option",
    ),
    Option.SAFE_PRIVATE: OptionFacts(
        "private elements on the safe list are kept", "", "113111", "Retain Safe Private Option"
    ),
    Option.CLEAN_DESCRIPTORS: OptionFacts(
        "text descriptions are cleaned word by word", "descriptors", "113105", "Clean Descriptors Option"
    ),
    Option.CLEAN_STRUCTURED_CONTENT: OptionFacts(
        "structured reports are cleaned", "structured", "113104", "Clean Structured Content Option"
    ),
    Option.CLEAN_GRAPHICS: OptionFacts(
        "drawings are cleaned; overlay and curve planes are removed",
        "graphics",
        "113103",
        "Clean Graphics Option",
    ),
    Option.CLEAN_PIXELS: OptionFacts("burned-in text is removed", "", "113101", "Clean Pixel Data Option"),
    Option.CLEAN_FEATURES: OptionFacts(
        "recognisable faces are reported, not removed",
        "",
        "113102",
        "Clean Recognizable Visual Features Option",
    ),
}
DEFAULT = (
    Option.CLEAN_DESCRIPTORS,
    Option.CLEAN_GRAPHICS,
    Option.CLEAN_PIXELS,
    Option.CLEAN_STRUCTURED_CONTENT,
    Option.MODIFIED_DATES,
    Option.RETAIN_PATIENT,
    Option.SAFE_PRIVATE,
)
"""What research needs of the options while the Basic Profile's claim stands."""

CLAIMED_WHEN_INSPECTED = frozenset({Option.CLEAN_PIXELS})
"""Done to some objects only: their pixels were looked at."""
NEVER_CLAIMED = frozenset({Option.CLEAN_FEATURES})
"""Faces are reported, not removed: no output says they are."""
