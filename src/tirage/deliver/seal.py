"""The seal on a release: one signature over its three lists, which name everything else by digest."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from tirage.model.identifiers import Digest

FORMAT = "tirage-seal-1"
SEALED = ("SHA256SUMS", "manifest.json", "manifest.parquet")
"""What the seal is put on, in this order. The sums name every object and table of the release."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature with the public half of the key that made it."""

    key: str
    public: bytes
    signature: bytes


def message(lists: Mapping[str, Digest]) -> bytes:
    """The bytes that are signed: a heading and the digests of the lists, as `sha256sum` writes them."""
    lines = [FORMAT, *(f"{lists[name]}  {name}" for name in SEALED)]
    return ("\n".join(lines) + "\n").encode()


def written(seal: Seal) -> bytes:
    """The seal as a file."""
    content = {
        "format": FORMAT,
        "algorithm": "Ed25519",
        "key": seal.key,
        "public": base64.b64encode(seal.public).decode(),
        "signature": base64.b64encode(seal.signature).decode(),
        "signs": list(SEALED),
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def read(content: bytes) -> Seal | None:
    """The seal in a file; None for anything else."""
    try:
        fields = json.loads(content)
        if fields["format"] != FORMAT or fields["signs"] != list(SEALED):
            return None
        public, signature = (
            base64.b64decode(fields[name], validate=True) for name in ("public", "signature")
        )
        return Seal(str(fields["key"]), public, signature)
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None
