"""Making a crosswalk, and opening one with the key files that are there."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from tirage.model.records import Confidential
from tirage.store import keyring
from tirage.store.crosswalk.links import Crosswalk
from tirage.store.crosswalk.refusals import CrosswalkExists, RotationUnfinished
from tirage.store.crosswalk.rows import Rows
from tirage.store.crosswalk.tables import METADATA, SELF, VERSION, insert, state_of
from tirage.store.database import repeated
from tirage.store.keys import KeyMissing, MasterKey, load_master_key
from tirage.store.sealing import Sealer


@dataclass(frozen=True, slots=True, repr=False)
class Keys(Confidential):
    """The master key that opens the crosswalk; during a rotation the one before it, too."""

    current: MasterKey
    old: MasterKey | None = None

    def sealer(self) -> Sealer:
        """Seals with the key of now and opens what either sealed."""
        return Sealer(self.current.secret, *([self.old.secret] if self.old else []))


def create_crosswalk(engine: Engine, master: MasterKey) -> None:
    """Make an empty crosswalk for this key; raises `CrosswalkExists`.

    Research values are derived from this key's secret, which the crosswalk keeps when the key is rotated.
    """
    rows = Rows(master)
    if engine.dialect.name == "sqlite" and engine.url.database:
        # SQLite would take the umask; its journal files take the mode of this one.
        Path(engine.url.database).touch(mode=0o600, exist_ok=True)

    def unit(connection: Connection) -> None:
        METADATA.create_all(connection)
        row = {
            "id": 1,
            "version": VERSION,
            "key_id": master.info.id,
            "canary": rows.canary(),
            "secret": rows.seal_secret(master.secret),
        }
        # The row count is not told by every driver.
        statement = insert(connection, SELF).values(row).on_conflict_do_nothing().returning(SELF.c.id)
        if connection.execute(statement).first() is None:
            raise CrosswalkExists("a crosswalk is already there")

    repeated(engine, unit)


def expected_key_id(engine: Engine) -> str:
    """The id of the master key that opens this crosswalk; raises `CrosswalkMissing`."""
    return state_of(engine).key_id


def find_keys(engine: Engine, path: Path) -> Keys:
    """The key files that this crosswalk asks for, `path` being the master key's.

    Raises `KeyMissing`, `CrosswalkMissing`; during a rotation `RotationUnfinished` without one of the two.
    """
    is_there = path.exists()
    master = load_master_key(path) if is_there else None
    state = state_of(engine) if is_there or keyring.new_path(path).exists() else None
    if state is not None and state.old_key_id:
        found = {each: keyring.find(path, each) for each in (state.key_id, state.old_key_id)}
        if master is None or master.info.id in found:
            current, old = found[state.key_id], found[state.old_key_id]
            if current is None or old is None:
                missing = state.key_id if current is None else state.old_key_id
                raise RotationUnfinished(f"a rotation is half done, and the file of key {missing} is missing")
            return Keys(current, old)
    if master is None:
        raise KeyMissing("no key file")
    return Keys(master)


def open_crosswalk(engine: Engine, path: Path) -> tuple[Crosswalk, Keys]:
    """The crosswalk and its keys; raises what `find_keys` and `Crosswalk` raise, and never makes one."""
    keys = find_keys(engine, path)
    return Crosswalk(engine, keys.current, keys.old), keys
