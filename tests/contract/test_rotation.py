"""F37: a rotated master key changes who can open the crosswalk, and nothing that research sees."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from tests.flow.nodes import TestNode

from tirage.link.pseudonym import keyed_pseudonym, make_link, project_key
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Held, Outcome, Passed
from tirage.model.reasons import HoldReason
from tirage.model.records import Link, PatientIdentity
from tirage.service.rotating import rotate
from tirage.store import keyring, trail
from tirage.store.crosswalk import (
    Crosswalk,
    CrosswalkMissing,
    KeyRotated,
    RotationUnfinished,
    WrongKey,
    create_crosswalk,
    find_keys,
    open_crosswalk,
    rotation,
)
from tirage.store.crosswalk.rotation import Place
from tirage.store.crosswalk.rows import Rows
from tirage.store.database import open_database, reading, repeated
from tirage.store.keys import (
    KeyDamaged,
    MasterKey,
    create_master_key,
    load_master_key,
    temporary_master_key,
)

LUNG, HEART = ProjectName("lung"), ProjectName("heart")
PEOPLE = [PatientIdentity(f"P{number}", "QH", "Roe^Jane", "19700102", "F") for number in range(6)]
LATER = PatientIdentity(" P1 ", "QH", "ROE^JANE")
TWINS = [PatientIdentity("T", name="Roe^Ann"), PatientIdentity("T", name="Poe^Una")]
SUPPLIED = {"S1": "S001", "S2": "S001"}

Answers = list[Outcome[Link]]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def old(engine: Engine) -> MasterKey:
    master = temporary_master_key()
    create_crosswalk(engine, master)
    return master


@pytest.fixture
def new() -> MasterKey:
    return temporary_master_key()


def answers(crosswalk: Crosswalk) -> Answers:
    """What the crosswalk answers for people of every scheme: pseudonym, offset and the key of their UIDs."""
    found = crosswalk.links_for(LUNG, [*PEOPLE, LATER], prefix="L-")
    found += crosswalk.links_for(HEART, PEOPLE[:2], "keyed")
    found += crosswalk.links_for(LUNG, TWINS, are_apart=True)
    found.append(crosswalk.link_for(LUNG, PatientIdentity("S1"), "supplied", supplied=SUPPLIED))
    assert all(isinstance(each, Passed) for each in found)
    return found


def carry(engine: Engine, old: MasterKey, new: MasterKey) -> None:
    place: Place | None = Place()
    while place is not None:
        place = repeated(engine, partial(rotation.step, old=Rows(old), new=Rows(new), after=place))


def rotated(engine: Engine, old: MasterKey, new: MasterKey) -> None:
    rotation.begin(engine, old, new)
    carry(engine, old, new)
    rotation.compact(engine)
    rotation.end(engine, old, new)


def test_nothing_that_research_sees_changes(engine: Engine, old: MasterKey, new: MasterKey) -> None:
    before = answers(Crosswalk(engine, old))
    rotated(engine, old, new)
    assert answers(Crosswalk(engine, new)) == before


def test_patients_of_after_a_rotation_are_of_the_same_secret(
    engine: Engine, old: MasterKey, new: MasterKey
) -> None:
    """A keyed pseudonym is what the first key says it is, after two rotations too."""
    third, late = temporary_master_key(), PatientIdentity("LATE")
    key = project_key(old.secret, HEART)
    expected = Passed(make_link(key, HEART, keyed_pseudonym(key, late)))
    rotated(engine, old, new)
    rotated(engine, new, third)
    assert Crosswalk(engine, third).link_for(HEART, late, "keyed") == expected


def test_the_old_key_is_refused_afterwards_and_a_third_one_at_every_stage(
    engine: Engine, old: MasterKey, new: MasterKey
) -> None:
    """F37: wrong key."""
    third = temporary_master_key()
    answers(Crosswalk(engine, old))
    stages: list[Callable[[], None]] = [
        lambda: rotation.begin(engine, old, new),
        lambda: carry(engine, old, new),
        lambda: rotation.end(engine, old, new),
    ]
    for stage in stages:
        with pytest.raises(WrongKey):
            Crosswalk(engine, third)
        with pytest.raises(WrongKey):
            Crosswalk(engine, third, old)
        with pytest.raises(WrongKey):
            rotation.begin(engine, third, temporary_master_key())
        stage()
    for wrong in (old, third):
        with pytest.raises(WrongKey, match=new.info.id):
            Crosswalk(engine, wrong)


def test_both_keys_are_valid_in_between(engine: Engine, old: MasterKey, new: MasterKey) -> None:
    """F37: both keys valid. Known patients are found, new ones are made once, nobody is there twice."""
    before = answers(Crosswalk(engine, old))
    rotation.begin(engine, old, new)
    half = Crosswalk(engine, new, old)
    assert half.old_key_id == old.info.id
    assert half.links_for(LUNG, PEOPLE[:2], prefix="L-") == before[:2]
    fresh = half.link_for(LUNG, PatientIdentity("FRESH"))
    assert rotation.left(engine, old.info.id) == (9, 12)
    other = PatientIdentity("P3", "QH", "Doe^John", "19700102", "F")
    assert half.link_for(LUNG, other) == Held(HoldReason.IDENTITY_CONFLICT)
    carry(engine, old, new)
    rotation.end(engine, old, new)
    whole = Crosswalk(engine, new)
    assert answers(whole) == before == answers(half)
    assert whole.link_for(LUNG, PatientIdentity("FRESH")) == fresh


def test_a_supplied_pseudonym_is_not_given_twice_in_between(
    engine: Engine, old: MasterKey, new: MasterKey
) -> None:
    answers(Crosswalk(engine, old))
    rotation.begin(engine, old, new)
    half = Crosswalk(engine, new, old)
    taken = half.link_for(LUNG, PatientIdentity("S2"), "supplied", supplied=SUPPLIED)
    assert taken == Held(HoldReason.IDENTITY_CONFLICT)


def test_a_process_of_before_writes_nothing_with_the_old_key(
    engine: Engine, old: MasterKey, new: MasterKey
) -> None:
    """A worker on another host that missed the rotation makes no second pseudonym for anybody."""
    stale = Crosswalk(engine, old)
    before = answers(stale)
    rotation.begin(engine, old, new)
    assert answers(stale) == before
    with pytest.raises(KeyRotated):
        stale.link_for(LUNG, PatientIdentity("FRESH"))
    carry(engine, old, new)
    rotation.end(engine, old, new)
    with pytest.raises(KeyRotated):
        stale.links_for(LUNG, PEOPLE)
    assert answers(Crosswalk(engine, new)) == before


def test_it_does_not_end_while_a_row_has_the_old_key(engine: Engine, old: MasterKey, new: MasterKey) -> None:
    answers(Crosswalk(engine, old))
    rotation.begin(engine, old, new)
    with pytest.raises(WrongKey, match=old.info.id):
        rotation.end(engine, old, new)


def test_a_crosswalk_of_version_1_keeps_its_answers(engine: Engine, old: MasterKey, new: MasterKey) -> None:
    before = answers(Crosswalk(engine, old))
    with engine.begin() as connection:
        for table, column in (
            ("crosswalk", "secret"),
            ("crosswalk", "old_key_id"),
            ("crosswalk_patient", "key_id"),
        ):
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.exec_driver_sql("UPDATE crosswalk SET version = 1")
    with pytest.raises(WrongKey):
        Crosswalk(engine, new)
    assert answers(Crosswalk(engine, old)) == before
    rotated(engine, old, new)
    assert answers(Crosswalk(engine, new)) == before


def files(engine: Engine, path: Path) -> tuple[MasterKey, MasterKey]:
    """A crosswalk of the key in `path`, half given to the key beside it."""
    create_master_key(path)
    old = load_master_key(path)
    create_crosswalk(engine, old)
    new = keyring.successor(path, old)
    answers(Crosswalk(engine, old))
    rotation.begin(engine, old, new)
    return old, new


@pytest.mark.parametrize("which", ["new", "old"])
def test_a_key_that_is_missing_half_way_is_named(engine: Engine, tmp_path: Path, which: str) -> None:
    """F37: key file missing while a rotation is half done."""
    path = tmp_path / "keys" / "master.key"
    old, new = files(engine, path)
    gone, missing = (keyring.new_path(path), new) if which == "new" else (path, old)
    aside = gone.rename(tmp_path / "aside")
    for _ in range(2):
        with pytest.raises(RotationUnfinished, match=missing.info.id) as caught:
            open_crosswalk(engine, path)
        assert "tirage keys rotate" in caught.value.remedy
    aside.rename(gone)
    assert find_keys(engine, path).current.info.id == new.info.id
    with pytest.raises(RotationUnfinished, match=new.info.id):
        Crosswalk(engine, old)


def test_another_key_in_the_place_of_the_old_one_is_refused_and_kept(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    files(engine, path)
    path.unlink()
    create_master_key(path)
    with pytest.raises(WrongKey):
        open_crosswalk(engine, path)


def test_the_old_key_is_found_where_the_files_were_exchanged_already(engine: Engine, tmp_path: Path) -> None:
    """A crosswalk restored from a copy made half-way is ended with the files of after."""
    path = tmp_path / "keys" / "master.key"
    old, new = files(engine, path)
    assert keyring.swap(path, old) == keyring.old_path(path, old.info.id)
    for _ in range(2):
        keyring.swap(path, old)
        crosswalk, keys = open_crosswalk(engine, path)
        assert (keys.current.info.id, keys.old and keys.old.info.id) == (new.info.id, old.info.id)
    assert answers(crosswalk)


def test_no_crosswalk_is_made_in_passing(engine: Engine, tmp_path: Path) -> None:
    """F37: never a fresh crosswalk."""
    path = tmp_path / "keys" / "master.key"
    create_master_key(path)
    keyring.successor(path, load_master_key(path))
    for _ in range(2):
        with pytest.raises(CrosswalkMissing):
            open_crosswalk(engine, path)
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []


def test_the_old_key_is_not_replaced_where_its_copy_is_not_its_own(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    create_master_key(path)
    old = load_master_key(path)
    keyring.successor(path, old)
    create_master_key(keyring.old_path(path, old.info.id))
    with pytest.raises(KeyDamaged):
        keyring.swap(path, old)
    assert load_master_key(path).secret == old.secret


def test_a_nodes_keys_are_rotated_and_nothing_is_told_but_their_ids(
    database_url: str, tmp_path: Path
) -> None:
    """The whole of it, with the crosswalk in a database of each kind."""
    node = TestNode(tmp_path / "here", databases=f'[databases]\ncrosswalk = "{database_url}"\n')
    with node.open() as opened:
        before = answers(opened.parts.crosswalk)
    seen: list[rotation.Left] = []
    done = rotate(node.settings, "ada", seen.append)
    assert (seen[0], seen[-1], done.patients) == ((11, 11), (0, 11), 11)
    with node.open() as opened:
        assert answers(opened.parts.crosswalk) == before
        with reading(opened.parts.database) as connection:
            lines = trail.page(connection, trail.Sought(actor="ada"), None, 10)
    ids = {"from": done.old_key, "to": done.key}
    assert [(each.action, each.subject, orjson.loads(each.detail)) for each in lines] == [
        ("rotate-keys-end", f"key:{done.key}", ids),
        ("rotate-keys-begin", f"key:{done.key}", ids),
    ]
    again = rotate(node.settings, "ada", seen.append)
    assert (again.old_key, again.patients) == (done.key, 11)
    with node.open() as opened:
        assert answers(opened.parts.crosswalk) == before
