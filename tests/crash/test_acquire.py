"""Kill the worker at every commit point of querying and fetching: all that was asked for comes, once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.crash.test_pipeline import ROOT, repeated_effects
from tests.flow.acquiring import AcquiringNode
from tests.flow.nodes import PROJECT
from tests.flow.test_acquire import held, node_with, row
from tests.peers.badarchive import BadArchive

from tirage.faults import POINTS, VARIABLE
from tirage.model.requests import FetchState, RequestOutcome
from tirage.service import acquiring
from tirage.store import fetches
from tirage.store.database import reading
from tirage.store.requested import fetch

# pynetdicom forgets the socket to a listener that died.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

STUDIES = ((1, 1, 3), (1, 2, 2), (2, 1, 2))
OBJECTS = 7
PLACES = sorted(point for point in POINTS if point.startswith(("resolve:", "fetch:")))
SENDING = ["receive:before-commit:2", "receive:after-commit:1", "receive:after-commit:2"]
"""While the archive is in the middle of a C-MOVE: our listener dies with the worker."""


def work(node: AcquiringNode, fault: str = "") -> int:
    """Run a worker that receives until everything asked for was fetched, or until it dies; its exit code."""
    environment = os.environ | {VARIABLE: fault} if fault else dict(os.environ)
    command = [sys.executable, "-m", "tests.crash.worker", str(node.folder), PROJECT]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()[-2000:]
    return done.returncode


@pytest.fixture
def archive() -> Iterator[BadArchive]:
    with BadArchive(held(*STUDIES)) as opened:
        yield opened


@pytest.fixture
def node(tmp_path: Path, archive: BadArchive) -> AcquiringNode:
    """A node that is asked to query and fetch three studies, and has done nothing yet."""
    made = node_with(tmp_path, archive)
    made.load([row(patient, study) for patient, study, _ in STUDIES])
    with made.open() as opened:
        acquiring.ask_query(opened.parts, PROJECT, "account:test")
        acquiring.ask_fetch(opened.parts, PROJECT, "account:test")
    return made


def moves_by_study(archive: BadArchive) -> dict[str, int]:
    """How often the archive was asked to send of each study."""
    moves = [each for each in archive.requests if set(each.dir()) <= _OF_A_MOVE]
    assert len(moves) == archive.asked["MOVE"]
    studies = [str(each.StudyInstanceUID) for each in moves]
    return {study: studies.count(study) for study in studies}


_OF_A_MOVE = {"QueryRetrieveLevel", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"}


def claims_left(node: AcquiringNode) -> list[int]:
    with node.open() as opened, reading(opened.parts.database) as connection:
        left = select(fetch.c.id).where(fetch.c.claim != fetches.FREE)
        return list(connection.execute(left).scalars())


def assert_everything_came(node: AcquiringNode, archive: BadArchive, kills: int = 1) -> None:
    node.assert_sound()
    outcomes = node.outcomes()
    assert [outcome for outcome, _ in outcomes] == [RequestOutcome.DELIVERED] * len(STUDIES), outcomes
    assert (node.tally.released, node.tally.pending, node.tally.received) == (OBJECTS, 0, OBJECTS)
    assert repeated_effects(node) == []
    assert claims_left(node) == []
    moves = moves_by_study(archive)
    assert len(moves) == len(STUDIES)
    assert max(moves.values()) <= 1 + kills


@pytest.mark.parametrize("point", [*(f"{place}:1" for place in PLACES), *SENDING])
def test_a_kill_while_acquiring_loses_nothing_and_asks_at_most_once_more(
    node: AcquiringNode, archive: BadArchive, point: str
) -> None:
    assert work(node, f"{point}:kill") == -signal.SIGKILL, "the place was never reached"
    assert work(node) == 0
    assert_everything_came(node, archive)


def test_a_worker_that_dies_at_every_study_makes_progress(node: AcquiringNode, archive: BadArchive) -> None:
    for place in ("fetch:before-ask:1", "fetch:after-ask:2", "receive:after-commit:1"):
        assert work(node, f"{place}:kill") == -signal.SIGKILL
        assert node.tally.is_conserved
    assert work(node) == 0
    assert_everything_came(node, archive, kills=3)


def test_a_study_that_was_paused_while_its_worker_was_dead_is_fetched_later(
    node: AcquiringNode, archive: BadArchive
) -> None:
    assert work(node, "fetch:before-ask:1:kill") == -signal.SIGKILL
    scope = "project:" + PROJECT
    with node.open() as opened:
        acquiring.pause(opened.parts, scope, "account:test")
    assert work(node) == 0
    assert (archive.asked["MOVE"], claims_left(node)) == (0, [])
    with node.open() as opened:
        acquiring.resume(opened.parts, scope, "account:test")
    assert work(node) == 0
    assert_everything_came(node, archive)


def test_a_study_that_was_cancelled_while_its_worker_was_dead_can_be_wanted_again(
    node: AcquiringNode, archive: BadArchive
) -> None:
    assert work(node, "fetch:before-ask:1:kill") == -signal.SIGKILL
    with node.open() as opened:
        assert acquiring.cancel(opened.parts, PROJECT, "account:test") == len(STUDIES)
    assert work(node) == 0
    assert archive.asked["MOVE"] == 0
    with node.open() as opened:
        assert acquiring.standing(opened.parts, PROJECT).studies == {FetchState.CANCELLED: len(STUDIES)}
        assert acquiring.retry(opened.parts, PROJECT, "account:test") == len(STUDIES)
        acquiring.ask_fetch(opened.parts, PROJECT, "account:test")
    assert work(node) == 0
    assert_everything_came(node, archive)
