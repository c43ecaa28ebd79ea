"""How often somebody may try a door: each failure of a name or an address makes the next try wait longer."""

from hashlib import sha256

from sqlalchemy import Connection, delete, select

from tirage.model.identifiers import Digest
from tirage.store.peopled import attempt
from tirage.store.prepared import upsert

SECOND = 1_000_000
LONGEST_S = 900
FORGOTTEN_MICROS = 24 * 3600 * SECOND


def key(kind: str, value: str) -> Digest:
    """What is kept of a name or address: what is typed into a box for names may be anything."""
    return Digest(sha256(f"{kind}\0{value}".encode("utf-8", "surrogatepass")).hexdigest())


def begin(connection: Connection, keys: dict[Digest, int], at: int) -> int:
    """Count a try before it is looked at, so that many at once count too; how many seconds to wait instead.

    `keys` are what the try is counted under, each with the number of failures that cost nothing. A try that
    has to wait counts no further.
    """
    connection.execute(delete(attempt).where(attempt.c.last_at < at - FORGOTTEN_MICROS))
    rows = connection.execute(select(attempt).where(attempt.c.key.in_(list(keys))).with_for_update()).all()
    # A clock that was set back must not make anybody wait for longer than the longest wait.
    waits = [min(row.until_at - at, LONGEST_S * SECOND) for row in rows if row.until_at > at]
    if waits:
        return int(-(-max(waits) // SECOND))
    failures = {row.key: row.failures for row in rows}
    for each, free in sorted(keys.items()):
        count = failures.get(each, 0) + 1
        wait_s = min(2 ** min(count - free, 12), LONGEST_S) if count >= free else 0
        row = {
            "key": each,
            "failures": count,
            "last_at": at,
            "until_at": at + wait_s * SECOND if wait_s else 0,
        }
        adding = upsert(attempt).values(row)
        kept = {name: adding.excluded[name] for name in ("failures", "last_at", "until_at")}
        connection.execute(adding.on_conflict_do_update(index_elements=["key"], set_=kept))
    return 0


def forget(connection: Connection, keys: list[Digest]) -> None:
    """The try succeeded: these begin anew."""
    connection.execute(delete(attempt).where(attempt.c.key.in_(keys)))
