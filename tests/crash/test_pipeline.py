"""Kill the worker at every commit point of the pipeline: what comes of it is what would have come anyway."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.flow.nodes import PROJECT, RULES, TestNode, fingerprint
from tests.make import make_instance

from tirage.faults import POINTS, VARIABLE
from tirage.store.database import reading
from tirage.store.schema import audit, release_member

ROOT = Path(__file__).parents[2]
KEYED = RULES + "identity:\n  scheme: keyed\n"
ELSEWHERE = (
    "receive:",
    "resolve:",
    "fetch:",
    "propose:",
    "sign:",
    "hold:",
    "erase:",
    "identity:",
    "rotate",
    "withdraw:",
)
"""Points of work that a plain import does not come to; other tests kill there."""

PLACES = sorted(point for point in POINTS if not point.startswith(ELSEWHERE))
OBJECTS = 6
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "10"))
"""Kills in the crash loop; the nightly run asks for more."""
LOOP_S = 90.0


def work(node: TestNode, fault: str = "") -> int:
    """Run a worker until nothing is left to do, or until it dies; its exit code."""
    environment = os.environ | {VARIABLE: fault} if fault else dict(os.environ)
    command = [sys.executable, "-m", "tests.crash.worker", str(node.folder)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()[-2000:]
    return done.returncode


def products(node: TestNode) -> dict[str, str]:
    """What a researcher gets, without the time it was made at."""
    files = fingerprint([node.settings.releases, node.share])
    return {
        name: digest
        for name, digest in files.items()
        if not name.endswith(("manifest.json", "manifest.json.sig", "SHA256SUMS"))
    }


def repeated_effects(node: TestNode) -> list[tuple[str, str]]:
    """Audit lines that may come only once and came more often, and objects in two releases."""
    once = audit.c.action.in_(["freeze", "release", "deliver", "catalogue"])
    lines = select(audit.c.action, audit.c.subject).where(once)
    twice = lines.group_by(audit.c.action, audit.c.subject).having(func.count() > 1)
    member = select(release_member.c.received_id).group_by(release_member.c.received_id)
    with node.open() as opened, reading(opened.parts.database) as connection:
        found = [(row.action, row.subject) for row in connection.execute(twice)]
        found += [
            ("released twice", str(n)) for n in connection.execute(member.having(func.count() > 1)).scalars()
        ]
    return found


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, str]]:
    """Where a node stands, a copy of it with objects taken in, and what it makes of them undisturbed."""
    root = tmp_path_factory.mktemp("crash")
    node = TestNode(root / "here", rules=KEYED)
    node.take_in(*[make_instance(patient=1, instance=number) for number in range(1, OBJECTS + 1)])
    shutil.copytree(root / "here", root / "copy")
    assert work(node) == 0
    expected = products(node)
    assert len([name for name in expected if name.endswith(".dcm")]) == 2 * OBJECTS
    return root / "here", root / "copy", expected


@pytest.fixture
def node(prepared: tuple[Path, Path, dict[str, str]]) -> TestNode:
    here, copy, _ = prepared
    shutil.rmtree(here)
    shutil.copytree(copy, here)
    return TestNode(here)


@pytest.mark.parametrize("point", PLACES)
def test_a_kill_at_any_commit_point_changes_nothing(
    node: TestNode, prepared: tuple[Path, Path, dict[str, str]], point: str
) -> None:
    assert work(node, f"{point}:1:kill") == -signal.SIGKILL, "the place was never reached"
    assert work(node) == 0
    node.assert_sound()
    assert node.tally.released == OBJECTS
    assert products(node) == prepared[2]
    assert repeated_effects(node) == []


def test_a_crash_loop_makes_progress_and_ends(node: TestNode) -> None:
    seed = int(os.environ.get("CRASH_SEED", random.SystemRandom().randrange(10**6)))
    print(f"replay: CRASH_SEED={seed} CRASH_ROUNDS={ROUNDS} pytest -s {Path(__file__).name} -k crash_loop")
    chance = random.Random(seed)
    deadline = time.monotonic() + LOOP_S
    kills = 0
    for number in range(ROUNDS):
        if time.monotonic() > deadline:
            break
        point = chance.choice(PLACES)
        released = node.tally.released
        kills += work(node, f"{point}:{chance.randint(1, 2)}:kill") != 0
        assert node.tally.is_conserved
        assert node.tally.released >= released, "a released object was taken back"
        node.take_in(make_instance(patient=1 + number % 2, instance=OBJECTS + 1 + number))
    assert work(node) == 0
    node.assert_sound()
    assert kills > 0
    assert node.tally.pending == 0
    assert node.tally.released == node.tally.received
    assert repeated_effects(node) == []


@pytest.mark.parametrize(
    "place", ["release:before-freeze", "release:after-freeze", "release:before-complete"]
)
def test_a_release_that_was_asked_for_is_made_once_whatever_dies(tmp_path: Path, place: str) -> None:
    asked = TestNode(tmp_path, rules=KEYED + "release:\n  automatic: false\n")
    asked.run(make_instance())
    with asked.open() as opened:
        opened.ask_release(PROJECT, "account:manager")
    assert work(asked, f"{place}:1:kill") == -signal.SIGKILL
    assert work(asked) == 0
    assert work(asked) == 0
    asked.assert_sound()
    assert (asked.tally.released, asked.versions(), repeated_effects(asked)) == (1, ["v0001"], [])
