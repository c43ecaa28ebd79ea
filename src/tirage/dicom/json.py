"""A header as DICOM JSON. Source: PS3.18 F.

Every attribute but the pixel data is there, in the order of the file. Binary values of more than
`jsonvalues.INLINE_BYTES` and values the header does not hold are named by a `BulkDataURI` that says how long
they are.
"""

from functools import cache, lru_cache

from tirage.dicom.charsets import charset_of
from tirage.dicom.dictionary import private_vr
from tirage.dicom.header import SPECIFIC_CHARACTER_SET, Header
from tirage.dicom.jsonvalues import Encoder, elsewhere, encoders

# Ends an item, the list of items, and the attribute that holds it.
_CLOSE = b"}]}"


def to_json(header: Header) -> bytes:
    """The header as one JSON object, UTF-8."""
    return b"".join(encode(header))


def encode(header: Header) -> list[bytes]:
    """The JSON text in pieces: two for each element, then what closes the object.

    The first of the two follows from the structure alone, the second from the value: headers of equal
    structure differ in the latter only.
    """
    buffer, bulk = header.buffer, header.bulk
    table = _encoders(header.big_endian)
    charset = header.charset
    charsets = [charset]  # by depth: an item without its own uses that of its parent (PS3.5 7.5.3)
    creators: list[dict[int, bytes]] = [{}]  # by depth: private creators by group and block (PS3.5 7.8.1)
    pieces: list[bytes] = []
    append = pieces.append
    lead, comma, now = b"{", b"", 0
    elements = header.elements
    for index, (tag, vr, _, start, end, depth) in enumerate(elements):
        if depth < now:
            lead, comma = _CLOSE * (now - depth), b","
            charset, now = charsets[depth], depth
        if vr == b"IT":
            append(lead + (b"{" if depth > now else b"},{"))
            append(b"")
            lead, comma, now = b"", b"", depth
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
        append(lead + comma + _opening(tag, vr))
        lead, comma = b"", b","
        if vr == b"SQ":
            has_items = index + 1 < len(elements) and elements[index + 1][5] > depth
            append(b',"Value":[' if has_items else b"}")
        elif index in bulk:
            append(elsewhere(bulk[index].length))
        else:
            append(table[vr](buffer[start:end], charset))
    append((b"" if pieces else b"{") + _CLOSE * now + b"}")
    return pieces


@cache
def _encoders(big_endian: bool) -> dict[bytes, Encoder]:
    return encoders(big_endian)


@lru_cache(maxsize=1 << 14)
def _opening(tag: int, vr: bytes) -> bytes:
    return b'"%08X":{"vr":"%b"' % (tag, vr)
