"""SOP classes: what kind of object an instance is. Source: PS3.4 B.5, PS3.6 Table A-1, from pydicom."""

from enum import StrEnum
from functools import cache

MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


class Kind(StrEnum):
    """What an instance contains, as far as its SOP class says."""

    IMAGE = "image"
    CAPTURE = "secondary capture"
    VIDEO = "video"
    REPORT = "report"
    DOCUMENT = "document"
    WAVEFORM = "waveform"
    PRESENTATION = "presentation state"
    SEGMENTATION = "segmentation"
    MEASUREMENT = "measurement"
    RADIOTHERAPY = "radiotherapy"
    REGISTRATION = "registration"
    RAW = "raw data"
    DIRECTORY = "directory"
    OTHER = "other"
    UNKNOWN = "unknown"


# The first part of a class's keyword that fits decides.
_KINDS = (
    ("MediaStorageDirectory", Kind.DIRECTORY),
    ("SecondaryCapture", Kind.CAPTURE),
    ("Video", Kind.VIDEO),
    ("Encapsulated", Kind.DOCUMENT),
    ("PresentationState", Kind.PRESENTATION),
    ("Segmentation", Kind.SEGMENTATION),
    ("ParametricMap", Kind.MEASUREMENT),
    ("Waveform", Kind.WAVEFORM),
    ("ECG", Kind.WAVEFORM),
    ("RTImage", Kind.IMAGE),
    ("RT", Kind.RADIOTHERAPY),
    ("Registration", Kind.REGISTRATION),
    ("Fiducials", Kind.REGISTRATION),
    ("RealWorldValueMapping", Kind.REGISTRATION),
    ("RawData", Kind.RAW),
    ("Spectroscopy", Kind.RAW),
    ("SR", Kind.REPORT),
    ("Report", Kind.REPORT),
    ("KeyObjectSelection", Kind.REPORT),
    ("ProcedureLog", Kind.REPORT),
    ("Image", Kind.IMAGE),
    ("USVolume", Kind.IMAGE),
    ("Tomography", Kind.IMAGE),
    ("Radiation", Kind.RADIOTHERAPY),
    ("Measurements", Kind.MEASUREMENT),
    ("Annotations", Kind.MEASUREMENT),
)


@cache
def _storage() -> dict[str, str]:
    """Keyword by UID of every storage SOP class, retired ones included."""
    from pydicom._uid_dict import UID_dictionary

    return {
        uid: keyword
        for uid, (_, kind, _, _, keyword) in UID_dictionary.items()
        if kind == "SOP Class"
        and ("Storage" in keyword and "Commitment" not in keyword)
        and (uid.startswith("1.2.840.10008.5.1.4.") or uid == MEDIA_DIRECTORY)
    }


def is_storage(uid: str) -> bool:
    """Whether the standard knows this as the class of an object one can store."""
    return uid in _storage()


def name_of(uid: str) -> str:
    """The class's keyword, such as `CTImageStorage`; empty for a private or unknown one."""
    return _storage().get(uid, "")


@cache
def _kinds() -> dict[str, Kind]:
    return {
        uid: next((kind for part, kind in _KINDS if part in keyword), Kind.OTHER)
        for uid, keyword in _storage().items()
    }


def kind_of(uid: str) -> Kind:
    """What objects of this class contain; UNKNOWN for a private or unknown class."""
    return _kinds().get(uid, Kind.UNKNOWN)
