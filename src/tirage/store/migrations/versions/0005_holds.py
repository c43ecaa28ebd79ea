"""Resolving holds: retries, decisions, waivers, notes, corrections, erased studies."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_STOPPED = sa.text("reason <> ''")


def upgrade() -> None:
    """Create the tables of what people decide about objects that did not go on."""
    op.add_column("finding", sa.Column("superseded_at", sa.BigInteger, nullable=True))
    op.create_index("ix_instance_patient_id", "instance", ["patient_id"])
    op.create_index(
        "ix_custody_project_reason_study_id_updated_at",
        "custody",
        ["project", "reason", "study_id", "updated_at"],
        sqlite_where=IS_STOPPED,
        postgresql_where=IS_STOPPED,
    )
    op.create_table(
        "retry",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("study_id", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("project", "study_id", name="pk_retry"),
    )
    op.create_table(
        "resolution",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("objects", sa.Integer, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_resolution"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "waiver",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("received_id", NUMBER, nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("resolution_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_waiver_received_id"),
        sa.ForeignKeyConstraint(["resolution_id"], ["resolution.id"], name="fk_waiver_resolution_id"),
        sa.PrimaryKeyConstraint("project", "received_id", "reason", name="pk_waiver"),
    )
    op.create_table(
        "note",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_note_subject_id", "note", ["subject", "id"])
    op.create_table(
        "note_version",
        sa.Column("note_id", NUMBER, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("is_removed", sa.Boolean, nullable=False),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("written_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name="fk_note_version_note_id"),
        sa.PrimaryKeyConstraint("note_id", "version", name="pk_note_version"),
    )
    op.create_table(
        "correction",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.Text, nullable=True),
        sa.Column("issuer", sa.Text, nullable=True),
        sa.Column("name", sa.Text, nullable=True),
        sa.Column("birth_date", sa.String(length=16), nullable=True),
        sa.Column("sex", sa.String(length=16), nullable=True),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("undone_by", sa.Text, nullable=True),
        sa.Column("undone_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_correction_subject_id", "correction", ["subject", "id"])
    op.create_table(
        "tombstone",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("study_id", sa.BigInteger, nullable=False),
        sa.Column("uid_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("objects", sa.Integer, nullable=False),
        sa.Column("released", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("erased_by", sa.Text, nullable=False),
        sa.Column("erased_at", sa.BigInteger, nullable=False),
        sa.Column("lifted_by", sa.Text, nullable=True),
        sa.Column("lifted_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tombstone"),
        sa.UniqueConstraint("study_id", name="uq_tombstone_study_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tombstone_uid_digest", "tombstone", ["uid_digest"])
    op.create_table(
        "erased",
        sa.Column("received_id", NUMBER, nullable=False),
        sa.Column("tombstone_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_erased_received_id"),
        sa.ForeignKeyConstraint(["tombstone_id"], ["tombstone.id"], name="fk_erased_tombstone_id"),
        sa.PrimaryKeyConstraint("received_id", name="pk_erased"),
    )
    op.create_index("ix_erased_tombstone_id", "erased", ["tombstone_id"])
    op.create_table(
        "discarded",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("received_id", NUMBER, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_discarded_received_id"),
        sa.PrimaryKeyConstraint("id", name="pk_discarded"),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER patient_name_delete AFTER DELETE ON patient BEGIN "
            "INSERT INTO patient_name(patient_name, rowid, folded) VALUES ('delete', old.id, old.folded); END"
        )
