"""What shows that a destination has a file, and how sending to each destination goes."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


ANSWERED = """
    SELECT delivery.release_id, delivery.destination, delivery.status, count(*) AS files,
           max(delivery.updated_at) AS at,
           release.members + release.lists + (
               SELECT count(DISTINCT digest) FROM release_file WHERE release_file.release_id = release.id
           ) AS expected
    FROM delivery JOIN release ON release.id = delivery.release_id
    WHERE delivery.status IN ('delivered', 'already', 'skipped', 'conflict')
    GROUP BY delivery.release_id, delivery.destination, delivery.status,
             release.id, release.members, release.lists
"""


def _take_over() -> None:
    """Releases that destinations have answered for already are not delivered again."""
    found: dict[tuple[int, str], list[sa.Row[Any]]] = {}
    for row in op.get_bind().execute(sa.text(ANSWERED)):
        found.setdefault((row.release_id, row.destination), []).append(row)
    ended = [
        {
            "release_id": number,
            "destination": destination,
            "ended_at": max(row.at for row in rows),
            "counts": json.dumps([[row.status, "", row.files] for row in rows]),
        }
        for (number, destination), rows in found.items()
        if sum(row.files for row in rows) >= rows[0].expected
    ]
    if ended:
        columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in ended[0]]
        op.bulk_insert(sa.table("handover", *columns), ended)


def upgrade() -> None:
    """Add the proof of each delivery and the table of destinations."""
    op.add_column("delivery", sa.Column("proof", sa.String(length=16), nullable=False, server_default=""))
    op.create_table(
        "handover",
        sa.Column("release_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_handover_release_id"),
        sa.PrimaryKeyConstraint("release_id", "destination", name="pk_handover"),
    )
    _take_over()
    op.create_table(
        "destination",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("resumed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project", "name", name="pk_destination"),
    )
