"""What the page descriptions in a PDF file say, letter after letter (ISO 32000-1, 9.4.3).

A name is often shown as `[(OK) -20 (ONK) 15 (WO)] TJ`: no search of the bytes finds it. Fonts with their own
encoding say nothing here; documents are held unless a project has them drawn and read (design 7).
"""

import re
from binascii import unhexlify
from collections.abc import Iterator

_SHOWS = re.compile(rb"\b(?:TJ|Tj)\b|[)>]\s*['\"]")
_PIECE = re.compile(rb"\(((?:[^()\\]|\\(?s:.))*)\)|<([0-9A-Fa-f\s]+)>|(\b(?:Td|TD|Tm|BT|ET|T\*))")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|(?s:.))")
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b""}


def said(stream: bytes) -> Iterator[bytes]:
    """The shown strings of one content stream, joined as they stand on a line; nothing when none is shown."""
    if not _SHOWS.search(stream):
        return
    pieces: list[bytes] = []
    for literal, digits, operator in _PIECE.findall(stream):
        if operator:
            pieces.append(b"\n")
        elif digits:
            bare = b"".join(digits.split())
            pieces.append(unhexlify(bare + b"0" * (len(bare) % 2)))
        else:
            pieces.append(_ESCAPE.sub(_unescaped, literal))
    text = b"".join(pieces)
    if text.strip():
        yield text


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes((int(code, 8) & 0xFF,)) if code.isdigit() else _LETTERS.get(code, code)
