"""Resolving holds: retries, waivers, notes, corrections, erased studies."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of what people decide about objects that did not go on."""
    op.add_column("finding", sa.Column("superseded_at", sa.BigInteger, nullable=True))
    op.create_table(
        "retry",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("study_id", NUMBER, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_retry_study_id"),
        sa.PrimaryKeyConstraint("project", "study_id", name="pk_retry"),
    )
