"""Who signed what: never deleted; a signature that no longer counts says since when and why."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from tirage.model.identifiers import Digest
from tirage.store.signed import signature


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's signature on a statement; times in microseconds."""

    account: str
    statement: Digest
    signed_at: int
    voided_at: int | None
    why: str

    @property
    def counts(self) -> bool:
        """Whether it has not been voided."""
        return self.voided_at is None


def add(connection: Connection, candidate: int, account: str, statement: Digest, at: int) -> None:
    """Keep a signature."""
    row = {"candidate_id": candidate, "account": account, "statement": statement, "signed_at": at, "why": ""}
    connection.execute(insert(signature), row)


def listed(connection: Connection, candidate: int) -> list[Signature]:
    """Every signature on a candidate, in the order they were given."""
    query = select(signature).where(signature.c.candidate_id == candidate).order_by(signature.c.id)
    return [
        Signature(row.account, row.statement, row.signed_at, row.voided_at, row.why)
        for row in connection.execute(query)
    ]


def void(connection: Connection, candidate: int, why: str, at: int) -> int:
    """Have none of the candidate's signatures count any more; how many did."""
    counting = (signature.c.candidate_id == candidate) & signature.c.voided_at.is_(None)
    return connection.execute(update(signature).where(counting).values(voided_at=at, why=why)).rowcount
