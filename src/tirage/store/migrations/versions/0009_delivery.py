"""What shows that a destination has a file, and how sending to each destination goes."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the proof of each delivery and the table of destinations."""
    op.add_column("delivery", sa.Column("proof", sa.String(length=16), nullable=False, server_default=""))
    op.create_table(
        "destination",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("resumed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project", "name", name="pk_destination"),
    )
