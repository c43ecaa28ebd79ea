"""What the console needs: changes by their keys, and finding a study by what it was released as."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of keys and the indexes of what was released."""
    op.create_table(
        "repeat",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "key", name="pk_repeat"),
    )
    op.create_index("ix_repeat_at", "repeat", ["at"])
    op.create_index("ix_output_pseudonym", "output", ["pseudonym"])
    op.create_index("ix_output_study", "output", ["study"])
