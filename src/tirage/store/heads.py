"""Signed ends of the audit's chain: whoever cuts it off, or writes it anew, cannot sign as the node did.

Each head is kept in the database and added to a file beside it, so that one copy shows what befell the other.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import Connection, select

from tirage.errors import Permanent
from tirage.model.identifiers import Digest
from tirage.store import audit
from tirage.store.peopled import audit_head
from tirage.store.prepared import upsert
from tirage.store.schema import audit as lines
from tirage.store.signing import SigningKey, verify


class AuditBroken(Permanent):
    """The audit is not what it was when it was written: lines were changed, taken out, put in or cut off."""

    code = "AUDIT_BROKEN"
    remedy = "Keep this database as evidence, restore a backup beside it, and compare from the named line on."


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The chain's end at a time, and who says so."""

    seq: int
    hash: Digest
    at: int
    key_id: str
    signature: bytes

    @property
    def message(self) -> bytes:
        """What is signed."""
        return b"tirage audit head v1\n" + orjson.dumps([self.seq, self.hash, self.at, self.key_id])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain found: `bad` is the first line that is not as it was, none when all are.

    `why` is one of: changed, missing, rewritten, head-forged, key-unknown.
    """

    lines: int
    heads: int
    last_head: int
    bad: int | None
    why: str


def sign(connection: Connection, key: SigningKey, at: int) -> SignedHead | None:
    """Sign the chain's end and keep it; None when there is nothing new to sign."""
    end = audit.head(connection)
    last = connection.execute(select(audit_head.c.seq).order_by(audit_head.c.seq.desc()).limit(1)).scalar()
    if end.seq == 0 or end.seq == last:
        return None
    unsigned = SignedHead(end.seq, end.hash, at, key.id, b"")
    head = SignedHead(end.seq, end.hash, at, key.id, key.sign(unsigned.message))
    row = {
        "seq": head.seq,
        "hash": head.hash,
        "at": at,
        "key_id": head.key_id,
        "signature": head.signature,
    }
    connection.execute(upsert(audit_head).values(row).on_conflict_do_nothing())
    return head


def heads(connection: Connection) -> list[SignedHead]:
    """Every head in the database, the oldest first."""
    return [
        SignedHead(row.seq, row.hash, row.at, row.key_id, bytes(row.signature))
        for row in connection.execute(select(audit_head).order_by(audit_head.c.seq))
    ]


def last(connection: Connection) -> SignedHead | None:
    """The last head that was signed."""
    row = connection.execute(select(audit_head).order_by(audit_head.c.seq.desc()).limit(1)).first()
    return SignedHead(row.seq, row.hash, row.at, row.key_id, bytes(row.signature)) if row else None


def write(path: Path, found: Iterable[SignedHead]) -> None:
    """Add to the file what it does not have yet; durable when this returns."""
    known = {head.seq for head in read(path)}
    text = "".join(_line(head) for head in found if head.seq not in known)
    if not text:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> Iterator[SignedHead]:
    """The heads in a file; none when there is none. Raises `AuditBroken` for a line that is no head."""
    if not path.exists():
        return
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            value = orjson.loads(line)
            yield SignedHead(
                int(value["seq"]),
                Digest(str(value["hash"])),
                int(value["at"]),
                str(value["key"]),
                b64decode(value["signature"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise AuditBroken("a line of the file of heads cannot be read") from error


def judge(connection: Connection, kept: Iterable[SignedHead], keys: Mapping[str, bytes]) -> Verdict:
    """Look at every line and at every head; `kept` are heads from outside, `keys` public halves by id."""
    found = sorted({*heads(connection), *kept}, key=lambda head: head.seq)
    end = audit.head(connection).seq
    bad, why = audit.verify_chain(connection), "changed"
    if bad is not None and bad > 1 and _is_gap(connection, bad):
        why = "missing"
    good = 0
    for head in found:
        if bad is not None and head.seq >= bad:
            break
        first, fault = _fault(connection, head, keys, end, good)
        if fault:
            bad, why = first, fault
            break
        good = head.seq
    return Verdict(end, len(found), found[-1].seq if found else 0, bad, why if bad is not None else "")


def _fault(
    connection: Connection, head: SignedHead, keys: Mapping[str, bytes], end: int, good: int
) -> tuple[int, str]:
    """The first line that a head speaks against and why, given that the head at `good` fits."""
    public = keys.get(head.key_id)
    if public is None:
        return good + 1, "key-unknown"
    if not verify(public, head.message, head.signature):
        return good + 1, "head-forged"
    if head.seq > end:
        return end + 1, "missing"
    hashed = connection.execute(select(lines.c.hash).where(lines.c.seq == head.seq)).scalar()
    return (0, "") if hashed == head.hash else (good + 1, "rewritten")


def _is_gap(connection: Connection, seq: int) -> bool:
    return connection.execute(select(lines.c.seq).where(lines.c.seq == seq)).first() is None


def _line(head: SignedHead) -> str:
    value = {
        "seq": head.seq,
        "hash": head.hash,
        "at": head.at,
        "key": head.key_id,
        "signature": b64encode(head.signature).decode(),
    }
    return orjson.dumps(value).decode() + "\n"
