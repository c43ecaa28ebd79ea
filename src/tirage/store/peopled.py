"""The tables of people: accounts, roles, sessions, tokens, codes that are used once, attempts at a door.

Of every secret its SHA-256 alone is kept (they are 32 random bytes), of a password its argon2 hash; the
secret of the second factor is sealed.
"""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from tirage.store.schema import Number, Sha256, Time, metadata

_IS_FOREIGN = text("subject <> ''")

account = Table(
    "account",
    metadata,
    Column("id", Number, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("password", Text, nullable=False),  # '' when it has none (yet)
    Column("totp", LargeBinary),  # sealed; null when there is no second factor
    Column("totp_offered", LargeBinary),  # sealed; shown as a picture and not confirmed yet
    Column("totp_step", Number, nullable=False),  # the last step a code was taken of: no code twice
    Column("issuer", Text, nullable=False),  # of the hospital's sign-in, '' for local accounts
    Column("subject", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("disabled_at", Time),
    UniqueConstraint("name"),
    Index(
        "uq_account_subject",
        "issuer",
        "subject",
        unique=True,
        sqlite_where=_IS_FOREIGN,
        postgresql_where=_IS_FOREIGN,
    ),
    sqlite_autoincrement=True,  # handles in the audit: never used twice
)

account_grant = Table(
    "account_grant",
    metadata,
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("project", String(64), nullable=False),  # '*' for every one
    Column("origin", String(16), nullable=False),  # 'local', or 'oidc': renewed at each sign-in
    PrimaryKeyConstraint("account_id", "role", "project", "origin"),
    Index(None, "role", "project"),
)

session = Table(
    "session",
    metadata,
    Column("id", Number, primary_key=True),
    Column("hash", Sha256, nullable=False),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("step", String(16), nullable=False),  # '' when signed in, 'half' while the code is missing
    Column("csrf", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("seen_at", Time, nullable=False),
    Column("ended_at", Time),
    UniqueConstraint("hash"),
    Index(None, "account_id", "id"),
    sqlite_autoincrement=True,
)

token = Table(
    "token",
    metadata,
    Column("id", Number, primary_key=True),
    Column("hash", Sha256, nullable=False),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
    Column("used_at", Time),
    Column("ended_at", Time),
    UniqueConstraint("hash"),
    Index(None, "account_id", "id"),
    sqlite_autoincrement=True,
)

code = Table(
    "code",  # opens the way to a password once
    metadata,
    Column("hash", Sha256, primary_key=True),
    Column("account_id", ForeignKey("account.id")),  # null: the first administrator has no account yet
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
    Column("used_at", Time),
    Index(None, "account_id"),
)

attempt = Table(
    "attempt",
    metadata,
    Column(
        "key", Sha256, primary_key=True
    ),  # of an account's name or an address, which may be anything typed
    Column("failures", Integer, nullable=False),
    Column("last_at", Time, nullable=False),
    Column("until_at", Time, nullable=False),  # nothing is looked at before
    Index(None, "last_at"),
)

audit_head = Table(
    "audit_head",  # ends of the chain, signed
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("hash", Sha256, nullable=False),
    Column("at", Time, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

audit_cursor = Table(
    "audit_cursor",  # how far the chain was sent on
    metadata,
    Column("receiver", String(200), primary_key=True),
    Column("seq", Number, nullable=False),
    Column("at", Time, nullable=False),
    Column("failing", String(32), nullable=False),  # a code, '' while lines are taken
)
