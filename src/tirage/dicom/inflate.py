"""A deflated data set, inflated up to a limit. Source: PS3.5 A.5."""

import zlib

from tirage.dicom.malformed import Malformed
from tirage.dicom.sources import BytesSource, Source
from tirage.model.reasons import QuarantineReason

_CHUNK = 256 << 10


def inflate(source: Source, offset: int, most: int) -> BytesSource:
    """The data set that begins deflated at `offset`.

    Raises
    ------
    Malformed
        BOMB when it would be larger than `most` bytes, TRUNCATED when the stream is cut or damaged.
    """
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    pieces: list[bytes] = []
    total = 0
    pending = b""
    while not engine.eof:
        if not pending:
            pending = source.read(offset, _CHUNK)
            offset += len(pending)
            if not pending:
                raise Malformed(QuarantineReason.TRUNCATED, offset)
        try:
            piece = engine.decompress(pending, most - total + 1)
        except zlib.error as error:
            raise Malformed(QuarantineReason.TRUNCATED, offset) from error
        pending = engine.unconsumed_tail
        total += len(piece)
        if total > most:
            raise Malformed(QuarantineReason.BOMB, offset)
        pieces.append(piece)
    return BytesSource(b"".join(pieces))
