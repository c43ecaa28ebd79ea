"""The node's signing key: Ed25519, in a file of its own beside the master key.

It signs what leaves the node, so that whoever has the public half can tell it from anybody else's. Lost, it
is replaced by a new one whose public half is handed out anew; what the old one signed stays verifiable.
Source: RFC 8032.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tirage.errors import Permanent
from tirage.model.records import Confidential
from tirage.store.keys import KeyDamaged, KeyExists, KeyMissing, read_private, write_private

_FIRST_LINE = "tirage signing key, version 1"


class SigningKeyMissing(Permanent):
    """The node has no signing key; none is made while something is to be signed."""

    code = "SIGNING_KEY_MISSING"
    exit_code = 78
    remedy = "Restore keys/signing.key from its backup, or make one: `tirage keys new --signing`."


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey(Confidential):
    """The secret half, with the public half and its id."""

    secret: bytes
    public: bytes
    id: str
    created: str = ""

    def sign(self, message: bytes) -> bytes:
        """The signature of a message: 64 bytes, always the same for the same message."""
        return Ed25519PrivateKey.from_private_bytes(self.secret).sign(message)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of the key whose public half this is has signed the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_id(public: bytes) -> str:
    """16 hexadecimal digits that name a key."""
    return sha256(public).hexdigest()[:16]


def create_signing_key(path: Path) -> SigningKey:
    """Make a new key in `path`, durable when this returns; raises `KeyExists`."""
    private = Ed25519PrivateKey.generate()
    key = _key(private.private_bytes_raw(), datetime.now(UTC).isoformat(timespec="seconds"))
    public, secret = (base64.b64encode(each).decode() for each in (key.public, key.secret))
    lines = (_FIRST_LINE, f"id: {key.id}", f"created: {key.created}", f"public: {public}", f"key: {secret}")
    write_private(path, "\n".join(lines) + "\n")
    return key


def load_signing_key(path: Path) -> SigningKey:
    """The key in `path`; raises `SigningKeyMissing`, `KeyExposed`, `KeyDamaged`."""
    try:
        content = read_private(path)
    except KeyMissing as error:
        raise SigningKeyMissing("the node has no signing key") from error
    try:
        first, *lines = content.decode("ascii").splitlines()
        fields = dict(line.split(": ", 1) for line in lines if line)
        secret = base64.b64decode(fields["key"], validate=True)
        stated, created = fields["id"], fields["created"]
        key = _key(secret, created)
    # Chained errors would carry the content: cut the chain.
    except (ValueError, KeyError, binascii.Error):
        raise KeyDamaged("the signing key file cannot be read") from None
    if first != _FIRST_LINE or key.id != stated:
        raise KeyDamaged("the signing key file was changed or is of another version")
    return key


def keep_public(path: Path, key: SigningKey) -> None:
    """Keep the public half of a key that is to be replaced, beside the file of the key. Repeatable."""
    try:
        write_private(_public_path(path, key.id), base64.b64encode(key.public).decode() + "\n")
    except KeyExists:
        return


def earlier(path: Path) -> dict[str, bytes]:
    """The public halves of the keys before the one in `path`, by id; a file that is none is passed over."""
    found = {}
    for each in sorted(path.parent.glob(_public_path(path, "*").name)):
        try:
            public = base64.b64decode(each.read_text(encoding="ascii").strip(), validate=True)
        except (OSError, ValueError):
            continue
        if each == _public_path(path, public_id(public)):
            found[public_id(public)] = public
    return found


def _public_path(path: Path, key_id: str) -> Path:
    return path.with_name(f"{path.stem}-{key_id}.pub")


def _key(secret: bytes, created: str) -> SigningKey:
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    return SigningKey(secret, public, public_id(public), created)
