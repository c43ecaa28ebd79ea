"""Candidates for a release, and who signed them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of signing; releases made before it keep a candidate that nobody had to sign."""
    op.create_table(
        "candidate",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("policy", sa.LargeBinary(32), nullable=False),
        sa.Column("terms", sa.LargeBinary(32), nullable=False),
        sa.Column("members", sa.LargeBinary(32), nullable=False),
        sa.Column("statement", sa.LargeBinary(32), nullable=False),
        sa.Column("signatures", sa.SmallInteger, nullable=False),
        sa.Column("objects", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("proposed_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
        sa.Column("ended_by", sa.Text, nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("release_id", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_candidate_release_id"),
        sa.PrimaryKeyConstraint("id", name="pk_candidate"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_candidate_project_id", "candidate", ["project", "id"])
    op.create_index("ix_candidate_state_id", "candidate", ["state", "id"])
    op.create_index("ix_candidate_release_id", "candidate", ["release_id"])
    is_open = sa.text("state IN ('proposed', 'signed')")
    op.create_index(
        "uq_candidate_open",
        "candidate",
        ["project"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "candidate_member",
        sa.Column("candidate_id", NUMBER, nullable=False),
        sa.Column("received_id", NUMBER, nullable=False),
        sa.Column("output_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name="fk_candidate_member_candidate_id"),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name="fk_candidate_member_received_id"),
        sa.PrimaryKeyConstraint("candidate_id", "received_id", name="pk_candidate_member"),
    )
    op.create_table(
        "candidate_file",
        sa.Column("candidate_id", NUMBER, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name="fk_candidate_file_candidate_id"),
        sa.PrimaryKeyConstraint("candidate_id", "name", name="pk_candidate_file"),
    )
    op.create_table(
        "signature",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("candidate_id", NUMBER, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("statement", sa.LargeBinary(32), nullable=False),
        sa.Column("signed_at", sa.BigInteger, nullable=False),
        sa.Column("voided_at", sa.BigInteger, nullable=True),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidate.id"], name="fk_signature_candidate_id"),
        sa.PrimaryKeyConstraint("id", name="pk_signature"),
        sa.UniqueConstraint("candidate_id", "account", name="uq_signature_candidate_id_account"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "wish",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project", name="pk_wish"),
    )
    op.add_column("release", sa.Column("lists", sa.SmallInteger, nullable=False, server_default="3"))
    _keep_what_was_released()


def _keep_what_was_released() -> None:
    """A release made earlier was signed by nobody: its statement is 32 zero bytes, which no statement is."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    nothing = "decode(repeat('00', 32), 'hex')" if is_postgres else "zeroblob(32)"
    columns = (
        "project, version, state, policy, terms, members, statement, signatures, objects, size_bytes,"
        " evidence, requester, proposed_at, ended_at, ended_by, why, words, release_id"
    )
    values = (
        f"project, version, 'released', policy, policy, {nothing}, {nothing}, 0, members, size_bytes,"
        " '{}', 'worker', frozen_at, frozen_at, 'worker', '', '', id"
    )
    op.execute(f"INSERT INTO candidate ({columns}) SELECT {values} FROM release ORDER BY id")  # noqa: S608
