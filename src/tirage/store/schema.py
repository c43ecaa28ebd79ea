"""What the identified database keeps, table by table; the migrations build exactly this.

Times are whole microseconds since 1970 in UTC: equal on every database, exact, and in order. Rows of
`received`, `custody` and `audit` are never deleted. Digests are kept as 32 bytes and read as hexadecimal
text. What both SQLite and PostgreSQL cannot say alike (search over names) is in `store/names.py`.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from tirage.model.custody import Stage
from tirage.model.identifiers import Digest
from tirage.model.outcomes import Disposition


class Sha256(TypeDecorator[Digest]):
    """A digest: 32 bytes in the database, 64 hexadecimal digits in Python."""

    impl = LargeBinary(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Text to bytes."""
        return None if value is None else bytes.fromhex(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Digest | None:
        """Bytes to text."""
        return None if value is None else Digest(bytes(value).hex())


def _one_of(column: str, values: type[Stage] | type[Disposition]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


# SQLite numbers rows by itself only when the key is called INTEGER; it is 64 bits wide there all the same.
Number = BigInteger().with_variant(Integer, "sqlite")
Time = BigInteger
_IS_CATALOGUED = text("study_id IS NOT NULL")
_HAS_OUTPUT = text("output_digest IS NOT NULL")
_IS_STOPPED = text("reason <> ''")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- what came in -----------------------------------------------------------------------------------------

origin = Table(
    "origin",  # each distinct sender once
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", String(16), nullable=False),  # model.records.OriginKind
    Column("calling_ae", Text, nullable=False),
    Column("called_ae", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("batch", Text, nullable=False),
    UniqueConstraint("kind", "calling_ae", "called_ae", "address", "batch", name="uq_origin"),
)

received = Table(
    "received",  # one row an object in our keeping; a duplicate adds none
    metadata,
    Column("id", Number, primary_key=True),
    Column("digest", Sha256, nullable=False),  # content address
    Column("object_digest", Sha256, nullable=False),  # model.records.Arrival: what makes two objects one
    Column("size_bytes", BigInteger, nullable=False),
    Column("transfer_syntax", String(64), nullable=False),
    Column("stated_sop_class", String(64), nullable=False),
    Column("stated_sop_instance", String(64), nullable=False),
    Column("origin_id", ForeignKey("origin.id"), nullable=False),
    Column("received_at", Time, nullable=False),
    UniqueConstraint("object_digest"),
    Index(None, "digest"),
    Index(None, "stated_sop_instance"),
    sqlite_autoincrement=True,
)

custody = Table(
    "custody",  # where each object stands in each project; project '' when none claims it
    metadata,
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("project", String(64), nullable=False),
    Column("stage", String(16), nullable=False),  # model.custody.Stage: last step completed
    Column("disposition", String(16), nullable=False),  # model.outcomes.Disposition
    Column("reason", String(32), nullable=False),  # model.reasons, '' while pending and when released
    Column("study_id", ForeignKey("study.id")),  # null until catalogued
    Column("policy", Sha256),  # under which policy the output was made
    Column("output_digest", Sha256),
    Column("release_id", ForeignKey("release.id")),
    Column("updated_at", Time, nullable=False),
    PrimaryKeyConstraint("project", "received_id"),
    _one_of("stage", Stage),
    _one_of("disposition", Disposition),
    Index(None, "project", "disposition", "reason"),  # the conservation law is a count over this index
    Index(None, "received_id"),
    # Not touched while receiving, when both are null.
    Index(None, "study_id", "project", sqlite_where=_IS_CATALOGUED, postgresql_where=_IS_CATALOGUED),
    Index(None, "output_digest", sqlite_where=_HAS_OUTPUT, postgresql_where=_HAS_OUTPUT),
    # What did not go on, study by study: pages and counts of it read nothing else.
    Index(
        None,
        *("project", "reason", "study_id", "updated_at"),
        sqlite_where=_IS_STOPPED,
        postgresql_where=_IS_STOPPED,
    ),
    sqlite_with_rowid=False,
)

counter = Table(
    "counter",  # counted as things happen, not derived: the other side of the conservation law
    metadata,
    Column("project", String(64), nullable=False),
    Column("name", String(32), nullable=False),  # 'received', 'duplicates'
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("project", "name"),
)

finding = Table(
    "finding",  # where the gate saw something; never what
    metadata,
    Column("id", Number, primary_key=True),
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("project", String(64), nullable=False),
    Column("place", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("view", String(16), nullable=False),  # model.records.View, '' when none
    Column("found_at", Time, nullable=False),
    Column("superseded_at", Time),  # null until the object is judged anew
    Index(None, "received_id", "project"),
)

work = Table(
    "work",  # written with the record it follows from, so that nothing recorded is forgotten
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", String(32), nullable=False),  # 'catalogue', …
    Column("received_id", ForeignKey("received.id")),
    Column("study_id", ForeignKey("study.id")),
    Column("project", String(64), nullable=False),  # '' when not a project's
    Column("claim", String(128), nullable=False),  # id of the workflow that took it, '' while free
    Column("created_at", Time, nullable=False),
    Index(None, "kind", "claim", "id"),
    sqlite_autoincrement=True,  # ids name workflows: never used twice
)

# --- the catalogue ----------------------------------------------------------------------------------------

patient = Table(
    "patient",  # each distinct identity as received; two rows are never merged by a program
    metadata,
    Column("id", Number, primary_key=True),
    Column("patient_id", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),  # the name as store.names folds it, for searching
    Column("birth_date", String(16), nullable=False),
    Column("sex", String(16), nullable=False),
    UniqueConstraint("patient_id", "issuer", "name", "birth_date", "sex", name="uq_patient"),
    Index(None, "birth_date", "sex"),
)

study = Table(
    "study",  # aggregates are kept up with each insert, so that no page scans instances
    metadata,
    Column("id", Number, primary_key=True),
    Column("uid", String(64), nullable=False),
    Column("patient_id", ForeignKey("patient.id"), nullable=False),  # of the first instance
    Column("study_date", String(16), nullable=False),
    Column("study_time", String(32), nullable=False),
    Column("accession", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("modalities", Text, nullable=False),  # sorted, joined by a backslash
    Column("manufacturers", Text, nullable=False),  # sorted, joined by a backslash
    Column("series_count", Integer, nullable=False),
    Column("instances", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("first_arrival", Time, nullable=False),
    Column("last_arrival", Time, nullable=False),
    Column("expected_instances", Integer),  # null when nobody said
    Column("settled_at", Time),  # null until complete; earlier than last_arrival when amended since
    Column("conflict", String(32), nullable=False),  # model.reasons.HoldReason, '' when none
    UniqueConstraint("uid"),
    Index(None, "patient_id"),
    Index(None, "study_date", "id"),
    Index(None, "accession"),
    Index(None, "settled_at", "last_arrival"),
)

series = Table(
    "series",
    metadata,
    Column("id", Number, primary_key=True),
    Column("uid", String(64), nullable=False),
    Column("study_id", ForeignKey("study.id"), nullable=False),
    Column("modality", String(16), nullable=False),
    Column("number", String(16), nullable=False),
    Column("description", Text, nullable=False),
    Column("body_part", Text, nullable=False),
    Column("protocol", Text, nullable=False),
    Column("manufacturer", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("instances", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("last_arrival", Time, nullable=False),
    UniqueConstraint("uid", "study_id"),
    Index(None, "study_id", "modality", "manufacturer"),
    Index(None, "modality", "manufacturer", "study_id"),
    Index(None, "manufacturer", "study_id"),
)

instance = Table(
    "instance",  # one row a catalogued object; two of the same UID stand side by side
    metadata,
    Column("received_id", ForeignKey("received.id"), primary_key=True, autoincrement=False),
    Column("sop_instance", String(64), nullable=False),
    Column("sop_class", String(64), nullable=False),
    Column("study_id", ForeignKey("study.id"), nullable=False),
    Column("series_id", ForeignKey("series.id"), nullable=False),
    Column("patient_id", ForeignKey("patient.id"), nullable=False),
    Column("number", String(16), nullable=False),
    Column("catalogued_at", Time, nullable=False),
    Index(None, "sop_instance"),
    Index(None, "series_id"),
    Index(None, "study_id"),
    Index(None, "patient_id"),
)

dictionary = Table(
    "dictionary",  # trained once from the first headers; needed to read every header that names it
    metadata,
    Column("id", Number, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Time, nullable=False),
)

header = Table(
    "header",  # DICOM JSON (PS3.18 F) of everything but bulk data, as one zstd frame
    metadata,
    Column("received_id", ForeignKey("received.id"), primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    Column("dictionary_id", ForeignKey("dictionary.id")),
)

# --- what goes out ----------------------------------------------------------------------------------------

output = Table(
    "output",  # a step repeated under the same key finds its own result here
    metadata,
    Column("project", String(64), nullable=False),
    Column("policy", Sha256, nullable=False),
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("digest", Sha256, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("pseudonym", Text, nullable=False),
    Column("sop_class", String(64), nullable=False),
    Column("sop_instance", String(64), nullable=False),
    Column("series", String(64), nullable=False),
    Column("study", String(64), nullable=False),
    Column("modality", String(16), nullable=False),
    Column("transfer_syntax", String(64), nullable=False),
    Column("made_at", Time, nullable=False),
    PrimaryKeyConstraint("project", "policy", "received_id"),
    Index(None, "digest"),
    Index(None, "received_id"),
    Index(None, "pseudonym"),
    Index(None, "study"),
)

release = Table(
    "release",
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("version", Integer, nullable=False),  # 1, 2, 3 … within the project
    Column("state", String(16), nullable=False),  # store.releases.ReleaseState
    Column("policy", Sha256, nullable=False),
    Column("members", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("manifest_digest", Sha256),  # null until complete
    Column("frozen_at", Time, nullable=False),
    Column("completed_at", Time),
    Column("lists", SmallInteger, nullable=False, server_default="3"),  # files that are not its contents
    UniqueConstraint("project", "version"),
    sqlite_autoincrement=True,
)

release_member = Table(
    "release_member",
    metadata,
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("received_id", ForeignKey("received.id"), nullable=False),
    Column("output_digest", Sha256, nullable=False),
    Column("name", Text, nullable=False),  # path inside the release
    PrimaryKeyConstraint("release_id", "received_id"),
    UniqueConstraint("release_id", "name"),
    Index(None, "output_digest"),
)

delivery = Table(
    "delivery",  # what a destination last answered for a file of a release
    metadata,
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("destination", String(64), nullable=False),
    Column("output_digest", Sha256, nullable=False),
    Column("status", String(16), nullable=False),  # model.delivery
    Column("detail", Text, nullable=False),  # a code, never a remote's free text
    Column("attempts", SmallInteger, nullable=False),
    Column("updated_at", Time, nullable=False),
    Column("proof", String(16), nullable=False, server_default=""),  # model.delivery.Proof
    PrimaryKeyConstraint("release_id", "destination", "output_digest"),
)

handover = Table(
    "handover",  # a release that a destination has answered for, to the last file
    metadata,
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("destination", String(64), nullable=False),
    Column("ended_at", Time, nullable=False),
    Column("counts", Text, nullable=False),  # JSON: how many files stand how, so that nobody counts again
    PrimaryKeyConstraint("release_id", "destination"),
)

destination = Table(
    "destination",  # how sending to a destination goes
    metadata,
    Column("project", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("failures", Integer, nullable=False),  # tries in a row that did not end well
    Column("resumed_at", Time, nullable=False),  # when somebody last let it go on; names the runs after it
    PrimaryKeyConstraint("project", "name"),
)

# --- who did what -----------------------------------------------------------------------------------------

audit = Table(
    "audit",  # each line holds the hash of the one before
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("at", Time, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", Text, nullable=False),  # a handle: 'received:17', 'release:3'
    Column("detail", Text, nullable=False),  # JSON, no identifiers
    Column("previous", Sha256, nullable=False),
    Column("hash", Sha256, nullable=False),
    Index(None, "subject", "seq"),
    Index(None, "actor", "seq"),
    Index(None, "action", "seq"),
    Index(None, "at"),
)
