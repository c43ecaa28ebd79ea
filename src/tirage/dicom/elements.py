"""Reads one object's header from its bytes: the way in for the catalogue, the link and de-identification.

The walker works on bytes, iteratively and within limits; no value is decoded, no element becomes an object.
"""

from tirage.dicom.header import Element, Flag, Header
from tirage.dicom.inflate import inflate
from tirage.dicom.malformed import Limits, Malformed
from tirage.dicom.meta import TRANSFER_SYNTAX, guess_syntax, read_meta
from tirage.dicom.sources import BytesSource, FileRange, FileSource, Source
from tirage.dicom.syntaxes import IMPLICIT_LITTLE, find_syntax
from tirage.dicom.walk import ITEM, Walk
from tirage.model.reasons import QuarantineReason

__all__ = [
    "ITEM",
    "BytesSource",
    "Element",
    "FileRange",
    "FileSource",
    "Flag",
    "Header",
    "Limits",
    "Malformed",
    "Source",
    "read_header",
]

# Most headers end within the first read (measured: 180 elements of a CT take 13 KB).
_FIRST_READ = 32 << 10
_DEFAULT_LIMITS = Limits()


def read_header(source: Source, limits: Limits = _DEFAULT_LIMITS, *, allow_bare: bool = False) -> Header:
    """The header of the object in `source`; pixel data and large values are located, not read.

    `allow_bare` takes data sets without preamble or file meta information when their first element leaves no
    doubt; otherwise they are NOT_DICOM.

    Raises
    ------
    Malformed
        With the reason why the bytes cannot be trusted.
    """
    start = source.read(0, _FIRST_READ)
    meta = read_meta(start, source.size, allow_bare)
    offset = meta.dataset_offset
    uid = meta.elements.get(TRANSFER_SYNTAX, b"").strip(b" \0").decode("ascii", "replace")
    if not uid and allow_bare:
        uid = guess_syntax(start[offset : offset + 16], source.size)
    syntax = find_syntax(uid)
    if syntax is None:
        raise Malformed(QuarantineReason.UNSUPPORTED_TS, offset)
    body, body_offset, window = source, offset, start[offset:]
    if syntax.deflated:
        body, body_offset = inflate(source, offset, limits.inflated_bytes), 0
        window = body.read(0, _FIRST_READ)
    # Some writers state one of the two little endian encodings and use the other: the first element tells.
    found = "" if syntax.big_endian else guess_syntax(window[:16], body.size)
    explicit = found != IMPLICIT_LITTLE if found else syntax.explicit
    header = Walk(body, body_offset, window, explicit, syntax.big_endian, limits).run()
    header.transfer_syntax = uid
    header.preamble, header.meta, header.dataset_offset = meta.preamble, meta.elements, offset
    irregular = {
        Flag.NO_PREAMBLE: not meta.preamble,
        Flag.NO_META: not meta.elements,
        Flag.MISLABELLED: explicit != syntax.explicit,
    }
    header.flags |= {flag for flag, is_so in irregular.items() if is_so}
    return header
