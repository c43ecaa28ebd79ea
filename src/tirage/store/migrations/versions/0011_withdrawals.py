"""What was called back after it was released, and who has been told."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of withdrawals."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "withdrawal",
        sa.Column("id", number, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("newest_release", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawal"),
        sa.UniqueConstraint("project", "number", name="uq_withdrawal_project_number"),
    )
    op.create_table(
        "withdrawn_study",
        sa.Column("withdrawal_id", number, nullable=False),
        sa.Column("study", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawal.id"], name="fk_withdrawn_study_withdrawal_id"
        ),
        sa.PrimaryKeyConstraint("withdrawal_id", "study", name="pk_withdrawn_study"),
    )
    op.create_index("ix_withdrawn_study_study", "withdrawn_study", ["study"])
    op.create_table(
        "withdrawal_notice",
        sa.Column("withdrawal_id", number, nullable=False),
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawal.id"], name="fk_withdrawal_notice_withdrawal_id"
        ),
        sa.PrimaryKeyConstraint("withdrawal_id", "destination", name="pk_withdrawal_notice"),
    )
