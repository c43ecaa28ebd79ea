"""Rows that only the holder of the key can read, look up or forge.

AES-256-GCM with a random 96-bit nonce for what is kept, HMAC-SHA256 for what is looked up; two keys, both
derived from the master key for this purpose alone. A nonce may repeat with probability 2^-33 after 2^32 rows
under one key (NIST SP 800-38D 8.3), far above the number of patients of a hospital.
"""

import hmac
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tirage.errors import Permanent

_NONCE_BYTES = 12


class SealBroken(Permanent):
    """A sealed row was changed, moved to another place, or sealed with another key."""

    code = "SEAL_BROKEN"
    remedy = "Restore the crosswalk from a backup; do not edit it by hand."


class Sealer:
    """Seals and opens bytes, each bound to a place (`context`) so that rows cannot be swapped.

    What one of `older` master keys sealed is opened, too; nothing is sealed or looked up with these.
    """

    __slots__ = ("_aead", "_lookup_key", "_older")

    def __init__(self, master: bytes, *older: bytes) -> None:
        self._aead = _aead(master)
        self._older = tuple(_aead(each) for each in older)
        self._lookup_key = _subkey(master, b"tirage/crosswalk/lookup/v1")

    def __repr__(self) -> str:
        return "<Sealer, hidden>"

    def seal(self, content: bytes, context: bytes) -> bytes:
        """Nonce and ciphertext of `content`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, content, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """What was sealed under the same context; raises `SealBroken`."""
        for aead in (self._aead, *self._older):
            content = _opened(aead, sealed, context)
            if content is not None:
                return content
        raise SealBroken("a sealed row cannot be opened")

    def renewed(self, sealed: bytes, context: bytes) -> bytes | None:
        """The same content sealed with the key of now; None when it is already, or when no key opens it."""
        for aead in (self._aead, *self._older):
            content = _opened(aead, sealed, context)
            if content is not None:
                return None if aead is self._aead else self.seal(content, context)
        return None

    def lookup(self, kind: str, *parts: bytes) -> bytes:
        """The 32 bytes under which something is found again; equal only for equal kinds and parts."""
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in (kind.encode(), *parts))
        return hmac.digest(self._lookup_key, framed, sha256)


def _aead(master: bytes) -> AESGCM:
    return AESGCM(_subkey(master, b"tirage/crosswalk/seal/v1"))


def _opened(aead: AESGCM, sealed: bytes, context: bytes) -> bytes | None:
    try:
        return aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError):
        return None


def _subkey(master: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(master)
