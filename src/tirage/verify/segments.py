"""What a codec stream carries besides the picture: comments, application data, bytes after its end.

Walked here a second time, from the standards alone: ISO/IEC 10918-1 B.1.1 and 14495-1 for JPEG and JPEG-LS,
15444-1 A.2 for JPEG 2000. The cleaner cuts these parts out; one it did not know must not pass.
"""

from collections.abc import Iterator

from tirage.dicom.sources import FileRange, Source

_ITEM = b"\xfe\xff\x00\xe0"
_JPEG, _JPEG_2000 = b"\xff\xd8", b"\xff\x4f"
_JPEG_SCAN, _TILE_PART = 0xDA, 0x90
_END = b"\xff\xd9"
# Quantisation, Huffman and arithmetic tables, restart interval and frame headers hold numbers alone.
_TABLES = frozenset({0xDB, 0xC4, 0xCC, 0xDD, *range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC)})
_PIECE = 8 << 20
_OVERLAP = 64 << 10
_PARAMETERS = frozenset(range(0x50, 0x64))
_HEAD = 64 << 10
_TAIL = 4 << 10


def carried(source: Source, value: FileRange) -> Iterator[bytes]:
    """The parts of every fragment of an encapsulated value that no decoder needs; none for other values."""
    position, end = value.offset, value.offset + value.length
    while position + 8 <= end:
        head = source.read(position, 8)
        if head[:4] != _ITEM:
            return
        length = int.from_bytes(head[4:], "little")
        position += 8
        if length:
            yield from _of_fragment(source, position, length)
        position += length


def pieces(source: Source, value: FileRange) -> Iterator[bytes]:
    """A large value in pieces of 8 MiB; what lies across two of them is whole in one, up to 64 KiB."""
    offset, end = value.offset, value.offset + value.length
    while offset < end:
        piece = source.read(offset, min(_PIECE, end - offset))
        if not piece:
            return
        yield piece
        offset += len(piece) - _OVERLAP if offset + len(piece) < end else len(piece)


def _of_fragment(source: Source, offset: int, length: int) -> Iterator[bytes]:
    start = source.read(offset, min(length, 4 << 10))
    if start[:2] not in (_JPEG, _JPEG_2000):
        return
    last = _JPEG_SCAN if start[:2] == _JPEG else _TILE_PART
    if length > len(start) and not _has(start, last):
        start = source.read(offset, min(length, _HEAD))
    numbers = _TABLES if start[:2] == _JPEG else _PARAMETERS
    yield from (part for marker, part in _segments(start) if marker not in numbers)
    tail = source.read(offset + max(0, length - _TAIL), min(length, _TAIL))
    rest = tail.rpartition(_END)[2]
    if rest.strip(b"\0\xff"):
        yield rest


def _has(stream: bytes, last: int) -> bool:
    """Whether the first scan or tile, after which no comment may come, begins in what was read."""
    return any(marker == last for marker, _ in _segments(stream))


def _segments(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, content) up to the first scan or tile."""
    position = 2
    while position + 4 <= len(stream) and stream[position] == 0xFF:
        marker = stream[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        length = max(2, int.from_bytes(stream[position + 2 : position + 4], "big"))
        yield marker, stream[position + 4 : position + 2 + length]
        if marker in (_JPEG_SCAN, _TILE_PART):
            return
        position += 2 + length
