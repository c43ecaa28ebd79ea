"""Who is who, table by table; beside `store.schema`.

A *person* of a project is called by the number of the `patient` row it began with, its anchor. Nothing here is
deleted but a membership that an undone decision had given.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from tirage.store.schema import Number, Time, metadata, output

_IS_SHOWN = text("state <> 'closed'")

identity_key = Table(
    "identity_key",  # link.match.search_keys: what identities are looked up by
    metadata,
    Column("key", LargeBinary(16), nullable=False),
    Column("patient_id", Number, nullable=False),  # no foreign key: the table may be partitioned by `key`
    PrimaryKeyConstraint("key", "patient_id"),
    sqlite_with_rowid=False,
)

person = Table(
    "person",
    metadata,
    Column("project", String(64), nullable=False),
    Column("anchor", ForeignKey("patient.id"), nullable=False),
    Column("is_apart", Boolean, nullable=False),  # another person has this identifier: demographics count too
    Column("made_at", Time, nullable=False),
    PrimaryKeyConstraint("project", "anchor"),
)

member = Table(
    "member",  # which identities as received are which person
    metadata,
    Column("project", String(64), nullable=False),
    Column("patient_id", ForeignKey("patient.id"), nullable=False),
    Column("anchor", Number, nullable=False),
    PrimaryKeyConstraint("project", "patient_id"),
    Index(None, "project", "anchor"),
    Index(None, "patient_id"),
)

identity_conflict = Table(
    "identity_conflict",  # an identity that a project cannot tell from another by rule; one row a project
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("patient_id", ForeignKey("patient.id"), nullable=False),
    Column("rival_id", ForeignKey("patient.id")),  # the most alike; null when there is none
    Column("reason", String(32), nullable=False),  # model.reasons.TO_RECONCILE
    Column("state", String(16), nullable=False),  # store.persons.State
    Column("opened_at", Time, nullable=False),
    Index(None, "state", "id", sqlite_where=_IS_SHOWN, postgresql_where=_IS_SHOWN),
    Index("uq_identity_conflict", "project", "patient_id", unique=True),
    sqlite_autoincrement=True,
)

identity_decision = Table(
    "identity_decision",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("kind", String(16), nullable=False),  # link.decide.Kind
    Column("patient_id", ForeignKey("patient.id"), nullable=False),  # about whom
    Column("why", Text, nullable=False),  # in the words of whoever decided
    Column("made_by", Text, nullable=False),
    Column("made_at", Time, nullable=False),
    Column("undone_by", ForeignKey("identity_decision.id")),
    Index(None, "project", "patient_id"),
    sqlite_autoincrement=True,
)

identity_change = Table(
    "identity_change",  # what a decision changed: with it the decision can be undone
    metadata,
    Column("decision_id", ForeignKey("identity_decision.id"), nullable=False),
    Column("patient_id", ForeignKey("patient.id"), nullable=False),
    Column("before", Number),  # anchors; null for nobody yet
    Column("after", Number),
    PrimaryKeyConstraint("decision_id", "patient_id"),
    Index(None, "patient_id"),
)

output_before = Table(
    "output_before",  # outputs that releases hold and that were made anew under another link since
    metadata,
    *(Column(column.name, column.type, nullable=False) for column in output.columns),
    PrimaryKeyConstraint("project", "policy", "received_id", "digest"),
    Index(None, "received_id"),
)
