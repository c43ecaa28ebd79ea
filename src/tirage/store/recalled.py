"""What was called back after it was released, table by table; beside `store.schema`.

Studies are named by their research UIDs and pseudonyms, as they were released. `why` is written by people and
stays in the identified zone.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tirage.store.schema import Number, Time, metadata

withdrawal = Table(
    "withdrawal",  # studies of a project called back together
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 … within the project
    Column("cause", String(16), nullable=False),  # model.withdrawals.Cause
    Column("why", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Time, nullable=False),
    Column("newest_release", BigInteger, nullable=False),  # later releases are not meant
    UniqueConstraint("project", "number"),
)

withdrawn_study = Table(
    "withdrawn_study",
    metadata,
    Column("withdrawal_id", ForeignKey("withdrawal.id"), nullable=False),
    Column("study", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    PrimaryKeyConstraint("withdrawal_id", "study"),
    Index(None, "study"),
)

withdrawal_notice = Table(
    "withdrawal_notice",  # what a destination answered to the tombstone
    metadata,
    Column("withdrawal_id", ForeignKey("withdrawal.id"), nullable=False),
    Column("destination", String(64), nullable=False),
    Column("status", String(16), nullable=False),  # model.delivery.Delivery
    Column("updated_at", Time, nullable=False),
    PrimaryKeyConstraint("withdrawal_id", "destination"),
)
