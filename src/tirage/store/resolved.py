"""What people decide about objects that did not go on, table by table; beside `store.schema`.

Notes, corrections and reasons are written by people and may identify patients: the tables belong to the
identified zone. Studies and patients are named by their numbers alone: a tombstone outlives its study.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
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

from tirage.store.schema import Number, Sha256, Time, metadata

retry = Table(
    "retry",  # how often something of a study was put back to be judged anew: names the next run
    metadata,
    Column("project", String(64), nullable=False),
    Column("study_id", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("project", "study_id"),
)

resolution = Table(
    "resolution",  # one decision of a person about some objects that did not go on
    metadata,
    Column("id", Number, primary_key=True),
    Column("way", String(16), nullable=False),  # model.advice.Way
    Column("project", String(64), nullable=False),
    Column("objects", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Time, nullable=False),
    sqlite_autoincrement=True,
)

waiver = Table(
    "waiver",  # one check of one object that a person has done in place of the program
    metadata,
    Column("project", String(64), nullable=False),
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("reason", String(32), nullable=False),  # model.reasons.HoldReason
    Column("resolution_id", ForeignKey("resolution.id"), nullable=False),
    PrimaryKeyConstraint("project", "received_id", "reason"),
)

note = Table(
    "note",  # what medical staff know of a patient or a study; its text is in `note_version`
    metadata,
    Column("id", Number, primary_key=True),
    Column("subject", String(32), nullable=False),  # 'study:17', 'patient:3'
    Column("version", Integer, nullable=False),  # the newest
    Index(None, "subject", "id"),
    sqlite_autoincrement=True,
)

note_version = Table(
    "note_version",  # every text a note ever had
    metadata,
    Column("note_id", ForeignKey("note.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(16), nullable=False),  # model.notes.Kind
    Column("name", String(64), nullable=False),  # '' for a note without a field of its own
    Column("text", Text, nullable=False),
    Column("is_removed", Boolean, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("written_at", Time, nullable=False),
    PrimaryKeyConstraint("note_id", "version"),
)

correction = Table(
    "correction",  # laid over what objects say of their patient; null where it leaves that as it is
    metadata,
    Column("id", Number, primary_key=True),
    Column("subject", String(32), nullable=False),  # 'study:17', 'patient:3'
    Column("patient_id", Text),
    Column("issuer", Text),
    Column("name", Text),
    Column("birth_date", String(16)),
    Column("sex", String(16)),
    Column("why", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Time, nullable=False),
    Column("undone_by", Text),
    Column("undone_at", Time),
    Index(None, "subject", "id"),
    sqlite_autoincrement=True,
)

tombstone = Table(
    "tombstone",  # an erased study: what was there, never what it said
    metadata,
    Column("id", Number, primary_key=True),
    Column("study_id", BigInteger, nullable=False),  # the number it had
    Column("uid_digest", Sha256, nullable=False),  # SHA-256 of its Study Instance UID
    Column("objects", Integer, nullable=False),
    Column("released", Integer, nullable=False),  # of those, in releases: copies to recall
    Column("size_bytes", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("erased_by", Text, nullable=False),
    Column("erased_at", Time, nullable=False),
    Column("lifted_by", Text),
    Column("lifted_at", Time),
    Index(None, "uid_digest"),
    UniqueConstraint("study_id"),
    sqlite_autoincrement=True,
)

erased = Table(
    "erased",  # received objects of which nothing is kept but the record that they came
    metadata,
    Column("received_id", ForeignKey("received.id"), primary_key=True, autoincrement=False),
    Column("tombstone_id", ForeignKey("tombstone.id"), nullable=False),
    Index(None, "tombstone_id"),
)

discarded = Table(
    "discarded",  # files that no record needs any more; the worker deletes them
    metadata,
    Column("id", Number, primary_key=True),
    Column("place", String(16), nullable=False),  # store.discards.Place
    Column("digest", Sha256, nullable=False),
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("asked_at", Time, nullable=False),
    sqlite_autoincrement=True,
)
