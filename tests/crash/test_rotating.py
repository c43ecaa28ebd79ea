"""F37: kill who rotates the keys at every place; the node works with both, and the same command ends it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.crash.test_pipeline import ROOT
from tests.flow.nodes import TestNode

from tirage.faults import POINTS, VARIABLE
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Outcome
from tirage.model.records import Link, PatientIdentity
from tirage.service.console.entrance import Factors, place
from tirage.service.heads import sign_now, verify
from tirage.service.rotating import standing
from tirage.store import audit as chain
from tirage.store import people, repeats
from tirage.store.audit import Line
from tirage.store.crosswalk.rotation import BATCH
from tirage.store.database import reading, repeated, writing
from tirage.store.keys import load_master_key
from tirage.store.passwords import new_factor
from tirage.store.schema import audit
from tirage.store.sealing import SealBroken, Sealer
from tirage.store.signing import load_signing_key

LUNG, HEART = ProjectName("lung"), ProjectName("heart")
PEOPLE = [PatientIdentity(f"Q-{number}", "QH", name="Roe^Jane") for number in range(BATCH + 7)]
TWINS = [PatientIdentity("Q-TWIN", "QH", name=name, sex="F") for name in ("Roe^Ann", "Poe^Una")]
FACTOR = new_factor()

Answers = list[Outcome[Link]]


def rotate(node: TestNode, fault: str = "", what: str = "") -> int:
    environment = os.environ | ({VARIABLE: fault} if fault else {})
    command = [sys.executable, "-m", "tests.crash.rotator", str(node.folder), *([what] if what else [])]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()[-2000:]
    return done.returncode


def links(node: TestNode, who: slice = slice(None)) -> Answers:
    """What the node answers for everybody, in both projects and schemes."""
    with node.open() as opened:
        crosswalk = opened.parts.crosswalk
        found = crosswalk.links_for(LUNG, PEOPLE[who])
        found += crosswalk.links_for(HEART, PEOPLE[:5], "keyed", "K-")
        return found + crosswalk.links_for(LUNG, TWINS, are_apart=True)


def secrets(node: TestNode) -> tuple[str, bytes]:
    """The second factor and the kept answer, opened with the keys that are there."""
    with node.open() as opened, reading(opened.parts.database) as connection:
        [(number, totp, _)] = people.factors(connection)
        [(account, key, sealed)] = repeats.answers(connection)
        assert totp is not None
        sealer = opened.parts.sealer
        body = sealer.open(sealed, b"\0".join((b"repeat", account.encode(), key.encode())))
        return Factors(sealer).open(number, totp), body


def told(node: TestNode, action: str) -> int:
    query = select(func.count()).select_from(audit).where(audit.c.action == action)
    with node.open() as opened, reading(opened.parts.database) as connection:
        return connection.execute(query).scalar_one()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Answers]:
    """Where a node stands, a copy of it with patients and an account, and what it answers."""
    root = tmp_path_factory.mktemp("rotating")
    node = TestNode(root / "here")
    expected = links(node)
    with node.open() as opened, writing(opened.parts.database) as connection:
        number = people.add(connection, "ada", 1)
        assert number is not None
        sealer = opened.parts.sealer
        people.take_factor(connection, number, sealer.seal(FACTOR.encode(), place(number)), 0)
        repeats.begin(connection, "ada", "once", b"f" * 32, 1)
        body = sealer.seal(b"shown once", b"repeat\0ada\0once")
        repeats.end(connection, "ada", "once", 201, "application/json", body)
    shutil.copytree(root / "here", root / "copy")
    return root / "here", root / "copy", expected


@pytest.fixture
def node(here: tuple[Path, Path, Answers]) -> TestNode:
    shutil.rmtree(here[0])
    shutil.copytree(here[1], here[0])
    return TestNode(here[0])


@pytest.mark.parametrize("point", [each for each in POINTS if each.startswith("rotate:")])
def test_a_kill_at_any_place_leaves_both_keys_valid_and_the_same_command_ends_it(
    node: TestNode, here: tuple[Path, Path, Answers], point: str
) -> None:
    """F37: rotation interrupted by kill -9."""
    expected = here[2]
    before = load_master_key(node.settings.master_key)
    assert rotate(node, f"{point}:1:kill") == -signal.SIGKILL, "the place was never reached"
    assert secrets(node) == (FACTOR, b"shown once")
    part = links(node, slice(3))
    assert part == expected[:3] + expected[len(PEOPLE) :]
    if point != "rotate:after-end":
        assert rotate(node) == 0
    after = load_master_key(node.settings.master_key)
    assert (after.info.follows, standing(node.settings).key) == (before.info.id, after.info.id)
    assert standing(node.settings).old_key == ""
    assert links(node) == expected
    assert secrets(node) == (FACTOR, b"shown once")
    assert (told(node, "rotate-keys-begin"), told(node, "rotate-keys-end")) == (1, 1)
    kept = node.settings.master_key.with_name(f"master-{before.info.id}.key.old")
    assert load_master_key(kept).secret == before.secret
    assert sorted(path.name for path in kept.parent.iterdir()) == sorted(
        {"master.key", "signing.key", kept.name}
    )
    with node.open() as opened, reading(opened.parts.database) as connection:
        assert chain.verify_chain(connection) is None
        [(number, totp, _)] = people.factors(connection)
    assert totp is not None
    with pytest.raises(SealBroken):
        Factors(Sealer(before.secret)).open(number, totp)


def test_what_the_old_key_sealed_is_in_no_file_any_more(node: TestNode) -> None:
    """F37: whoever has the old key alone reads nothing of the crosswalk of today, deleted rows included."""
    file = node.settings.identified / "crosswalk.db"
    before = {value for value in _sealed(node) if value in file.read_bytes()}
    assert len(before) > BATCH
    assert rotate(node) == 0
    now = b"".join(path.read_bytes() for path in node.settings.identified.glob("crosswalk.db*"))
    assert not [value for value in before if value in now]


def _sealed(node: TestNode) -> list[bytes]:
    """Every sealed value of the crosswalk, which is in its file and not in the journal beside it."""
    with node.open() as opened:
        with reading(opened.parts.links) as connection:
            rows = connection.exec_driver_sql("SELECT sealed FROM crosswalk_patient").scalars().all()
        plain = opened.parts.links.raw_connection()
        plain.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        plain.close()
    return [bytes(row) for row in rows]


@pytest.mark.parametrize("point", [each for each in POINTS if each.startswith("rotate-signing:")])
def test_a_kill_while_the_signing_key_is_replaced_leaves_a_chain_that_is_whole(
    node: TestNode, point: str
) -> None:
    before = load_signing_key(node.settings.signing_key)
    assert rotate(node, f"{point}:1:kill", "signing") == -signal.SIGKILL
    assert rotate(node, what="signing") == 0
    after = load_signing_key(node.settings.signing_key)
    assert before.id != after.id
    assert told(node, "rotate-signing-key") == 1
    # The next head is the new key's, and both count.
    with node.open() as opened:
        repeated(opened.parts.database, lambda each: chain.append(each, [Line("ada", "note", "node:1")], 2))
        head = sign_now(node.settings, opened.parts.database, 3)
        verdict = verify(node.settings, opened.parts.database)
    assert head is not None
    assert head.key_id == after.id
    assert (verdict.bad, verdict.heads > 1) == (None, True)
