"""Whole headers as DICOM JSON, small: zstd with a dictionary trained once on the first headers of this node.

Measured on CT headers: 13 KB of JSON become 620 bytes with a dictionary and 2.3 KB without.
"""

import sys
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from tirage.model.identifiers import ReceivedId
from tirage.store.database import reading, writing
from tirage.store.schema import dictionary, header

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3
SAMPLES = 1_000
DICTIONARY_BYTES = 112 * 1024
_PAGE = 500


def rows(connection: Connection, bodies: Sequence[tuple[ReceivedId, bytes]]) -> list[dict[str, Any]]:
    """The rows of the table `header` for `bodies`."""
    newest = connection.execute(select(dictionary).order_by(dictionary.c.id.desc()).limit(1)).first()
    words = zstd.ZstdDict(newest.body) if newest else None
    compressor = zstd.ZstdCompressor(LEVEL, zstd_dict=words.as_digested_dict if words else None)
    number = newest.id if newest else None
    return [
        {
            "received_id": received,
            "body": compressor.compress(body, compressor.FLUSH_FRAME),
            "dictionary_id": number,
        }
        for received, body in bodies
    ]


def read(connection: Connection, received: ReceivedId) -> bytes | None:
    """The header of one object as DICOM JSON (PS3.18 F), UTF-8; none when it is not catalogued."""
    return read_many(connection, (received,)).get(received)


def read_many(connection: Connection, numbers: Sequence[ReceivedId]) -> dict[ReceivedId, bytes]:
    """The headers of several objects; those not catalogued are left out."""
    words: dict[int | None, zstd.ZstdDict | None] = {None: None}
    found: dict[ReceivedId, bytes] = {}
    for start in range(0, len(numbers), _PAGE):
        wanted = select(header).where(header.c.received_id.in_(numbers[start : start + _PAGE]))
        for row in connection.execute(wanted):
            if row.dictionary_id not in words:
                body = select(dictionary.c.body).where(dictionary.c.id == row.dictionary_id)
                words[row.dictionary_id] = zstd.ZstdDict(connection.execute(body).scalar_one())
            plain = zstd.decompress(row.body, zstd_dict=words[row.dictionary_id])
            found[ReceivedId(row.received_id)] = plain
    return found


def train_when_due(engine: Engine, at: int, samples: int = SAMPLES) -> bool:
    """Make the dictionary once there are enough headers to learn from; whether one was made now.

    Costs a look-up when there is nothing to do, and about a second once in a node's life.
    """
    with reading(engine) as connection:
        if connection.execute(select(dictionary.c.id).limit(1)).first():
            return False
        first = select(header.c.received_id).order_by(header.c.received_id).limit(samples)
        if connection.execute(select(func.count()).select_from(first.subquery())).scalar_one() < samples:
            return False
        numbers = [ReceivedId(number) for number in connection.execute(first).scalars()]
        bodies = list(read_many(connection, numbers).values())
    trained = zstd.train_dict(bodies, DICTIONARY_BYTES)
    with writing(engine) as connection:
        if connection.execute(select(dictionary.c.id).limit(1)).first():
            return False
        connection.execute(insert(dictionary), {"body": trained.dict_content, "created_at": at})
    return True
