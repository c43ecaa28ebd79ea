"""People: accounts, roles, sessions, tokens, codes, attempts; signed heads of the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HASH = sa.LargeBinary(32)
_IS_FOREIGN = sa.text("subject <> ''")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "account",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("totp", sa.LargeBinary, nullable=True),
        sa.Column("totp_offered", sa.LargeBinary, nullable=True),
        sa.Column("totp_step", NUMBER, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("disabled_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_account_subject",
        "account",
        ["issuer", "subject"],
        unique=True,
        sqlite_where=_IS_FOREIGN,
        postgresql_where=_IS_FOREIGN,
    )
    op.create_table(
        "account_grant",
        sa.Column("account_id", NUMBER, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_grant_account_id"),
        sa.PrimaryKeyConstraint("account_id", "role", "project", "origin", name="pk_account_grant"),
    )
    op.create_index("ix_account_grant_role_project", "account_grant", ["role", "project"])
    op.create_table(
        "session",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("hash", HASH, nullable=False),
        sa.Column("account_id", NUMBER, nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("csrf", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_session_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("hash", name="uq_session_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_account_id_id", "session", ["account_id", "id"])
    op.create_table(
        "token",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("hash", HASH, nullable=False),
        sa.Column("account_id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=True),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_token_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("hash", name="uq_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_token_account_id_id", "token", ["account_id", "id"])
    op.create_table(
        "code",
        sa.Column("hash", HASH, nullable=False),
        sa.Column("account_id", NUMBER, nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_code_account_id"),
        sa.PrimaryKeyConstraint("hash", name="pk_code"),
    )
    op.create_index("ix_code_account_id", "code", ["account_id"])
    op.create_table(
        "attempt",
        sa.Column("key", HASH, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("until_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_attempt"),
    )
    op.create_index("ix_attempt_last_at", "attempt", ["last_at"])
    op.create_table(
        "audit_head",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("hash", HASH, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_head"),
    )
    op.create_table(
        "audit_cursor",
        sa.Column("receiver", sa.String(length=200), nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("failing", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("receiver", name="pk_audit_cursor"),
    )
    op.create_index("ix_audit_actor_seq", "audit", ["actor", "seq"])
    op.create_index("ix_audit_action_seq", "audit", ["action", "seq"])
    op.create_index("ix_audit_at", "audit", ["at"])
