"""What goes into a release: decided once, never changed afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tirage.deliver.arrange import arrange
from tirage.deliver.lists import LISTS
from tirage.model.identifiers import Digest, PolicyDigest, ProjectName, ReceivedId
from tirage.model.outcomes import Held
from tirage.model.reasons import HoldReason
from tirage.model.records import Output


@dataclass(frozen=True, slots=True)
class Candidate:
    """A de-identified, verified object that no release holds yet."""

    received: ReceivedId
    output: Output


@dataclass(frozen=True, slots=True)
class Member:
    """An object of a release and its path there."""

    received: ReceivedId
    output: Output
    name: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A public table that came with a cohort and goes along as it is; `name` is its path in the release."""

    name: str
    digest: Digest
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody who signed the release before it was made, and the digest of what they signed."""

    account: str
    signed_at: datetime
    statement: Digest


@dataclass(frozen=True, slots=True)
class Release:
    """One immutable version of what a project receives; `members` in order of their path.

    `policy` is what all of them were made under; `edition` names the edition of PS3.15 behind its tables.
    `lists` are the names of the files that describe and seal it.
    """

    project: ProjectName
    version: int
    frozen_at: datetime
    policy: PolicyDigest
    edition: str
    members: tuple[Member, ...]
    attachments: tuple[Attachment, ...] = ()
    approvals: tuple[Approval, ...] = ()
    lists: tuple[str, ...] = LISTS

    @property
    def label(self) -> str:
        """The version as a folder's name, `v0001`."""
        return label(self.version)

    @property
    def size_bytes(self) -> int:
        """Bytes of all objects together."""
        return sum(member.output.size_bytes for member in self.members)


def label(version: int) -> str:
    """The folder's name of a version, `v0001`; in order as text up to 9999."""
    return f"v{version:04d}"


def choose(
    candidates: Iterable[Candidate], released: dict[str, Digest]
) -> tuple[list[Member], list[tuple[ReceivedId, Held]]]:
    """Which candidates go in, in order of their path, and which are held.

    `released` are the paths earlier versions of this project hold. Two objects that claim one path and
    differ are held `UID_COLLISION`: a researcher must never find two truths under one UID. What an earlier
    version holds, byte for byte, may come again: a decision about who the patient is was taken back.
    """
    members: dict[str, Member] = {}
    held: list[tuple[ReceivedId, Held]] = []
    for candidate in sorted(candidates, key=lambda each: each.received):
        name = arrange(candidate.output)
        known = released.get(name, candidate.output.digest)
        if name in members or known != candidate.output.digest:
            held.append((candidate.received, Held(HoldReason.UID_COLLISION)))
        else:
            members[name] = Member(candidate.received, candidate.output, name)
    return [members[name] for name in sorted(members)], held


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a release made now would hold: how many objects, and when the oldest and newest were made."""

    objects: int
    oldest: datetime
    newest: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """How long outputs wait for company: `quiet` after the last one, `most` in a stream that never ends."""

    quiet: timedelta = timedelta(seconds=5)
    most: timedelta = timedelta(minutes=15)


def is_due(waiting: Waiting | None, is_working: bool, pace: Pace, now: datetime) -> bool:
    """Whether to make a release now: nothing more is on its way, or the first has waited long enough."""
    if waiting is None:
        return False
    if now - waiting.oldest >= pace.most:
        return True
    return not is_working and now - waiting.newest >= pace.quiet
