"""Review before a release: marks, samples, readings, rules drawn from them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of the review."""
    op.create_table(
        "mark",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.LargeBinary(32), nullable=False),
        sa.Column("received_id", NUMBER, nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_mark_received_id"),
        sa.PrimaryKeyConstraint("project", "policy", "received_id", "what", name="pk_mark"),
    )
    op.create_table(
        "sampling",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.LargeBinary(32), nullable=False),
        sa.Column("chance", sa.LargeBinary(32), nullable=False),
        sa.Column("objects", sa.BigInteger, nullable=False),
        sa.Column("newest", sa.BigInteger, nullable=False),
        sa.Column("planned_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project", "policy", name="pk_sampling"),
    )
    op.create_table(
        "stratum",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("manufacturer", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("sop_class", sa.String(length=64), nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stratum"),
        sa.UniqueConstraint("project", "manufacturer", "model", "sop_class", "modality", name="uq_stratum"),
    )
    op.create_table(
        "sample",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.LargeBinary(32), nullable=False),
        sa.Column("received_id", NUMBER, nullable=False),
        sa.Column("output_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("stratum_id", NUMBER, nullable=False),
        sa.Column("marks", sa.Text, nullable=False),
        sa.Column("readers", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("chosen_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_sample_received_id"),
        sa.ForeignKeyConstraint(["stratum_id"], ["stratum.id"], name="fk_sample_stratum_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sample"),
        sa.UniqueConstraint("project", "policy", "received_id", name="uq_sample"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sample_project_state_id", "sample", ["project", "state", "id"])
    op.create_index("ix_sample_received_id", "sample", ["received_id"])
    op.create_index("ix_sample_stratum_id_state", "sample", ["stratum_id", "state"])
    op.create_table(
        "reading",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("sample_id", NUMBER, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("boxes", sa.Text, nullable=False),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("read_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name="fk_reading_sample_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reading"),
        sa.UniqueConstraint("sample_id", "reader", name="uq_reading_sample_id_reader"),
    )
    op.create_table(
        "device_rule",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("sample_id", NUMBER, nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("sop_class", sa.String(length=64), nullable=False),
        sa.Column("manufacturer", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=True),
        sa.Column("columns", sa.Integer, nullable=True),
        sa.Column("x0", sa.Integer, nullable=False),
        sa.Column("y0", sa.Integer, nullable=False),
        sa.Column("x1", sa.Integer, nullable=False),
        sa.Column("y1", sa.Integer, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name="fk_device_rule_sample_id"),
        sa.PrimaryKeyConstraint("id", name="pk_device_rule"),
        sa.UniqueConstraint("sample_id", "x0", "y0", "x1", "y1", name="uq_device_rule"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_device_rule_project_id", "device_rule", ["project", "id"])
