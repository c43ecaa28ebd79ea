"""Which UID stands for another in one project: the same everywhere, without a table, not to be undone.

`2.25.` plus a 128-bit integer laid out as an RFC 9562 version 8 UUID (PS3.5 B.2), taken from HMAC-SHA256
under the project's UID key. Equal UIDs stay equal across attributes, files, runs and late arrivals; under
another project's key they differ.
"""

import hmac
from collections.abc import Container

_VERSION_8 = 0x8 << 76
_VARIANT = 0b10 << 62
_FREE_BITS = ~((0xF << 76) | (0b11 << 62))


def map_uid(key: bytes, uid: bytes) -> bytes:
    """The project's UID for one original, both without padding; total, also for what is no valid UID."""
    digest = hmac.digest(key, b"uid\x00" + uid, "sha256")
    number = int.from_bytes(digest[:16], "big") & _FREE_BITS | _VERSION_8 | _VARIANT
    return b"2.25.%d" % number


def map_value(key: bytes, value: bytes, well_known: Container[bytes]) -> bytes:
    """A whole UI value, each of its UIDs mapped; well-known ones and empty places stay.

    A UID counts as well known by the registry of PS3.6 only, not by its root: whatever else starts like the
    standard's own may carry an identifier behind it.
    """
    return b"\\".join(
        uid if not uid or uid in well_known else map_uid(key, uid)
        for uid in (part.strip(b" \x00") for part in value.split(b"\\"))
    )
