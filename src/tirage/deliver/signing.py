"""What people sign before a release is made, who may, and what makes their signatures void.

A candidate fixes what a release would hold. Its statement names all of that by digests; who signs the
digest of the statement has signed every object, every table, the rules and the numbers they were shown.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tirage.deliver.release import Attachment, Member
from tirage.model.identifiers import Digest, PolicyDigest, ProjectName

FORMAT = "tirage-statement-1"
SYSTEM_ACCOUNT = "account:"
"""Begins the name of an account of the operating system, as commands note it."""


class CandidateState(StrEnum):
    """What has become of a candidate."""

    PROPOSED = "proposed"
    SIGNED = "signed"
    RELEASED = "released"
    VOIDED = "voided"
    REFUSED = "refused"


OPEN = (CandidateState.PROPOSED, CandidateState.SIGNED)
"""Still to become a release."""


class Voided(StrEnum):
    """What changed since people looked, so that what they signed is no longer what would leave."""

    RULES_CHANGED = "rules-changed"
    OBJECTS_CHANGED = "objects-changed"
    OPTED_OUT = "opted-out"
    PROJECT_EXPIRED = "project-expired"
    SAMPLE_FAILED = "sample-failed"


class Unfit(StrEnum):
    """Why an account may not sign a candidate."""

    ENDED = "ended"
    OTHER_STATEMENT = "other-statement"
    ASKED_FOR_IT = "asked-for-it"
    REVIEWED_LAST = "reviewed-last"
    HAS_SIGNED = "has-signed"


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed: `terms` stands for all the project's rules, `evidence` for the numbers shown."""

    project: ProjectName
    version: int
    policy: PolicyDigest
    terms: Digest
    members: Digest
    evidence: Digest
    objects: int
    requester: str
    signatures: int

    def written(self) -> bytes:
        """The statement as bytes, one way to write it."""
        content = {
            "format": FORMAT,
            "project": self.project,
            "version": self.version,
            "policy": self.policy,
            "terms": self.terms,
            "members": self.members,
            "evidence": self.evidence,
            "objects": self.objects,
            "requester": self.requester,
            "signatures": self.signatures,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def digest(self) -> Digest:
        """What people sign."""
        return Digest(hashlib.sha256(self.written()).hexdigest())


@dataclass(frozen=True, slots=True)
class Standing:
    """A candidate as it stands: who asked, who reviewed last, and whose signatures count."""

    state: CandidateState
    statement: Digest
    requester: str
    last_reviewer: str
    signed_by: tuple[str, ...]
    needed: int


def list_digest(members: Sequence[Member], attachments: Sequence[Attachment]) -> Digest:
    """One digest for everything a release would hold: each path with the digest of what lies there."""
    hasher = hashlib.sha256()
    lines = [(member.name, member.output.digest) for member in members]
    lines += [(each.name, each.digest) for each in attachments]
    for name, digest in sorted(lines):
        hasher.update(f"{digest}  {name}\n".encode())
    return Digest(hasher.hexdigest())


def why_not(standing: Standing, account: str, seen: Digest | None = None) -> Unfit | None:
    """Why the account may not sign, or None when it may; `seen` is the statement that was looked at.

    Nobody signs what they asked for themselves, nor what they were the last to review, nor twice. An account
    of the operating system is the person of the same name.
    """
    who = person(account)
    if standing.state is not CandidateState.PROPOSED:
        return Unfit.ENDED
    if seen is not None and seen != standing.statement:
        return Unfit.OTHER_STATEMENT
    if who == person(standing.requester):
        return Unfit.ASKED_FOR_IT
    if standing.last_reviewer and who == person(standing.last_reviewer):
        return Unfit.REVIEWED_LAST
    if who in {person(each) for each in standing.signed_by}:
        return Unfit.HAS_SIGNED
    return None


def is_signed(signed_by: Collection[str], needed: int) -> bool:
    """Whether enough different people have signed."""
    return len({person(each) for each in signed_by}) >= needed


def person(account: str) -> str:
    """The person behind an account's name, as names are compared."""
    return account.removeprefix(SYSTEM_ACCOUNT).strip().casefold()
