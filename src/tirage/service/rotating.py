"""Rotating a node's master key: what the old one sealed is sealed anew, by steps that may end anywhere.

Interrupted anywhere, the same call goes on. No other process of this node works meanwhile.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine

from tirage import faults
from tirage.errors import Permanent
from tirage.service.build import make_database
from tirage.service.console import entrance
from tirage.service.console import repeats as answered
from tirage.settings import Settings
from tirage.store import audit, keyring, people, repeats, times, trail
from tirage.store.audit import Line
from tirage.store.crosswalk import Crosswalk, Keys, expected_key_id, find_keys, rotation
from tirage.store.crosswalk.rotation import Left, Place
from tirage.store.crosswalk.rows import Rows
from tirage.store.database import open_database, repeated
from tirage.store.keys import MasterKey
from tirage.store.ownership import WORKER, own
from tirage.store.sealing import Sealer

NOBODY = Left(0, 0)
BEGUN, ENDED = "rotate-keys-begin", "rotate-keys-end"


class KeyToComeForeign(Permanent):
    """The key file that is to take over was made to follow another key than this node's."""

    code = "KEY_TO_COME_FOREIGN"
    exit_code = 73
    remedy = "Move `master.key.new` out of the key folder, and find out whose it is; then rotate again."


@dataclass(frozen=True, slots=True)
class Rotated:
    """The key of now, the one before it, where the file of that one is, and how many patients there are."""

    key: str
    old_key: str
    old_file: Path
    patients: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Which key opens the crosswalk, and while keys are rotated which other one some patients have still."""

    key: str
    old_key: str = ""
    left: Left = NOBODY


def standing(settings: Settings) -> Standing:
    """How the crosswalk stands with the key files that are there; raises what opening it raises."""
    engine = open_database(settings.crosswalk_url)
    try:
        keys = find_keys(engine, settings.master_key)
        Crosswalk(engine, keys.current, keys.old)
        if keys.old is None:
            return Standing(keys.current.info.id)
        left = rotation.left(engine, keys.old.info.id)
        return Standing(keys.current.info.id, keys.old.info.id, left)
    finally:
        engine.dispose()


def rotate(settings: Settings, actor: str, progress: Callable[[Left], None]) -> Rotated:
    """Give the node a new master key, or go on with a rotation that was interrupted.

    Raises `StoreInUse` while the node runs, and what opening the crosswalk raises.
    """
    with _opened(settings) as (links, database):
        expected_key_id(links)  # nothing is touched where there is no crosswalk
        with own(settings.identified), own(settings.identified, name=WORKER):
            return _rotate(settings, actor, progress, links, database)


def _rotate(
    settings: Settings, actor: str, progress: Callable[[Left], None], links: Engine, database: Engine
) -> Rotated:
    path = settings.master_key
    keys = find_keys(links, path)
    Crosswalk(links, keys.current, keys.old)
    old, new = _pair(path, keys)
    faults.reach("rotate:after-key")
    _tell(database, actor, BEGUN, old, new)
    rotation.begin(links, old, new)
    faults.reach("rotate:after-begin")
    found = _carry(links, old, new, progress)
    repeated(database, partial(_reseal, sealer=Keys(new, old).sealer()))
    faults.reach("rotate:after-accounts")
    kept = keyring.swap(path, old)
    faults.reach("rotate:after-swap")
    rotation.compact(links)
    _tell(database, actor, ENDED, old, new)
    rotation.end(links, old, new)
    faults.reach("rotate:after-end")
    return Rotated(new.info.id, old.info.id, kept, found)


def _pair(path: Path, keys: Keys) -> tuple[MasterKey, MasterKey]:
    """The key to go and the key to come, which is made when no rotation was begun."""
    if keys.old is not None:
        return keys.old, keys.current
    new = keyring.successor(path, keys.current)
    if new.info.follows != keys.current.info.id:
        raise KeyToComeForeign(f"key {new.info.id} was not made to follow key {keys.current.info.id}")
    return keys.current, new


def _carry(links: Engine, old: MasterKey, new: MasterKey, progress: Callable[[Left], None]) -> int:
    """Seal every patient's rows anew, some in a transaction; how many patients there are."""
    before, after = Rows(old), Rows(new)

    def unit(connection: Connection, place: Place) -> Place | None:
        reached = rotation.step(connection, before, after, place)
        if reached is not None:
            faults.reach("rotate:before-commit")
        return reached

    found, place = rotation.left(links, before.key_id), Place()
    while found.left:
        progress(found)
        reached = repeated(links, partial(unit, place=place))
        if reached is None:
            # Counted anew, and looked through again should another process have been in between.
            found, place = rotation.left(links, before.key_id), Place()
        else:
            faults.reach("rotate:after-commit")
            found, place = found._replace(left=max(found.left - rotation.BATCH, 1)), reached
    progress(found)
    return found.total


def _reseal(connection: Connection, sealer: Sealer) -> None:
    """Seal anew what the console keeps: second factors, and answers that may be asked for again."""
    for number, *both in people.factors(connection):
        fresh = [each and sealer.renewed(each, entrance.place(number)) for each in both]
        if any(fresh):
            totp, offered = (after or before for after, before in zip(fresh, both, strict=True))
            people.keep_factors(connection, number, totp, offered)
    for account, key, sealed in repeats.answers(connection):
        renewed = sealer.renewed(sealed, answered.place(account, key))
        if renewed is not None:
            repeats.keep(connection, account, key, renewed)


def _tell(database: Engine, actor: str, action: str, old: MasterKey, new: MasterKey) -> None:
    """One line of the audit for each end of a rotation, however often it was interrupted."""
    subject, at = f"key:{new.info.id}", times.micros(times.now())
    line = Line(actor, action, subject, {"from": old.info.id, "to": new.info.id})

    def unit(connection: Connection) -> None:
        if not trail.page(connection, trail.Sought(action=action, subject=subject), None, 1):
            audit.append(connection, [line], at)

    repeated(database, unit)


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Engine, Engine]]:
    links, database = open_database(settings.crosswalk_url), make_database(settings)
    try:
        yield links, database
    finally:
        links.dispose()
        database.dispose()
