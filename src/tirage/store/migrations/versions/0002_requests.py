"""Acquiring by request: cohorts, what archives answered, fetches, descriptions, schedules."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of requests."""
    op.create_table(
        "cohort",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("loaded_at", sa.BigInteger, nullable=False),
        sa.Column("loaded_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cohort"),
        sa.UniqueConstraint("project", "version", name="uq_cohort_project_version"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "description",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
        sa.Column("listing", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_description"),
        sa.UniqueConstraint("project", "level", "folded", "version", name="uq_description"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "fetch",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("study", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.Text, nullable=False),
        sa.Column("archive", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("expected", sa.Integer, nullable=False),
        sa.Column("received", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("claim", sa.String(length=128), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("wanted_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fetch"),
        sa.UniqueConstraint("project", "study", name="uq_fetch_project_study"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_fetch_state_archive_priority_due_at", "fetch", ["state", "archive", "priority", "due_at"]
    )
    op.create_index("ix_fetch_study", "fetch", ["study"])
    op.create_table(
        "pause",
        sa.Column("scope", sa.String(length=128), nullable=False),
        sa.Column("paused_by", sa.Text, nullable=False),
        sa.Column("paused_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_pause"),
    )
    op.create_table(
        "asked",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("fetch_id", NUMBER, nullable=False),
        sa.Column("archive", sa.String(length=64), nullable=False),
        sa.Column("instances", sa.Integer, nullable=False),
        sa.Column("arrived", sa.Integer, nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("answered_at", sa.BigInteger, nullable=True),
        sa.ForeignKeyConstraint(["fetch_id"], ["fetch.id"], name="fk_asked_fetch_id"),
        sa.PrimaryKeyConstraint("id", name="pk_asked"),
    )
    op.create_index("ix_asked_archive_asked_at", "asked", ["archive", "asked_at"])
    op.create_index("ix_asked_fetch_id", "asked", ["fetch_id"])
    op.create_table(
        "cohort_file",
        sa.Column("cohort_id", NUMBER, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name="fk_cohort_file_cohort_id"),
        sa.PrimaryKeyConstraint("cohort_id", "name", name="pk_cohort_file"),
    )
    op.create_table(
        "expected",
        sa.Column("fetch_id", NUMBER, nullable=False),
        sa.Column("sop_instance", sa.String(length=64), nullable=False),
        sa.Column("series", sa.String(length=64), nullable=False),
        sa.Column("sop_class", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["fetch_id"], ["fetch.id"], name="fk_expected_fetch_id"),
        sa.PrimaryKeyConstraint("fetch_id", "sop_instance", name="pk_expected"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_expected_sop_instance", "expected", ["sop_instance"])
    op.create_table(
        "occasion",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("cohort_id", NUMBER, nullable=True),
        sa.Column("detail", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name="fk_occasion_cohort_id"),
        sa.PrimaryKeyConstraint("project", "due_at", name="pk_occasion"),
    )
    op.create_table(
        "request",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("cohort_id", NUMBER, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("patient_id", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("national_id", sa.Text, nullable=False),
        sa.Column("accession", sa.Text, nullable=False),
        sa.Column("study", sa.String(length=64), nullable=False),
        sa.Column("series", sa.String(length=64), nullable=False),
        sa.Column("study_date", sa.String(length=8), nullable=False),
        sa.Column("first_date", sa.String(length=8), nullable=False),
        sa.Column("last_date", sa.String(length=8), nullable=False),
        sa.Column("participant", sa.Text, nullable=False),
        sa.Column("index_date", sa.String(length=8), nullable=False),
        sa.Column("is_deceased", sa.Boolean, nullable=False),
        sa.Column("resolution", sa.String(length=16), nullable=False),
        sa.Column("resolved_at", sa.BigInteger, nullable=True),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name="fk_request_cohort_id"),
        sa.PrimaryKeyConstraint("id", name="pk_request"),
        sa.UniqueConstraint("cohort_id", "row", name="uq_request_cohort_id_row"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_request_cohort_id_resolution_id", "request", ["cohort_id", "resolution", "id"])
    op.create_index("ix_request_patient_id", "request", ["patient_id"])
    op.create_table(
        "sighting",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("request_id", NUMBER, nullable=False),
        sa.Column("archive", sa.String(length=64), nullable=False),
        sa.Column("study", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.Text, nullable=False),
        sa.Column("accession", sa.Text, nullable=False),
        sa.Column("study_date", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("modalities", sa.Text, nullable=False),
        sa.Column("manufacturers", sa.Text, nullable=False),
        sa.Column("series_count", sa.Integer, nullable=True),
        sa.Column("instances", sa.Integer, nullable=True),
        sa.Column("match", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name="fk_sighting_request_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sighting"),
        sa.UniqueConstraint("request_id", "study", name="uq_sighting_request_id_study"),
    )
    op.create_index("ix_sighting_study", "sighting", ["study"])
    op.create_index("ix_sighting_verdict_description", "sighting", ["verdict", "description"])
    op.create_table(
        "release_file",
        sa.Column("release_id", NUMBER, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_release_file_release_id"),
        sa.PrimaryKeyConstraint("release_id", "name", name="pk_release_file"),
    )
