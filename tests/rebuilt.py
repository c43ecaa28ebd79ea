"""De-identifies bytes in memory, for tests of the decisions without the shell around them."""

from dataclasses import replace
from typing import Any

from tirage.deidentify.apply import Rebuilt, rebuild
from tirage.deidentify.chunks import bytes_of
from tirage.deidentify.plan import Planner
from tirage.dicom.elements import BytesSource, Header, read_header
from tirage.link.identify import identifiers_of
from tirage.link.pseudonym import make_link
from tirage.model.identifiers import Pseudonym
from tirage.model.outcomes import Outcome, Passed
from tirage.model.records import Link
from tirage.policy.profile import Profile, compile_profile
from tirage.policy.project import Project

PSEUDONYM = "PSEUDO-0001"
KEY = bytes(range(32))


def make_project(**sections: Any) -> Project:
    return Project.model_validate({"project": {"name": "golden-test", "title": "Golden"}, **sections})


def make_profile(**deidentify: Any) -> Profile:
    return compile_profile(make_project(deidentify=deidentify))


def a_link(pseudonym: str = PSEUDONYM, key: bytes = KEY) -> Link:
    return make_link(key, make_project().name, Pseudonym(pseudonym), 365)


def header_of(data: bytes) -> Header:
    return read_header(BytesSource(data))


def outcome_of(data: bytes, **deidentify: Any) -> Outcome[Rebuilt]:
    header = header_of(data)
    return rebuild(header, planner_for(header, **deidentify))


def planner_for(header: Header, **deidentify: Any) -> Planner:
    """A planner that knows what the object says of its patient."""
    known = replace(identifiers_of(header), uids=frozenset())
    return Planner(make_profile(**deidentify), a_link(), known)


def deidentified(data: bytes, **deidentify: Any) -> bytes:
    """The output file's bytes; fails the test when the object does not pass."""
    header = header_of(data)
    outcome = rebuild(header, planner_for(header, **deidentify))
    assert isinstance(outcome, Passed), outcome
    return b"".join(bytes_of(chunk, header.body) for chunk in outcome.value.chunks)
