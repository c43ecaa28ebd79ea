"""Colour profiles without the texts, dates and makers in them. Source: ICC.1:2022 (ISO 15076-1), 7 and 10.

A profile is built anew from its numbers: white point, primaries, tone curves. Profiles made of tables are not
taken: a table has room for anything.
"""

import struct

_HEADER, _ENTRY = 128, 12
_SIGNATURE = b"acsp"
_MOST_TAGS = 64
_CLASSES = frozenset({b"scnr", b"mntr", b"prtr", b"spac"})
_SPACES = frozenset({b"RGB ", b"GRAY"})
_D50 = bytes.fromhex("0000f6d6000100000000d32d")
_MADE = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
_POINTS = frozenset({b"wtpt", b"bkpt", b"rXYZ", b"gXYZ", b"bXYZ", b"lumi"})
_CURVES = frozenset({b"rTRC", b"gTRC", b"bTRC", b"kTRC"})
_MOST_SAMPLES = 4096
_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
"""Numbers of a parametric curve, by its kind."""

_NAME = b"colour profile, texts removed"


def cleaned_profile(data: bytes) -> bytes | None:
    """The profile with nothing but its numbers; None for what is no profile, or one made of tables."""
    if len(data) < _HEADER + 4 or data[36:40] != _SIGNATURE or data[8] not in (2, 4):
        return None
    kind, space, connection = data[12:16], data[16:20], data[20:24]
    if kind not in _CLASSES or space not in _SPACES or connection != b"XYZ ":
        return None
    tags = _numbers(data)
    wanted = {b"rTRC", b"gTRC", b"bTRC", b"rXYZ", b"gXYZ", b"bXYZ"} if space == b"RGB " else {b"kTRC"}
    if not wanted | {b"wtpt"} <= tags.keys():
        return None
    texts = {b"desc": _text(data[8], is_name=True), b"cprt": _text(data[8], is_name=False)}
    body, entries, offset = b"", b"", _HEADER + 4 + _ENTRY * (len(tags) + len(texts))
    for name, value in sorted({**tags, **texts}.items()):
        entries += name + struct.pack(">II", offset + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">I4x4s4s4s4s", offset + len(body), bytes([data[8], 0, 0, 0]), kind, space, connection)
    intent = struct.pack(">I", data[67] & 3)
    head += _MADE + _SIGNATURE + bytes(24) + intent + _D50
    return head.ljust(_HEADER, b"\0") + struct.pack(">I", len(tags) + len(texts)) + entries + body


def _numbers(data: bytes) -> dict[bytes, bytes]:
    """The tags that hold points and curves, each exactly as long as it says."""
    count = struct.unpack_from(">I", data, _HEADER)[0]
    found = {}
    for number in range(min(count, _MOST_TAGS)):
        entry = data[_HEADER + 4 + _ENTRY * number :][:_ENTRY]
        if len(entry) < _ENTRY:
            break
        name, (offset, length) = entry[:4], struct.unpack(">II", entry[4:])
        value = data[offset : offset + length]
        size = _size(name, value)
        if size and size <= len(value):
            found[name] = value[:4] + bytes(4) + value[8:size]
    return found


def _size(name: bytes, value: bytes) -> int:
    """How long a point or curve is in bytes; 0 for anything else."""
    if name in _POINTS and value[:4] == b"XYZ ":
        return 20
    if name in _CURVES and value[:4] == b"curv" and len(value) >= 12:
        samples: int = struct.unpack_from(">I", value, 8)[0]
        return 12 + 2 * samples if samples <= _MOST_SAMPLES else 0
    if name in _CURVES and value[:4] == b"para" and len(value) >= 12:
        kind: int = struct.unpack_from(">H", value, 8)[0]
        return 12 + 4 * _PARAMETERS[kind] if kind in _PARAMETERS and not value[10] + value[11] else 0
    return 0


def _text(version: int, *, is_name: bool) -> bytes:
    """Our own description or copyright, as the profile's version has it."""
    if version == 4:
        words = _NAME.decode("ascii").encode("utf-16-be")
        return struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(words), 28) + words
    if is_name:
        return struct.pack(">4s4xI", b"desc", len(_NAME) + 1) + _NAME + b"\0" + bytes(78)
    return b"text" + bytes(4) + _NAME + b"\0"
