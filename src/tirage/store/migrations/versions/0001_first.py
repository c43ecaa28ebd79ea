"""The first tables: custody, catalogue, outputs, releases, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_IS_CATALOGUED = sa.text("study_id IS NOT NULL")
_HAS_OUTPUT = sa.text("output_digest IS NOT NULL")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "audit",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.LargeBinary(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_subject_seq", "audit", ["subject", "seq"])
    op.create_table(
        "counter",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project", "name", name="pk_counter"),
    )
    op.create_table(
        "dictionary",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dictionary"),
    )
    op.create_table(
        "origin",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("calling_ae", sa.Text, nullable=False),
        sa.Column("called_ae", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("batch", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_origin"),
        sa.UniqueConstraint("kind", "calling_ae", "called_ae", "address", "batch", name="uq_origin"),
    )
    op.create_table(
        "patient",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("patient_id", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("birth_date", sa.String(length=16), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_patient"),
        sa.UniqueConstraint("patient_id", "issuer", "name", "birth_date", "sex", name="uq_patient"),
    )
    op.create_index("ix_patient_birth_date_sex", "patient", ["birth_date", "sex"])
    op.create_table(
        "release",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("policy", sa.LargeBinary(32), nullable=False),
        sa.Column("members", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("manifest_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("frozen_at", sa.BigInteger, nullable=False),
        sa.Column("completed_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_release"),
        sa.UniqueConstraint("project", "version", name="uq_release_project_version"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "delivery",
        sa.Column("release_id", NUMBER, nullable=False),
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("output_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_delivery_release_id"),
        sa.PrimaryKeyConstraint("release_id", "destination", "output_digest", name="pk_delivery"),
    )
    op.create_table(
        "received",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("object_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("transfer_syntax", sa.String(length=64), nullable=False),
        sa.Column("stated_sop_class", sa.String(length=64), nullable=False),
        sa.Column("stated_sop_instance", sa.String(length=64), nullable=False),
        sa.Column("origin_id", NUMBER, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["origin_id"], ["origin.id"], name="fk_received_origin_id"),
        sa.PrimaryKeyConstraint("id", name="pk_received"),
        sa.UniqueConstraint("object_digest", name="uq_received_object_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_received_digest", "received", ["digest"])
    op.create_index("ix_received_stated_sop_instance", "received", ["stated_sop_instance"])
    op.create_table(
        "study",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("uid", sa.String(length=64), nullable=False),
        sa.Column("patient_id", NUMBER, nullable=False),
        sa.Column("study_date", sa.String(length=16), nullable=False),
        sa.Column("study_time", sa.String(length=32), nullable=False),
        sa.Column("accession", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("modalities", sa.Text, nullable=False),
        sa.Column("manufacturers", sa.Text, nullable=False),
        sa.Column("series_count", sa.Integer, nullable=False),
        sa.Column("instances", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("first_arrival", sa.BigInteger, nullable=False),
        sa.Column("last_arrival", sa.BigInteger, nullable=False),
        sa.Column("expected_instances", sa.Integer, nullable=True),
        sa.Column("settled_at", sa.BigInteger, nullable=True),
        sa.Column("conflict", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_study_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
        sa.UniqueConstraint("uid", name="uq_study_uid"),
    )
    op.create_index("ix_study_accession", "study", ["accession"])
    op.create_index("ix_study_patient_id", "study", ["patient_id"])
    op.create_index("ix_study_settled_at_last_arrival", "study", ["settled_at", "last_arrival"])
    op.create_index("ix_study_study_date_id", "study", ["study_date", "id"])
    op.create_table(
        "custody",
        sa.Column("received_id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("disposition", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("study_id", NUMBER, nullable=True),
        sa.Column("policy", sa.LargeBinary(32), nullable=True),
        sa.Column("output_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("release_id", NUMBER, nullable=True),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.CheckConstraint(
            "disposition IN ('pending', 'released', 'held', 'rejected', 'quarantined')",
            name="ck_custody_disposition",
        ),
        sa.CheckConstraint(
            "stage IN ('received', 'catalogued', 'deidentified', 'released')", name="ck_custody_stage"
        ),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_custody_received_id"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_custody_release_id"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_custody_study_id"),
        sa.PrimaryKeyConstraint("project", "received_id", name="pk_custody"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_custody_output_digest",
        "custody",
        ["output_digest"],
        sqlite_where=_HAS_OUTPUT,
        postgresql_where=_HAS_OUTPUT,
    )
    op.create_index("ix_custody_project_disposition_reason", "custody", ["project", "disposition", "reason"])
    op.create_index("ix_custody_received_id", "custody", ["received_id"])
    op.create_index(
        "ix_custody_study_id_project",
        "custody",
        ["study_id", "project"],
        sqlite_where=_IS_CATALOGUED,
        postgresql_where=_IS_CATALOGUED,
    )
    op.create_table(
        "finding",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("received_id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("view", sa.String(length=16), nullable=False),
        sa.Column("found_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_finding_received_id"),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
    )
    op.create_index("ix_finding_received_id_project", "finding", ["received_id", "project"])
    op.create_table(
        "header",
        sa.Column("received_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("dictionary_id", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["dictionary_id"], ["dictionary.id"], name="fk_header_dictionary_id"),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_header_received_id"),
        sa.PrimaryKeyConstraint("received_id", name="pk_header"),
    )
    op.create_table(
        "output",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.LargeBinary(32), nullable=False),
        sa.Column("received_id", NUMBER, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("pseudonym", sa.Text, nullable=False),
        sa.Column("sop_class", sa.String(length=64), nullable=False),
        sa.Column("sop_instance", sa.String(length=64), nullable=False),
        sa.Column("series", sa.String(length=64), nullable=False),
        sa.Column("study", sa.String(length=64), nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("transfer_syntax", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_output_received_id"),
        sa.PrimaryKeyConstraint("project", "policy", "received_id", name="pk_output"),
    )
    op.create_index("ix_output_digest", "output", ["digest"])
    op.create_index("ix_output_received_id", "output", ["received_id"])
    op.create_table(
        "release_member",
        sa.Column("release_id", NUMBER, nullable=False),
        sa.Column("received_id", NUMBER, nullable=False),
        sa.Column("output_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_release_member_received_id"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_release_member_release_id"),
        sa.PrimaryKeyConstraint("release_id", "received_id", name="pk_release_member"),
        sa.UniqueConstraint("release_id", "name", name="uq_release_member_release_id_name"),
    )
    op.create_index("ix_release_member_output_digest", "release_member", ["output_digest"])
    op.create_table(
        "series",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("uid", sa.String(length=64), nullable=False),
        sa.Column("study_id", NUMBER, nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("body_part", sa.Text, nullable=False),
        sa.Column("protocol", sa.Text, nullable=False),
        sa.Column("manufacturer", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("station", sa.Text, nullable=False),
        sa.Column("instances", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("last_arrival", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_series_study_id"),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.UniqueConstraint("uid", "study_id", name="uq_series_uid_study_id"),
    )
    op.create_index("ix_series_manufacturer_study_id", "series", ["manufacturer", "study_id"])
    op.create_index(
        "ix_series_modality_manufacturer_study_id", "series", ["modality", "manufacturer", "study_id"]
    )
    op.create_index(
        "ix_series_study_id_modality_manufacturer", "series", ["study_id", "modality", "manufacturer"]
    )
    op.create_table(
        "work",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("received_id", NUMBER, nullable=True),
        sa.Column("study_id", NUMBER, nullable=True),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("claim", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_work_received_id"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_work_study_id"),
        sa.PrimaryKeyConstraint("id", name="pk_work"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_work_kind_claim_id", "work", ["kind", "claim", "id"])
    op.create_table(
        "instance",
        sa.Column("received_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("sop_instance", sa.String(length=64), nullable=False),
        sa.Column("sop_class", sa.String(length=64), nullable=False),
        sa.Column("study_id", NUMBER, nullable=False),
        sa.Column("series_id", NUMBER, nullable=False),
        sa.Column("patient_id", NUMBER, nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("catalogued_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_instance_patient_id"),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_instance_received_id"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_instance_series_id"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_instance_study_id"),
        sa.PrimaryKeyConstraint("received_id", name="pk_instance"),
    )
    op.create_index("ix_instance_series_id", "instance", ["series_id"])
    op.create_index("ix_instance_sop_instance", "instance", ["sop_instance"])
    op.create_index("ix_instance_study_id", "instance", ["study_id"])
    if op.get_bind().dialect.name == "postgresql":
        _index_names_postgres()
    else:
        _index_names_sqlite()


def _index_names_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE patient_name USING fts5"
        "(folded, content='patient', content_rowid='id', tokenize='trigram', detail='none')"
    )
    op.execute("CREATE VIRTUAL TABLE patient_name_run USING fts5vocab('patient_name', 'row')")
    op.execute(
        "CREATE TRIGGER patient_name_insert AFTER INSERT ON patient BEGIN "
        "INSERT INTO patient_name(rowid, folded) VALUES (new.id, new.folded); END"
    )


def _index_names_postgres() -> None:
    # Making the extension takes a right that a managed database may not give; searching by name is then
    # refused with a sentence (store.names), and everything else works.
    op.execute(
        "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; "
        "CREATE INDEX patient_name ON patient USING gin (folded gin_trgm_ops); "
        "EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported "
        "OR undefined_object THEN NULL; END $$"
    )
