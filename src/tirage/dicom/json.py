"""A header as DICOM JSON. Source: PS3.18 F.

Every attribute but the pixel data is there, in the order of the file. Binary values of more than
`jsonvalues.INLINE_BYTES` and values the header does not hold are named by a `BulkDataURI` that says how long
they are.
"""

from collections.abc import Sequence
from functools import cache

from tirage.dicom.charsets import Charset, charset_of
from tirage.dicom.dictionary import private_vr
from tirage.dicom.header import SPECIFIC_CHARACTER_SET, Header
from tirage.dicom.jsonvalues import EMPTY, Encoder, elsewhere, encoders

_MOST_KEPT = 4096

# Ends an item, the list of items, and the attribute that holds it.
_CLOSE = b"}]}"


def to_json(header: Header) -> bytes:
    """The header as one JSON object, UTF-8."""
    return b"".join(_encode(header, {}))


class Template:
    """A header's JSON in which some values are left open, for headers that differ in those alone."""

    def __init__(self, header: Header, varying: Sequence[int]) -> None:
        contexts: dict[int, tuple[Encoder, Charset]] = {}
        pieces = _encode(header, contexts, frozenset(varying))
        self._steps: list[tuple[bytes, Encoder, Charset]] = []
        begin = 0
        for index in sorted(varying):
            self._steps.append((b"".join(pieces[begin : 2 * index + 1]), *contexts[index]))
            begin = 2 * index + 2
        self._rest = b"".join(pieces[begin:])

    def fill(self, values: Sequence[bytes]) -> bytes:
        """The JSON with these values, in the order of the file."""
        pieces = []
        for (run, encoder, charset), value in zip(self._steps, values, strict=True):
            pieces.append(run)
            pieces.append(encoder(value, charset))
        pieces.append(self._rest)
        return b"".join(pieces)


def _encode(
    header: Header,
    contexts: dict[int, tuple[Encoder, Charset]],
    wanted: frozenset[int] = frozenset(),
) -> list[bytes]:
    """The JSON text in pieces: two for each element, then what closes the object.

    The first of the two follows from the structure alone, the second from the value. For the indices in
    `wanted`, `contexts` receives what their value is encoded with.
    """
    buffer, bulk = header.buffer, header.bulk
    table = _table(header.big_endian)
    charset = header.charset
    charsets = [charset]  # by depth: an item without its own uses that of its parent (PS3.5 7.5.3)
    creators: list[dict[int, bytes]] = [{}]  # by depth: private creators by group and block (PS3.5 7.8.1)
    pieces: list[bytes] = []
    append = pieces.append
    closing, is_first, now = b"{", True, 0
    elements = header.elements
    for index, (tag, vr, _, start, end, depth) in enumerate(elements):
        if depth < now:
            closing, is_first = _CLOSE * (now - depth), False
            charset, now = charsets[depth], depth
        if vr == b"IT":
            append(closing + (b"{" if depth > now else b"},{"))
            append(b"")
            closing, is_first, now = b"", True, depth
            del charsets[depth:], creators[depth:]
            charset = charsets[-1]
            charsets.append(charset)
            creators.append({})
            continue
        if tag & 0x10000:
            if vr == b"UN":
                vr = private_vr(tag, creators[depth].get(tag >> 8, b""))
            elif vr == b"LO" and 0x10 <= tag & 0xFFFF <= 0xFF:
                # (gggg,00bb) reserves (gggg,bb00-bbFF)
                creators[depth][tag >> 16 << 8 | tag & 0xFF] = buffer[start:end].strip(b" \0")
        elif tag == SPECIFIC_CHARACTER_SET:
            charset = charsets[depth] = charset_of(buffer[start:end])
        openings, encoder = table[vr]
        opening = openings[tag]
        if is_first:
            opening, is_first = opening[1:], False
        if closing:
            opening, closing = closing + opening, b""
        append(opening)
        if vr == b"SQ":
            has_items = index + 1 < len(elements) and elements[index + 1][5] > depth
            append(b',"Value":[' if has_items else b"}")
        elif start == end:
            append(elsewhere(bulk[index].length) if index in bulk else EMPTY)
        else:
            append(encoder(buffer[start:end], charset))
        if wanted and index in wanted:
            contexts[index] = encoder, charset
    append((b"" if pieces else b"{") + _CLOSE * now + b"}")
    return pieces


class _Openings(dict[int, bytes]):
    """How an attribute of one VR begins, by tag; those often seen are kept."""

    def __init__(self, vr: bytes) -> None:
        super().__init__()
        self.vr = vr

    def __missing__(self, tag: int) -> bytes:
        opening = b',"%08X":{"vr":"%b"' % (tag, self.vr)
        if len(self) < _MOST_KEPT:
            self[tag] = opening
        return opening


@cache
def _table(big_endian: bool) -> dict[bytes, tuple[_Openings, Encoder]]:
    """What is written for each VR: its opening by tag, its encoder."""
    table = {vr: (_Openings(vr), encoder) for vr, encoder in encoders(big_endian).items()}
    # A sequence's value is its items, which are written one after the other.
    return table | {b"SQ": (_Openings(b"SQ"), table[b"UN"][1])}
