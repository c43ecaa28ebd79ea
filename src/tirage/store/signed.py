"""What would be released and who signed it, table by table; beside `store.schema`.

A candidate is fixed when it is proposed and never changed: what is to be different is another candidate.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from tirage.store.schema import Number, Sha256, Time, metadata

_IS_OPEN = text("state IN ('proposed', 'signed')")

candidate = Table(
    "candidate",  # one each time somebody or the node proposes a release
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("version", Integer, nullable=False),  # of the release it would become
    Column("state", String(16), nullable=False),  # deliver.signing.CandidateState
    Column("policy", Sha256, nullable=False),
    Column("terms", Sha256, nullable=False),  # all the project's rules, not only those of de-identification
    Column("members", Sha256, nullable=False),  # deliver.signing.list_digest
    Column("statement", Sha256, nullable=False),  # what is signed
    Column("signatures", SmallInteger, nullable=False),  # how many it takes
    Column("objects", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("evidence", Text, nullable=False),  # JSON: the numbers people were shown
    Column("requester", Text, nullable=False),
    Column("proposed_at", Time, nullable=False),
    Column("ended_at", Time),  # null while it may still become a release
    Column("ended_by", Text, nullable=False),
    Column("why", String(32), nullable=False),  # deliver.signing.Voided, or 'refused'
    Column("words", Text, nullable=False),  # of whoever refused it
    Column("release_id", ForeignKey("release.id")),
    Index(None, "project", "id"),
    Index(None, "state", "id"),
    Index(None, "release_id"),
    # One at a time: two workers that propose at once do not both succeed.
    Index("uq_candidate_open", "project", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    sqlite_autoincrement=True,
)

candidate_member = Table(
    "candidate_member",
    metadata,
    Column("candidate_id", ForeignKey("candidate.id"), nullable=False),
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("output_digest", Sha256, nullable=False),
    Column("name", Text, nullable=False),  # path inside the release
    PrimaryKeyConstraint("candidate_id", "received_id"),
)

candidate_file = Table(
    "candidate_file",  # the public tables that would go along
    metadata,
    Column("candidate_id", ForeignKey("candidate.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Sha256, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    PrimaryKeyConstraint("candidate_id", "name"),
)

signature = Table(
    "signature",  # never deleted: one that no longer counts says since when and why
    metadata,
    Column("id", Number, primary_key=True),
    Column("candidate_id", ForeignKey("candidate.id"), nullable=False),
    Column("account", Text, nullable=False),
    Column("statement", Sha256, nullable=False),  # as the person saw it
    Column("signed_at", Time, nullable=False),
    Column("voided_at", Time),
    Column("why", String(32), nullable=False),
    UniqueConstraint("candidate_id", "account"),
    sqlite_autoincrement=True,
)

wish = Table(
    "wish",  # who asked for a project's next release; struck off with the work item it stands beside
    metadata,
    Column("project", String(64), primary_key=True),
    Column("requester", Text, nullable=False),
    Column("asked_at", Time, nullable=False),
)
