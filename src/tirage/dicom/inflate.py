"""A deflated data set, inflated up to a limit. Source: PS3.5 A.5."""

import zlib
from io import BytesIO

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
    inflated = BytesIO()
    pending = b""
    piece = b""
    while not engine.eof:
        if not pending and len(piece) < _CHUNK:
            pending = source.read(offset, _CHUNK)
            offset += len(pending)
            if not pending:
                raise Malformed(QuarantineReason.TRUNCATED, offset)
        try:
            piece = engine.decompress(pending, _CHUNK)
        except zlib.error as error:
            raise Malformed(QuarantineReason.TRUNCATED, offset) from error
        pending = engine.unconsumed_tail
        inflated.write(piece)
        if inflated.tell() > most:
            raise Malformed(QuarantineReason.BOMB, offset)
    return BytesSource(inflated.getvalue())
