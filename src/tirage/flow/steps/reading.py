"""Reads an object's header, the faster the more it resembles the one before, and asks it who it is about."""

from collections.abc import Callable
from functools import lru_cache

from tirage.catalog.reader import HeaderReader
from tirage.deidentify.apply import Rebuilt, rebuild
from tirage.deidentify.plan import Planner
from tirage.deidentify.replay import Replay, learn_replay
from tirage.dicom.elements import Header, Malformed, Source, read_header
from tirage.dicom.header import SPECIFIC_CHARACTER_SET
from tirage.dicom.sibling import Likeness, Sibling
from tirage.link.identify import (
    BIRTH_DATE,
    ISSUER_OF_PATIENT_ID,
    OTHER_PATIENT_IDS,
    PATIENT_ID,
    PATIENT_NAME,
    SEX,
    identifiers_of,
    identity_of,
)
from tirage.model.outcomes import Held, Outcome, Passed, Refused
from tirage.model.reasons import HoldReason
from tirage.model.records import Identifiers, Link, PatientIdentity
from tirage.policy.profile import Profile

Found = Header | Sibling
"""A header that was walked, or one that is known by its likeness to a neighbour."""

SOP_CLASS = 0x00080016
MODALITY = 0x00080060
MANUFACTURER = 0x00080070
MODEL = 0x00081090

_IDENTITY = frozenset(
    {
        PATIENT_ID,
        ISSUER_OF_PATIENT_ID,
        PATIENT_NAME,
        BIRTH_DATE,
        SEX,
        OTHER_PATIENT_IDS,
        SPECIFIC_CHARACTER_SET,
    }
)


def opened(source: Source) -> Outcome[Found]:
    """The header of the object in `source`, or what is wrong with its bytes."""
    try:
        return Passed(_reader().read(source))
    except Malformed as error:
        return Held(error.reason) if isinstance(error.reason, HoldReason) else Refused(error.reason)


def identity_in(found: Found, source: Source) -> Outcome[PatientIdentity]:
    """The patient an object says it belongs to."""
    if isinstance(found, Header):
        return identity_of(found)
    if _varying_tags(found.likeness) & _IDENTITY:
        return identity_of(read_header(source))
    return _identity_of_sample(found.likeness)


def kind_of(text: Callable[[int], str]) -> tuple[str, str, str, str]:
    """What overlays are chosen by: SOP class, modality, manufacturer, model; `text` gives a value by tag."""
    return text(SOP_CLASS), text(MODALITY), text(MANUFACTURER), text(MODEL)


def profile_for(found: Found, profile: Profile) -> Profile:
    """The profile with what its project says of such objects."""
    return profile.variant(*kind_of(found.text)) if profile.has_variants else profile


def identifiers_in(found: Found, source: Source) -> Identifiers:
    """Everything in an object that must not be found in what is made of it."""
    if isinstance(found, Header):
        return identifiers_of(found)
    if _has_charsets_inside(found.likeness):
        return identifiers_of(read_header(source))
    return _identifiers_of_sample(found.likeness).joined(identifiers_of(_varying_part(found, source)))


@lru_cache(maxsize=16)
def desk_for(profile: Profile, link: Link, identifiers: Identifiers) -> "Desk":
    """A desk for one patient's objects; the same one as long as nothing else is known of the patient."""
    return Desk(profile, link, identifiers)


class Desk:
    """De-identifies headers of one patient in one project; keeps what serves the next one too."""

    def __init__(self, profile: Profile, link: Link, identifiers: Identifiers) -> None:
        self._planner = Planner(profile, link, identifiers)
        self._replay_of = lru_cache(maxsize=16)(self._learn)

    def rebuild(self, found: Found, source: Source) -> Outcome[Rebuilt]:
        """The output of one object, the same by either way; chunks lie in the header's body, or `source`."""
        if isinstance(found, Header):
            return rebuild(found, self._planner)
        replay = self._replay_of(found.likeness)
        outcome = replay.rebuild(found, source) if replay is not None else None
        return rebuild(read_header(source), self._planner) if outcome is None else outcome

    def _learn(self, likeness: Likeness) -> Replay | None:
        return learn_replay(self._planner, likeness.pattern)


def _varying_part(sibling: Sibling, source: Source) -> Header:
    """The elements of a sibling that its neighbour does not have alike, as a header of their own."""
    sample, pattern = sibling.likeness.header, sibling.likeness.pattern
    elements = []
    for index, (value, end) in zip(pattern.varying, sibling.spans, strict=False):
        if index >= 0:
            tag, vr, _, _, _, depth = sample.elements[index]
            elements.append((tag, vr, value, value, end, depth))
    part = Header(source, sibling.start, elements)
    part.charset = sample.charset
    return part


@lru_cache(maxsize=16)
def _varying_tags(likeness: Likeness) -> frozenset[int]:
    header = likeness.header
    return frozenset(header.elements[index][0] for index in likeness.pattern.varying if index >= 0)


@lru_cache(maxsize=16)
def _has_charsets_inside(likeness: Likeness) -> bool:
    return any(tag == SPECIFIC_CHARACTER_SET and depth for tag, *_, depth in likeness.header.elements)


@lru_cache(maxsize=16)
def _identity_of_sample(likeness: Likeness) -> Outcome[PatientIdentity]:
    return identity_of(likeness.header)


@lru_cache(maxsize=16)
def _identifiers_of_sample(likeness: Likeness) -> Identifiers:
    return identifiers_of(likeness.header)


@lru_cache(maxsize=1)
def _reader() -> HeaderReader:
    return HeaderReader()
