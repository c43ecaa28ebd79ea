"""Texts written with other characters: percent signs, entities, backslashes, quoted-printable, hexadecimal.

Each reading is made only when its mark is in the text, so that texts without one cost a few searches.
"""

import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from tirage.dicom.charsets import charset_of

_HEX = b"0123456789abcdefABCDEF"
_MARKED = bytes(0x30 if byte in _HEX else 0x20 for byte in range(256))
_ONLY_HEX = bytes(byte if byte in _HEX else 0x20 for byte in range(256))
_APART = b" \t\r\n:-,"
_SHORTEST = b"0" * 8
"""Hexadecimal digits from which a run is looked into: four letters."""
# Japanese, Korean and Chinese by escape sequences (PS3.3 C.12.1.1.2), whatever the file declares.
_SWITCHING = b"\\".join(b"ISO 2022 IR %d" % number for number in (6, 13, 87, 159, 149, 58))
_BACKSLASH = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|([0-3][0-7]{2}))")


def unescaped(text: bytes) -> Iterator[bytes]:
    """What a text says once its escapes are taken back; nothing when it has none."""
    if b"%" in text:
        plain = unquote_to_bytes(text)
        if plain != text:
            yield plain
    if b"&" in text:
        plain = html.unescape(text.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if plain != text:
            yield plain
    if b"\\" in text and _BACKSLASH.search(text):
        yield _BACKSLASH.sub(_character, text)
    if b"=" in text:
        plain = binascii.a2b_qp(text)
        if plain != text:
            yield plain
    if b"\x1b$" in text:
        yield charset_of(_SWITCHING).decode(text)[0].encode("utf-8", "replace")
    yield from _from_hex(text)


def _character(match: re.Match[bytes]) -> bytes:
    byte, unit, octal = match.groups()
    if octal:
        return bytes((int(octal, 8),))
    code = int(byte or unit, 16)
    return bytes((code,)) if byte else chr(code).encode("utf-8", "replace")


def _from_hex(text: bytes) -> Iterator[bytes]:
    """Every long run of hexadecimal digits as bytes, from its first digit and from its second."""
    bare = text.translate(None, _APART).replace(b"0x", b"").replace(b"\\x", b"")
    if _SHORTEST not in bare.translate(_MARKED):
        return
    runs = [run for run in bare.translate(_ONLY_HEX).split() if len(run) >= len(_SHORTEST)]
    for start in (0, 1):
        parts = (run[start : len(run) - (len(run) - start) % 2] for run in runs)
        yield b"\0%b\0" % b"\0".join([binascii.unhexlify(part) for part in parts])
