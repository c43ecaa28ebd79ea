"""Kill worker and signer at every commit point of a signed release: nothing leaves unsigned or twice."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.crash.test_pipeline import ROOT, repeated_effects, work
from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance

from tirage.deliver.signing import CandidateState
from tirage.faults import POINTS, VARIABLE
from tirage.store import candidates, signatures
from tirage.store.database import reading
from tirage.store.schema import audit

SIGNED = RULES.replace("signatures: 0", "signatures: 1")
OBJECTS = 3


def sign(node: TestNode, account: str, fault: str = "") -> int:
    environment = os.environ | ({VARIABLE: fault} if fault else {})
    command = [sys.executable, "-m", "tests.crash.signer", str(node.folder), account]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert done.returncode in (0, 3, -signal.SIGKILL), done.stderr.decode()[-2000:]
    return done.returncode


def lines(node: TestNode, action: str) -> int:
    query = select(func.count()).select_from(audit).where(audit.c.action == action)
    with node.open() as opened, reading(opened.parts.database) as connection:
        return connection.execute(query).scalar_one()


def given(node: TestNode) -> tuple[CandidateState, int]:
    with node.open() as opened, reading(opened.parts.database) as connection:
        row = candidates.newest(connection, PROJECT)
        assert row is not None
        return row.state, sum(each.counts for each in signatures.listed(connection, row.id))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Where a node stands, and copies of it before and after its release was proposed."""
    root = tmp_path_factory.mktemp("signing")
    node = TestNode(root / "here", rules=SIGNED)
    node.take_in(*[make_instance(instance=number) for number in range(1, OBJECTS + 1)])
    shutil.copytree(root / "here", root / "before")
    assert work(node) == 0
    shutil.copytree(root / "here", root / "proposed")
    return root / "here", root


def copy_of(here: tuple[Path, Path], which: str) -> TestNode:
    shutil.rmtree(here[0])
    shutil.copytree(here[1] / which, here[0])
    return TestNode(here[0])


@pytest.mark.parametrize("point", [each for each in POINTS if each.startswith("propose:")])
def test_killed_while_proposing_it_is_proposed_once(here: tuple[Path, Path], point: str) -> None:
    node = copy_of(here, "before")
    assert work(node, f"{point}:1:kill") == -signal.SIGKILL, "the place was never reached"
    assert work(node) == 0
    assert given(node) == (CandidateState.PROPOSED, 0)
    assert (node.tally.pending, lines(node, "propose-release"), node.versions()) == (OBJECTS, 1, [])
    node.assert_sound()


@pytest.mark.parametrize("point", [each for each in POINTS if each.startswith("sign:")])
def test_killed_while_signing_the_signature_is_whole_or_not_there(
    here: tuple[Path, Path], point: str
) -> None:
    node = copy_of(here, "proposed")
    assert sign(node, "anna", f"{point}:1:kill") == -signal.SIGKILL
    state, count = given(node)
    assert (state, count) in ((CandidateState.PROPOSED, 0), (CandidateState.SIGNED, 1))
    assert lines(node, "sign-release") == count
    assert sign(node, "anna") == (3 if count else 0)
    assert work(node) == 0
    assert (node.tally.released, node.versions()) == (OBJECTS, ["v0001"])
    node.assert_sound()


@pytest.mark.parametrize("point", [each for each in POINTS if each.startswith("release:")])
def test_killed_while_a_signed_release_is_made_it_is_made_once(here: tuple[Path, Path], point: str) -> None:
    node = copy_of(here, "proposed")
    assert sign(node, "anna") == 0
    assert work(node, f"{point}:1:kill") == -signal.SIGKILL, "the place was never reached"
    assert work(node) == 0
    assert given(node) == (CandidateState.RELEASED, 1)
    assert (node.tally.released, node.versions()) == (OBJECTS, ["v0001"])
    assert repeated_effects(node) == []
    node.assert_sound()
