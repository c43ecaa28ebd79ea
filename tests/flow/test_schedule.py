"""A cohort that is loaded, asked for and fetched again, at times that the test tells."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from tests.flow.acquiring import AcquiringNode
from tests.flow.nodes import PROJECT
from tests.flow.test_acquire import held
from tests.make import make_dataset
from tests.peers.badarchive import BadArchive
from tirage.model.identifiers import ProjectName
from tirage.model.requests import RequestOutcome
from tirage.service import Node, acquiring, cohorts
from tirage.service.schedule import ACCOUNT, ROWS_REFUSED, Schedules
from tirage.store import audit, occasions, work
from tirage.store.database import reading
from tirage.store.work import WorkKind

SCHEDULE = """\
schedule:
  cron: "0 3 * * *"
  zone: Europe/London
  cohort: lists/patients.csv
"""
START = datetime(2027, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Clock:
    now: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def archive() -> Iterator[BadArchive]:
    with BadArchive(held((1, 1, 1))) as running:
        yield running


def node_with(root: Path, archive: BadArchive) -> AcquiringNode:
    node = AcquiringNode(root, {"pacs": (archive.port, archive.ae_title)}, extra=SCHEDULE)
    archive.destinations = {"TIRAGE": node.port}
    (node.settings.projects / "lists").mkdir()
    return node


def write(node: AcquiringNode, *patients: str, heading: str = "MRN") -> None:
    (node.settings.projects / "lists" / "patients.csv").write_text("\n".join((heading, *patients)) + "\n")


def patient(number: int) -> str:
    return str(make_dataset(number, 1, 1, 1).PatientID)


def kept(opened: Node, project: ProjectName = PROJECT) -> list[tuple[int, int | None, str]]:
    with reading(opened.parts.database) as connection:
        return occasions.listed(connection, project)


def asked(opened: Node) -> set[WorkKind]:
    with reading(opened.parts.database) as connection:
        kinds = (WorkKind.QUERY, WorkKind.FETCH)
        return {kind for kind in kinds if PROJECT in work.requested(connection, kind)}


def test_the_list_is_loaded_and_fetched_when_it_comes_due_and_again(
    tmp_path: Path, archive: BadArchive
) -> None:
    clock = Clock()
    node = node_with(tmp_path, archive)
    write(node, patient(1), patient(2))
    with node.open() as opened:
        Schedules(node.settings, opened.parts, clock).look()
        assert [detail for _, _, detail in kept(opened)] == [occasions.BEGINNING]
        assert asked(opened) == set()
        clock.now += DAY
        Schedules(node.settings, opened.parts, clock).look()
        assert asked(opened) == {WorkKind.QUERY, WorkKind.FETCH}
        assert opened.run_until_fetched(PROJECT, lambda: None, 60)
        assert asked(opened) == set()
    assert [outcome for outcome, _ in node.outcomes()] == [
        RequestOutcome.DELIVERED,
        RequestOutcome.NOT_IN_ARCHIVE,
    ]
    archive.studies = held((1, 1, 1), (2, 1, 1))
    with node.open() as opened:
        clock.now += DAY
        Schedules(node.settings, opened.parts, clock).look()
        assert opened.run_until_fetched(PROJECT, lambda: None, 60)
        rows = [
            each.request for each in cohorts.rows(opened.parts, cohorts.show(opened.parts, PROJECT).cohort)
        ]
        assert all(row.dates.first for row in rows), "known patients are asked for since their last run"
    outcomes = [outcome for outcome, _ in node.outcomes()]
    assert outcomes[:2] == [RequestOutcome.DELIVERED] * 2, "what appeared since is found"
    node.assert_sound()


def test_an_unchanged_list_is_asked_for_again_where_nothing_was_found(
    tmp_path: Path, archive: BadArchive
) -> None:
    clock = Clock()
    node = node_with(tmp_path, archive)
    accession = make_dataset(2, 1, 1, 1).AccessionNumber
    write(node, f"{patient(2)},{accession}", heading="MRN,Accession")
    with node.open() as opened:
        schedules = Schedules(node.settings, opened.parts, clock)
        for _ in range(2):
            schedules.look()
            clock.now += DAY
        assert opened.run_until_fetched(PROJECT, lambda: None, 60)
        archive.studies = held((2, 1, 1))
        schedules.look()
        assert opened.run_until_fetched(PROJECT, lambda: None, 60)
        assert [each.version for each in cohorts.show(opened.parts, PROJECT).versions] == [1]
        assert len({cohort for _, cohort, _ in kept(opened) if cohort}) == 1
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]


def test_two_workers_serve_an_occasion_once(tmp_path: Path, archive: BadArchive) -> None:
    clock = Clock()
    node = node_with(tmp_path, archive)
    write(node, patient(1))
    with node.open() as opened, node.open() as other:
        one, two = (Schedules(node.settings, each.parts, clock) for each in (opened, other))
        for _ in range(3):
            one.look()
            two.look()
            clock.now += DAY
        assert len(kept(opened)) == 3
        assert [each.version for each in cohorts.show(opened.parts, PROJECT).versions] == [1, 2]


def test_it_is_not_looked_twice_within_twenty_seconds(tmp_path: Path, archive: BadArchive) -> None:
    clock = Clock(START.replace(hour=2, minute=59, second=50))
    node = node_with(tmp_path, archive)
    write(node, patient(1))
    with node.open() as opened:
        schedules = Schedules(node.settings, opened.parts, clock)
        counts = []
        for seconds in (0, 15, 25):
            clock.now = START.replace(hour=2, minute=59, second=50) + timedelta(seconds=seconds)
            schedules.look()
            counts.append(len(kept(opened)))
        assert counts == [1, 1, 2]


def test_what_was_interrupted_is_served_by_the_next_look(tmp_path: Path, archive: BadArchive) -> None:
    clock = Clock()
    node = node_with(tmp_path, archive)
    write(node, patient(1))

    def die(connection: Connection) -> None:
        if occasions.last(connection, PROJECT) == due:
            raise KeyboardInterrupt

    with node.open() as opened:
        Schedules(node.settings, opened.parts, clock).look()
        clock.now += DAY
        due = int(clock.now.replace(hour=3).timestamp()) * 1_000_000
        event.listen(opened.parts.database, "commit", die)
        with pytest.raises(KeyboardInterrupt):
            Schedules(node.settings, opened.parts, clock).look()
        event.remove(opened.parts.database, "commit", die)
        with pytest.raises(cohorts.CohortUnknown):
            cohorts.show(opened.parts, PROJECT)
        assert asked(opened) == set()
        Schedules(node.settings, opened.parts, clock).look()
        assert [each.version for each in cohorts.show(opened.parts, PROJECT).versions] == [1]
        assert asked(opened) == {WorkKind.QUERY, WorkKind.FETCH}
        with reading(opened.parts.database) as connection:
            assert audit.verify_chain(connection) is None


def test_a_list_that_cannot_be_loaded_asks_for_nothing_and_stops_nobody(
    tmp_path: Path, archive: BadArchive
) -> None:
    clock = Clock()
    node = node_with(tmp_path, archive)
    text = (node.settings.projects / "lung.yaml").read_text()
    other = text.replace("name: lung", "name: brain").replace("patients.csv", "brains.csv")
    (node.settings.projects / "brain.yaml").write_text(other)
    brain = ProjectName("brain")
    write(node, patient(1), "TEMP1")
    with node.open() as opened:
        schedules = Schedules(node.settings, opened.parts, clock)
        schedules.look()
        clock.now += DAY
        schedules.look()
        assert [detail for _, _, detail in kept(opened, brain)] == [occasions.BEGINNING, "LIST_UNREADABLE"]
        assert [detail for _, _, detail in kept(opened)] == [occasions.BEGINNING, ROWS_REFUSED]
        assert asked(opened) == set()
        write(node, patient(1))
        clock.now += DAY
        schedules.look()
        assert kept(opened)[-1][1:] == (1, "")
        assert acquiring.ask_query(opened.parts, PROJECT, ACCOUNT) is acquiring.Asked.ALREADY
