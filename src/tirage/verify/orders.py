"""Bytes in another order than they are read in, or with zeros between them."""

import re
from collections.abc import Iterator

# Latin letters and signs, Latin to U+017F, Cyrillic: low bytes, and the high byte that goes with them. Four
# in a row are in one place of 160 million by chance.
_PAIRS = ((rb"[\x20-\x7e\xa0-\xff]", rb"\x00"), (rb"[\x00-\x7f]", rb"\x01"), (rb"[\x00-\xff]", rb"\x04"))


def _runs(before: bytes, is_high_first: bool, after: bytes) -> re.Pattern[bytes]:
    units = (high + low if is_high_first else low + high for low, high in _PAIRS)
    return re.compile(b"(?:" + b"|".join(before + unit + after for unit in units) + b"){4,}")


_WIDE = (
    (_runs(b"", False, b""), "utf-16-le"),
    (_runs(b"", True, b""), "utf-16-be"),
    (_runs(b"", False, rb"\x00\x00"), "utf-32-le"),
    (_runs(rb"\x00\x00", True, b""), "utf-32-be"),
)


_SHORT = 2 << 10
_HIGH = bytes(0x31 if byte in (0, 1, 4) else 0x30 for byte in range(256))


def reordered(data: bytes) -> Iterator[bytes]:
    """The value backwards, with the bytes of each word swapped, and without zeros."""
    yield data[::-1] if data.isascii() else data.decode("utf-8", "ignore")[::-1].encode()
    yield _swapped(data)
    yield _swapped(data[1:])
    if b"\0" in data:
        yield data.translate(None, b"\0")


def _swapped(data: bytes) -> bytes:
    """16-bit words of the other byte order, as OW has them in a big-endian file (PS3.5 7.3)."""
    even = len(data) // 2 * 2
    swapped = bytearray(even)
    swapped[::2], swapped[1::2] = data[1:even:2], data[:even:2]
    return bytes(swapped)


def wide_texts(data: bytes) -> Iterator[str]:
    """The runs of Latin and Cyrillic letters in UTF-16 and UTF-32, in either byte order.

    Of short values all is read as UTF-16, as other scripts show by no byte that they are some.
    """
    if len(data) <= _SHORT:
        for start in (0, 1):
            for codec in ("utf-16-le", "utf-16-be"):
                yield data[start:].decode(codec, "replace")
    if data.count(0) + data.count(4) > 3 and _may_be_wide(data):
        for run, codec in _WIDE:
            found = run.findall(data)
            if found:
                yield "\x01".join([part.decode(codec) for part in found])


def _may_be_wide(data: bytes) -> bool:
    """Whether every other byte of some eight is a high byte of `_PAIRS`: cheaper to ask than the patterns."""
    highs = data.translate(_HIGH)
    return b"1111" in highs[::2] or b"1111" in highs[1::2]


def repaired(text: str) -> str:
    """A text that was encoded as UTF-8 twice, read once more; empty when it was not."""
    for codec in ("latin-1", "cp1252"):
        try:
            return text.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
    return ""
