"""Giving the crosswalk another master key: what research values are derived from stays what it is.

Each transaction leaves every row sealed with one of the two keys, and says with which.
"""

from itertools import groupby
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from tirage.store.crosswalk.refusals import CrosswalkMissing, WrongKey
from tirage.store.crosswalk.rows import Rows, carry
from tirage.store.crosswalk.tables import PATIENT, SELF, State, read
from tirage.store.database import is_postgres, reading, repeated
from tirage.store.keys import MasterKey

BATCH = 500
"""Patients sealed anew in one transaction."""


class Place(NamedTuple):
    """How far a look through the rows has come."""

    project: str = ""
    lookup: bytes = b""


class Left(NamedTuple):
    """Patients whose rows have the old key still, of all."""

    left: int
    total: int


def begin(engine: Engine, old: MasterKey, new: MasterKey) -> None:
    """From here on the new key opens the crosswalk, and seals; rows that are there keep the old one for now.

    Repeatable. Raises `WrongKey` when the crosswalk has another key than these.
    """

    def unit(connection: Connection) -> None:
        state = _locked(connection)
        if (state.key_id, state.old_key_id) == (new.info.id, old.info.id):
            return
        before, after = Rows(old), Rows(new)
        before.check(state)
        if state.old_key_id:
            raise WrongKey(f"the crosswalk is being given key {state.key_id}")
        values = {
            "key_id": new.info.id,
            "canary": after.canary(),
            "secret": after.seal_secret(before.secret(state)),
            "old_key_id": old.info.id,
        }
        connection.execute(sa.update(SELF).values(values))

    repeated(engine, unit)


def step(connection: Connection, old: Rows, new: Rows, after: Place) -> Place | None:
    """Seal the next patients anew, in this transaction; how far it came, None when nobody was left."""
    behind = sa.tuple_(PATIENT.c.project, PATIENT.c.lookup) > sa.tuple_(
        sa.literal(after.project), sa.literal(after.lookup, PATIENT.c.lookup.type)
    )
    query = sa.select(PATIENT).where(PATIENT.c.key_id == old.key_id, behind)
    query = query.order_by(PATIENT.c.project, PATIENT.c.lookup).limit(BATCH).with_for_update()
    rows = connection.execute(query).all()
    for project, group in groupby(rows, key=lambda row: row.project):
        carry(connection, old, new, project, list(group))
    return Place(rows[-1].project, bytes(rows[-1].lookup)) if rows else None


def left(engine: Engine, old_key_id: str) -> Left:
    """How many patients have the old key still."""
    has_old = sa.func.count().filter(PATIENT.c.key_id == old_key_id)
    with reading(engine) as connection:
        row = connection.execute(sa.select(has_old, sa.func.count()).select_from(PATIENT)).one()
    return Left(row[0], row[1])


def compact(engine: Engine) -> None:
    """Have the database give up what deleted rows held: a copy of its files shows them no more."""
    if is_postgres(engine):
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for name in ("crosswalk", "crosswalk_patient", "crosswalk_seen"):
                connection.exec_driver_sql(f"VACUUM FULL {name}")
        return
    # Neither runs within a transaction, which the engine's own connections begin by themselves.
    plain = engine.raw_connection()
    try:
        for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            cursor = plain.cursor()
            cursor.execute(statement)
            cursor.close()
    finally:
        plain.close()


def end(engine: Engine, old: MasterKey, new: MasterKey) -> None:
    """The old key opens nothing more. Raises `WrongKey` when a row has it still."""

    def unit(connection: Connection) -> None:
        state = _locked(connection)
        if (state.key_id, state.old_key_id) != (new.info.id, old.info.id):
            raise WrongKey(f"the crosswalk is not being given key {new.info.id}")
        has_old = sa.select(sa.func.count()).select_from(PATIENT).where(PATIENT.c.key_id != new.info.id)
        if connection.execute(has_old).scalar_one():
            raise WrongKey(f"rows of the crosswalk still have key {old.info.id}")
        connection.execute(sa.update(SELF).values(old_key_id=None))

    repeated(engine, unit)


def _locked(connection: Connection) -> State:
    state = read(connection, lock=True)
    if state is None:
        raise CrosswalkMissing("no crosswalk")
    return state
