"""JPEG and JPEG-LS without comments, application segments and trailing bytes.

Segments are taken one by one; each is as long as its own content says: decoders pass over the rest unread.
Sources: ITU-T T.81 B, T.87 C (JPEG-LS), T.871 (JFIF), Adobe Technical Note 5116 (APP14).
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

SOI, EOI, SOS, DQT, DHT, DRI, COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xFE
LSE, SOF_LS = 0xF8, 0xF7
APPLICATION = frozenset(range(0xE0, 0xF0))
FRAME_HEADERS = frozenset((0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB, SOF_LS))

PADDINGS = (b"", b"\0", b"\xff")
"""What may follow the end of a stream: it fills a fragment up to an even length (PS3.5 A.4)."""

_JFIF = re.compile(rb"\xff\xe0..(JFIF\x00.{7}).*", re.DOTALL)
_ADOBE = re.compile(rb"\xff\xee..(Adobe.{7}).*", re.DOTALL)
_COLOUR = re.compile(rb"\xff\xe8\x00\x07mrfx.", re.DOTALL)
"""A colour transformation of JPEG-LS that decoders undo."""

_PRESET = b"\xff\xf8\x00\x0d\x01"
"""JPEG-LS: coding parameters, the one kind of this segment that has no room for more."""

_AFTER_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_AFTER_SCAN_LS = re.compile(rb"\xff+[\x80-\xcf\xd8-\xfe]")


class Segment(NamedTuple):
    """One marker segment: from its marker to before `end`; entropy-coded data follow an SOS up to `after`."""

    marker: int
    start: int
    end: int
    after: int


def segments(frame: bytes) -> Iterator[Segment]:
    """The segments from SOI to EOI. Raises `ValueError` where the stream cannot be followed."""
    if not frame.startswith(b"\xff\xd8"):
        raise ValueError("no start of image")
    position, is_ls = 2, False
    while True:
        # Any number of fill bytes may precede a marker (T.81 B.1.1.2).
        while frame[position : position + 2] == b"\xff\xff":
            position += 1
        if len(frame) < position + 2 or frame[position] != 0xFF:
            raise ValueError("no marker")
        marker = frame[position + 1]
        if marker == EOI:
            yield Segment(marker, position, position + 2, position + 2)
            return
        end = position + 2 + int.from_bytes(frame[position + 2 : position + 4], "big")
        if marker < 0xC0 or marker == SOI or 0xD0 <= marker <= 0xD7 or not position + 4 <= end <= len(frame):
            raise ValueError("a marker that cannot stand here")
        is_ls |= marker == SOF_LS
        after = end
        if marker == SOS:
            found = (_AFTER_SCAN_LS if is_ls else _AFTER_SCAN).search(frame, end)
            if found is None:
                raise ValueError("no end of image")
            after = found.start()
        yield Segment(marker, position, end, after)
        position = after


def strip_jpeg(frame: bytes) -> bytes | None:
    """The frame without all that is not its image; the same object if there is nothing; None if in doubt."""
    kept: list[bytes] = [b"\xff\xd8"]
    headers = 0
    try:
        for marker, start, end, after in segments(frame):
            if marker in APPLICATION or marker == COM:
                kept.append(_application(frame[start:end]))
                continue
            if not _is_of_its_length(marker, frame[start:end]):
                return None
            headers += marker in FRAME_HEADERS
            kept.append(frame[start:after])
    except ValueError:
        return None
    if headers != 1:
        return None
    image = b"".join(kept)
    return frame if frame.startswith(image) and frame[len(image) :] in PADDINGS else image


def _application(segment: bytes) -> bytes:
    """What of an application segment decoders need to know: the colours."""
    if found := _JFIF.fullmatch(segment):
        return b"\xff\xe0\x00\x10" + found[1] + b"\0\0"
    if found := _ADOBE.fullmatch(segment):
        return b"\xff\xee\x00\x0e" + found[1]
    return segment if _COLOUR.fullmatch(segment) else b""


def _is_of_its_length(marker: int, segment: bytes) -> bool:
    """Whether a segment is known and has no room for more than it says."""
    content = segment[4:]
    match marker:
        case _ if marker in FRAME_HEADERS:
            return len(content) >= 6 and len(content) == 6 + 3 * content[5]
        case 0xDA:  # SOS
            return bool(content) and len(content) == 4 + 2 * content[0]
        case 0xDB:  # DQT
            return _is_filled(content, lambda rest: 65 + 64 * (rest[0] >> 4))
        case 0xC4:  # DHT
            return _is_filled(content, lambda rest: 17 + sum(rest[1:17]))
        case 0xDD:  # DRI
            return len(content) == 2
        case 0xF8:  # LSE
            return segment.startswith(_PRESET) and len(segment) == 15
        case 0xD9:  # EOI
            return True
        case _:
            return False


def _is_filled(content: bytes, size: Callable[[bytes], int]) -> bool:
    """Whether the content is tables of their size, one after the other, and nothing else."""
    position = 0
    while position < len(content):
        position += size(content[position:])
    return position == len(content) > 0
