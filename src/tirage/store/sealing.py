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
    """Seals and opens bytes, each bound to a place (`context`) so that rows cannot be swapped."""

    __slots__ = ("_aead", "_lookup_key")

    def __init__(self, master: bytes) -> None:
        self._aead = AESGCM(_subkey(master, b"tirage/crosswalk/seal/v1"))
        self._lookup_key = _subkey(master, b"tirage/crosswalk/lookup/v1")

    def __repr__(self) -> str:
        return "<Sealer, hidden>"

    def seal(self, content: bytes, context: bytes) -> bytes:
        """Nonce and ciphertext of `content`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, content, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """What was sealed under the same context; raises `SealBroken`."""
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as error:
            raise SealBroken("a sealed row cannot be opened") from error

    def lookup(self, kind: str, *parts: bytes) -> bytes:
        """The 32 bytes under which something is found again; equal only for equal kinds and parts."""
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in (kind.encode(), *parts))
        return hmac.digest(self._lookup_key, framed, sha256)


def _subkey(master: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(master)
