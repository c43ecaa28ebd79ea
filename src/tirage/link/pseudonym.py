"""Which keyed values replace a patient's: pseudonym, UID key, date offset.

One derivation secret, the first master key, which the crosswalk keeps; per project a key of its own; every
use of it under a kind of its own, so that no value derived for one purpose can be looked up in, or mistaken
for, another (design 6).
"""

import hmac
import uuid
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tirage.errors import Permanent
from tirage.link.normalise import patient_key
from tirage.model.identifiers import ProjectName, Pseudonym
from tirage.model.records import Link, PatientIdentity

DEFAULT_SHIFT_DAYS = 3650
PSEUDONYM_MAX = 64
"""Characters of a Patient ID, VR LO (PS3.5 6.2)."""


class PseudonymInvalid(Permanent):
    """A pseudonym, or the prefix of one, cannot stand in a Patient ID."""

    code = "PSEUDONYM_INVALID"
    remedy = "At most 64 printable characters, no backslash; a prefix at most 24 letters, digits, - or _."


def project_key(secret: bytes, project: ProjectName) -> bytes:
    """The 32-byte key of one project: HKDF-SHA256 over the derivation secret (RFC 5869)."""
    info = b"tirage/project/v1/" + project.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


def derive(key: bytes, kind: str, value: bytes) -> bytes:
    """32 bytes for a value under a kind: HMAC-SHA256(key, kind, zero byte, value)."""
    return hmac.digest(key, kind.encode() + b"\0" + value, sha256)


def random_pseudonym(entropy: bytes, prefix: str = "") -> Pseudonym:
    """A pseudonym that says nothing about the patient: a version 4 GUID made of 16 random bytes."""
    return _with_prefix(prefix, str(uuid.UUID(bytes=entropy, version=4)))


def keyed_pseudonym(
    key: bytes, identity: PatientIdentity, prefix: str = "", *, is_apart: bool = False
) -> Pseudonym:
    """The pseudonym that the project key alone decides: the same wherever the key is, without a table.

    `is_apart`: somebody else has the same identifier, and the demographics as received count too.
    """
    digest = derive(key, "pseudonym", patient_key(identity))
    if is_apart:
        said = "\0".join((identity.name, identity.birth_date, identity.sex)).encode()
        digest = derive(key, "pseudonym apart", digest + said)
    # RFC 9562 version 8 ("custom"): 122 bits of the digest in the usual layout.
    number = int.from_bytes(digest[:16], "big")
    number = (number & ~(0xF << 76)) | (8 << 76)
    number = (number & ~(0x3 << 62)) | (2 << 62)
    return _with_prefix(prefix, str(uuid.UUID(int=number)))


def supplied_pseudonym(text: str) -> Pseudonym:
    """A pseudonym somebody else chose, checked; raises `PseudonymInvalid`."""
    value = text.strip(" ")
    if not value or len(value) > PSEUDONYM_MAX or "\\" in value or not value.isprintable():
        raise PseudonymInvalid("a supplied pseudonym does not fit a Patient ID")
    return Pseudonym(value)


def date_offset_days(key: bytes, patient: str, shift_days: int = DEFAULT_SHIFT_DAYS) -> int:
    """Days added to every date of a patient: secret, whole, from -`shift_days` to -1, never 0.

    `patient` is the pseudonym, so that identities a person later joins under one pseudonym share one offset.
    """
    if shift_days < 1:
        raise ValueError("shift_days must be at least 1")
    number = int.from_bytes(derive(key, "date offset", patient.encode()), "big")
    return -1 - number % shift_days


def make_link(
    key: bytes, project: ProjectName, pseudonym: Pseudonym, shift_days: int = DEFAULT_SHIFT_DAYS
) -> Link:
    """Everything that replaces one patient in one project; `key` is the project's key."""
    return Link(
        project=project,
        pseudonym=pseudonym,
        date_offset_days=date_offset_days(key, pseudonym, shift_days),
        uid_key=derive(key, "uid key", b""),
    )


def stand_in_link(project: ProjectName, shift_days: int = DEFAULT_SHIFT_DAYS) -> Link:
    """A link for showing what a project does, when no patient's own is at hand or wanted."""
    return make_link(bytes(32), project, Pseudonym("PSEUDONYM"), shift_days)


def _with_prefix(prefix: str, guid: str) -> Pseudonym:
    if len(prefix) > 24 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in prefix):
        raise PseudonymInvalid("the project's pseudonym prefix is not usable")
    return Pseudonym(prefix + guid)
