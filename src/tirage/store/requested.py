"""What projects ask of archives and what came of it, table by table; beside `store.schema`.

Identifiers stand here as they were asked and answered: the tables belong to the identified zone.
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

cohort = Table(
    "cohort",  # one loaded list of requests; never changed, a new list is a new version
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("version", Integer, nullable=False),  # 1, 2, 3 … within the project
    Column("kind", String(16), nullable=False),  # model.requests.CohortKind
    Column("digest", Sha256, nullable=False),  # of everything that was read
    Column("requests", Integer, nullable=False),
    Column("loaded_at", Time, nullable=False),
    Column("loaded_by", Text, nullable=False),
    UniqueConstraint("project", "version"),
    sqlite_autoincrement=True,
)

cohort_file = Table(
    "cohort_file",  # public tables that came with a cohort and go with its releases as they are
    metadata,
    Column("cohort_id", ForeignKey("cohort.id"), nullable=False),
    Column("name", Text, nullable=False),  # below the release's folder for them
    Column("digest", Sha256, nullable=False),  # content address in the store of objects
    Column("size_bytes", BigInteger, nullable=False),
    PrimaryKeyConstraint("cohort_id", "name"),
)

release_file = Table(
    "release_file",  # what a release holds beside its objects: the public tables of its cohorts
    metadata,
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("name", Text, nullable=False),  # path inside the release
    Column("digest", Sha256, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    PrimaryKeyConstraint("release_id", "name"),
)

request = Table(
    "request",  # model.requests.Request, one row each
    metadata,
    Column("id", Number, primary_key=True),
    Column("cohort_id", ForeignKey("cohort.id"), nullable=False),
    Column("row", Integer, nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("national_id", Text, nullable=False),
    Column("accession", Text, nullable=False),
    Column("study", String(64), nullable=False),
    Column("series", String(64), nullable=False),
    Column("study_date", String(8), nullable=False),  # YYYYMMDD here and below, '' when open
    Column("first_date", String(8), nullable=False),
    Column("last_date", String(8), nullable=False),
    Column("participant", Text, nullable=False),
    Column("index_date", String(8), nullable=False),
    Column("is_deceased", Boolean, nullable=False),
    Column("resolution", String(16), nullable=False),  # model.requests.Resolution
    Column("resolved_at", Time),
    UniqueConstraint("cohort_id", "row"),
    Index(None, "cohort_id", "resolution", "id"),
    Index(None, "patient_id"),
    sqlite_autoincrement=True,
)

sighting = Table(
    "sighting",  # a study that an archive answered to a request: model.requests.Sighting
    metadata,
    Column("id", Number, primary_key=True),
    Column("request_id", ForeignKey("request.id"), nullable=False),
    Column("archive", String(64), nullable=False),
    Column("study", String(64), nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("accession", Text, nullable=False),
    Column("study_date", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("modalities", Text, nullable=False),  # sorted, joined by a backslash
    Column("manufacturers", Text, nullable=False),  # sorted, joined by a backslash
    Column("series_count", Integer),
    Column("instances", Integer),
    Column("match", String(16), nullable=False),  # model.requests.Match
    Column("verdict", String(32), nullable=False),  # model.requests.Verdict
    Column("seen_at", Time, nullable=False),
    UniqueConstraint("request_id", "study", name="uq_sighting_request_id_study"),
    Index(None, "study"),
    Index(None, "verdict", "description"),
)

fetch = Table(
    "fetch",  # a study a project wants from the archives; one row however often it is requested
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("study", String(64), nullable=False),
    Column("patient_id", Text, nullable=False),  # as requested: what arrives under another is held
    Column("archive", String(64), nullable=False),  # whose turn it is, or who gave the rest
    Column("state", String(16), nullable=False),  # model.requests.FetchState
    Column("priority", Integer, nullable=False),  # smaller first
    Column("attempts", Integer, nullable=False),  # in a row without anything new
    Column("expected", Integer, nullable=False),  # instances listed and wanted
    Column("received", Integer, nullable=False),  # of those, in keeping
    Column("due_at", Time, nullable=False),  # not before
    Column("claim", String(128), nullable=False),  # id of the run that is at it, '' while none is
    Column("detail", Text, nullable=False),  # a code, never a remote's free text
    Column("wanted_at", Time, nullable=False),
    Column("updated_at", Time, nullable=False),
    UniqueConstraint("project", "study"),
    Index(None, "state", "archive", "priority", "due_at"),
    Index(None, "study"),
    sqlite_autoincrement=True,
)

expected = Table(
    "expected",  # the instances of a fetch that an archive listed and the project wants
    metadata,
    Column("fetch_id", ForeignKey("fetch.id"), nullable=False),
    Column("sop_instance", String(64), nullable=False),
    Column("series", String(64), nullable=False),
    Column("sop_class", String(64), nullable=False),  # '' where the archive leaves it out
    PrimaryKeyConstraint("fetch_id", "sop_instance"),
    Index(None, "sop_instance"),
    sqlite_with_rowid=False,
)

asked = Table(
    "asked",  # every time an archive was asked to hand something over, and what it said
    metadata,
    Column("id", Number, primary_key=True),
    Column("fetch_id", ForeignKey("fetch.id"), nullable=False),
    Column("archive", String(64), nullable=False),
    Column("instances", Integer, nullable=False),  # how many were missing
    Column("arrived", Integer),  # how many of them came; null while it lasts, or when it was interrupted
    Column("status", String(32), nullable=False),  # DIMSE or HTTP status, or an error code; '' while it lasts
    Column("asked_at", Time, nullable=False),
    Column("answered_at", Time),
    Index(None, "fetch_id"),
    Index(None, "archive", "asked_at"),
)

pause = Table(
    "pause",  # what is stopped for now: 'archive:NAME', 'project:NAME', 'destination:PROJECT/NAME'
    metadata,
    Column("scope", String(128), primary_key=True),
    Column("paused_by", Text, nullable=False),
    Column("paused_at", Time, nullable=False),
)

description = Table(
    "description",  # decisions about descriptions, every one ever made; the highest version of a text counts
    metadata,
    Column("id", Number, primary_key=True),
    Column("project", String(64), nullable=False),
    Column("level", String(16), nullable=False),  # model.requests.Level
    Column("folded", Text, nullable=False),  # as acquire.descriptions folds it, for comparing
    Column("shown", Text, nullable=False),
    Column("listing", String(16), nullable=False),  # model.requests.Listing
    Column("version", Integer, nullable=False),  # of the project's list, one higher with each change
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Time, nullable=False),
    UniqueConstraint("project", "level", "folded", "version", name="uq_description"),
    sqlite_autoincrement=True,
)

occasion = Table(
    "occasion",  # the times a project's schedule came due and what was made of them
    metadata,
    Column("project", String(64), nullable=False),
    Column("due_at", Time, nullable=False),
    Column("cohort_id", ForeignKey("cohort.id")),  # null when nothing could be loaded
    Column("detail", Text, nullable=False),  # a code, '' when all went well
    PrimaryKeyConstraint("project", "due_at"),
)
