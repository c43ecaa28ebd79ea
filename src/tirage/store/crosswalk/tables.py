"""The crosswalk's tables, and how one of an earlier version is brought to this one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import postgresql, sqlite

from tirage.store.crosswalk.refusals import CrosswalkMissing, CrosswalkVersion
from tirage.store.database import reading

VERSION = 2
"""1 had no secret of its own and rows without key: its rows are all sealed with the one master key."""

METADATA = sa.MetaData()
_BINARY = sa.LargeBinary

SELF = sa.Table(
    "crosswalk",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, comment="always 1"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("key_id", sa.String(16), nullable=False, comment="the master key that opens this crosswalk"),
    sa.Column("canary", _BINARY, nullable=False, comment="sealed known text: a wrong key cannot open it"),
    sa.Column("secret", _BINARY, comment="sealed: what research values are derived from, whatever the key"),
    sa.Column("old_key_id", sa.String(16), comment="while keys are rotated: the one rows may still have"),
)
PATIENT = sa.Table(
    "crosswalk_patient",
    METADATA,
    sa.Column("project", sa.String(64), primary_key=True),
    sa.Column("lookup", _BINARY, primary_key=True, comment="HMAC of project, issuer and patient identifier"),
    sa.Column("pseudonym_lookup", _BINARY, nullable=False, comment="HMAC of project and pseudonym"),
    sa.Column("sealed", _BINARY, nullable=False, comment="identity and pseudonym, AES-256-GCM"),
    sa.Column("key_id", sa.String(16), nullable=False, comment="master key of this row and of what was seen"),
    sa.UniqueConstraint("project", "pseudonym_lookup"),
)
SEEN = sa.Table(
    "crosswalk_seen",
    METADATA,
    sa.Column("project", sa.String(64), primary_key=True),
    sa.Column("lookup", _BINARY, primary_key=True),
    sa.Column("said_lookup", _BINARY, primary_key=True, comment="HMAC of the demographics as received"),
    sa.Column("sealed", _BINARY, nullable=False, comment="demographics as received, AES-256-GCM"),
    sa.ForeignKeyConstraint(
        ["project", "lookup"], ["crosswalk_patient.project", "crosswalk_patient.lookup"], ondelete="CASCADE"
    ),
)
_SINCE_2 = (SELF.c.secret, SELF.c.old_key_id)


@dataclass(frozen=True, slots=True)
class State:
    """What a crosswalk says of itself; `secret` is None in version 1, `old_key_id` '' outside a rotation."""

    version: int
    key_id: str
    canary: bytes
    secret: bytes | None
    old_key_id: str


def state_of(engine: Engine) -> State:
    """The state of a crosswalk; raises `CrosswalkMissing` or `CrosswalkVersion`."""
    # Connecting would leave an empty file where the crosswalk should be.
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        raise CrosswalkMissing("no crosswalk")
    with reading(engine) as connection:
        state = read(connection) if sa.inspect(connection).has_table(SELF.name) else None
    if state is None:
        raise CrosswalkMissing("no crosswalk")
    if state.version not in (1, VERSION):
        raise CrosswalkVersion(f"this crosswalk has version {state.version}, expected {VERSION}")
    return state


def read(connection: Connection, *, lock: bool = False) -> State | None:
    """The state in this transaction; `lock` keeps others from reading it with a lock until the end."""
    first = sa.select(SELF.c.version, SELF.c.key_id, SELF.c.canary)
    row = connection.execute(first.with_for_update() if lock else first).one_or_none()
    if row is None:
        return None
    more: Any = connection.execute(sa.select(*_SINCE_2)).one() if row.version == VERSION else (None, None)
    return State(row.version, row.key_id, bytes(row.canary), more[0] and bytes(more[0]), more[1] or "")


def upgrade(connection: Connection, key_id: str, secret: bytes) -> None:
    """Bring a crosswalk of version 1 to this one, in this transaction: all its rows have the key `key_id`."""
    state = read(connection, lock=True)
    if state is None or state.version == VERSION:
        return  # another process was first
    for column in _SINCE_2:
        _add(connection, column)
    # The id is 16 hexadecimal digits, and a default is the one thing that cannot be a parameter.
    _add(connection, PATIENT.c.key_id, f" NOT NULL DEFAULT '{int(key_id, 16):016x}'")
    connection.execute(sa.update(SELF).values(version=VERSION, secret=secret))


def insert(connection: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that can say what to do on a conflict."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _add(connection: Connection, column: sa.Column[Any], more: str = "") -> None:
    kind = column.type.compile(connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {column.name} {kind}{more}")
