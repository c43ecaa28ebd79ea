"""From a cohort to a delivered release, with archives that do as they should and archives that do not."""

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from tests.flow.acquiring import AcquiringNode
from tests.flow.nodes import PROJECT
from tests.make import make_dataset, make_instance
from tests.peers.badarchive import BadArchive, Behaviour
from tirage.model.requests import Level, Listing, RequestOutcome
from tirage.service import acquiring, worklist
from tirage.store import pauses


def held(*numbers: tuple[int, int, int], **attributes: str) -> list[Dataset]:
    """Data sets by patient, study and number of instances."""
    return [
        dcmread(BytesIO(make_instance(patient, study, 1, instance, **attributes)))
        for patient, study, count in numbers
        for instance in range(1, count + 1)
    ]


def row(patient: int, study: int) -> dict[str, str]:
    """The request for a study by patient and accession number."""
    one = make_dataset(patient, study, 1, 1)
    return {"patient_id": one.PatientID, "accession": one.AccessionNumber, "participant": f"P{patient}"}


@pytest.fixture
def archive() -> BadArchive:
    return BadArchive(held((1, 1, 3), (1, 2, 2), (2, 1, 2)))


def node_with(root: Path, archive: BadArchive, **more: str) -> AcquiringNode:
    node = AcquiringNode(root, {"pacs": (archive.port, archive.ae_title)}, **more)
    archive.destinations = {"TIRAGE": node.port}
    return node


def test_a_cohort_ends_delivered_row_by_row(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1), row(2, 1)])
        node.acquire()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED] * 2
    assert (node.tally.released, node.tally.pending) == (5, 0)
    assert archive.asked["MOVE"] == 2


def test_fetching_again_asks_for_nothing_that_is_here(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1)])
        node.acquire()
        node.load([row(1, 1), row(1, 2)])
        node.acquire()
    assert archive.asked["MOVE"] == 2
    assert [outcome for outcome, _ in node.outcomes()] == [
        RequestOutcome.DELIVERED,
        RequestOutcome.ALREADY_DELIVERED,
        RequestOutcome.DELIVERED,
    ]


def test_success_with_nothing_sent_is_no_success(tmp_path: Path, archive: BadArchive) -> None:
    archive.behaviour = Behaviour(sends=[0])
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1)])
        node.acquire()
    assert archive.asked["MOVE"] == 2, "as often as the settings allow, then no more"
    assert node.outcomes() == [(RequestOutcome.PARTIALLY_RECEIVED, "0 of 3, 0x0000")]


def test_what_came_in_part_is_topped_up_by_what_is_missing(tmp_path: Path, archive: BadArchive) -> None:
    archive.behaviour = Behaviour(sends=[2, None])
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1)])
        node.acquire()
    assert (archive.asked["MOVE STUDY"], archive.asked["MOVE IMAGE"]) == (1, 1)
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]
    assert node.versions() == ["v0001"], "one release, not one for each part"


def test_a_dropped_association_is_taken_up_where_it_was_dropped(tmp_path: Path, archive: BadArchive) -> None:
    archive.behaviour = Behaviour(leaves_after=2, answers_queries=True)
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1)])
        node.query()
        node.fetch()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]
    assert archive.asked["MOVE"] <= 3


def test_a_part_that_never_comes_is_named_with_its_count(tmp_path: Path, archive: BadArchive) -> None:
    archive.behaviour = Behaviour(chosen=lambda found: [each for each in found if each.InstanceNumber == 1])
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 2)])
        node.acquire()
    [(outcome, detail)] = node.outcomes()
    assert (outcome, detail.split(",")[0]) == (RequestOutcome.PARTIALLY_RECEIVED, "1 of 2")
    assert node.tally.released == 1


def test_the_second_archive_is_asked_when_the_first_has_nothing(tmp_path: Path, archive: BadArchive) -> None:
    empty = BadArchive(held((3, 1, 1)), ae_title="EMPTY")
    with archive, empty:
        archives = {"vna": (empty.port, "EMPTY"), "pacs": (archive.port, archive.ae_title)}
        node = AcquiringNode(tmp_path, archives)
        archive.destinations = empty.destinations = {"TIRAGE": node.port}
        node.load([row(1, 1)])
        node.acquire()
    assert (empty.asked["MOVE"], archive.asked["MOVE"]) == (0, 1)
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]


def test_objects_sent_beside_those_asked_for_are_held_as_unrequested(
    tmp_path: Path, archive: BadArchive
) -> None:
    archive.behaviour = Behaviour(chosen=lambda found: [*found, archive.studies[-1]])
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1)])
        node.acquire()
    with node.open() as opened:
        tallies = opened.tallies()
    assert tallies[""].reasons == {"UNREQUESTED": 1}
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]


def test_another_patients_object_in_the_study_is_held_and_told_to_the_audit(
    tmp_path: Path, archive: BadArchive
) -> None:
    archive.studies[0].PatientID = "SOMEBODY-ELSE"
    archive.behaviour = Behaviour(answers=as_if_of_one_patient)
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1)])
        node.acquire()
    assert node.tally.reasons.get("WRONG_PATIENT") == 1
    assert node.tally.released == 0, "the study names two patients: none of it may go on"
    assert "security" in node.audited()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.IDENTITY_CONFLICT]


def as_if_of_one_patient(answers: list[Dataset], level: str) -> list[Dataset]:
    """What an archive answers that keeps a study under one patient whatever its objects say."""
    if level == "STUDY":
        for each in answers:
            each.PatientID = make_dataset(1, 1, 1, 1).PatientID
    return answers


def test_an_archive_that_answers_with_another_patient_is_not_fetched_from(
    tmp_path: Path, archive: BadArchive
) -> None:
    archive.behaviour = Behaviour(answers=lambda answers, level: [*answers, *strangers(archive, level)])
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(3, 1)])
        node.acquire()
    assert archive.asked["MOVE"] == 0
    assert "security" in node.audited()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.FOUND_ELSEWHERE]


def strangers(archive: BadArchive, level: str) -> list[Dataset]:
    """Another patient's study, whatever was asked for."""
    answer = Dataset()
    for keyword in ("StudyInstanceUID", "PatientID", "AccessionNumber", "StudyDate"):
        setattr(answer, keyword, archive.studies[-1][keyword].value)
    answer.QueryRetrieveLevel = level
    return [answer] if level == "STUDY" else []


def test_a_study_that_no_archive_has_is_said_to_be_in_none(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(7, 1)])
        node.acquire()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.NOT_IN_ARCHIVE]


def test_what_another_project_fetched_is_not_asked_for_again(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1)])
        node.acquire()
        node.add_project("heart")
        node.load([row(1, 1)], "heart")
        node.acquire("heart")
    assert archive.asked["MOVE"] == 1
    assert [outcome for outcome, _ in node.outcomes("heart")] == [RequestOutcome.DELIVERED]


def test_who_opted_out_is_neither_fetched_nor_released_later(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(
            tmp_path, archive, extra="fetch:\n  opt_out: [out.csv]\nrelease:\n  automatic: false"
        )
        listed = node.folder / "projects" / "out.csv"
        listed.write_text(f"patient_id\n{row(2, 1)['patient_id']}\n")
        node.load([row(1, 1), row(2, 1)])
        node.acquire()
        assert archive.asked["MOVE"] == 1
        listed.write_text(f"patient_id\n{row(1, 1)['patient_id']}\n{row(2, 1)['patient_id']}\n")
        node.ask_release()
    assert node.tally.reasons == {"OPTED_OUT": 3}
    assert node.versions() == []
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.REJECTED, RequestOutcome.OPTED_OUT]


def test_who_opted_out_after_the_query_is_not_fetched(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(tmp_path, archive, extra="fetch:\n  opt_out: [out.csv]")
        listed = node.folder / "projects" / "out.csv"
        listed.write_text("patient_id\n")
        node.load([row(1, 1)])
        node.query()
        listed.write_text(f"patient_id\n{row(1, 1)['patient_id']}\n")
        node.fetch()
    assert archive.asked["MOVE"] == 0
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.OPTED_OUT]


def test_an_opt_out_list_that_is_gone_stops_the_project(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(tmp_path, archive, extra="fetch:\n  opt_out: [out.csv]")
        node.load([row(1, 1)])
        with node.open() as opened:
            acquiring.ask_query(opened.parts, PROJECT, "account:test")
            opened.run_until_answered(PROJECT, lambda: None, 10)
            assert [each.error for each in opened.failures()] == ["OPT_OUT_UNREADABLE"]
    assert archive.asked["FIND"] == 0


def test_a_description_that_nobody_decided_waits_and_goes_on_once_somebody_did(
    tmp_path: Path, archive: BadArchive
) -> None:
    with archive:
        node = node_with(tmp_path, archive, extra="fetch:\n  study_descriptions: listed")
        node.load([row(1, 1)])
        node.acquire()
        assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DESCRIPTION_UNKNOWN]
        node.decide(Level.STUDY, Listing.INCLUDE)
        node.fetch()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]


def test_an_excluded_description_is_a_rejection(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(tmp_path, archive, extra="fetch:\n  study_descriptions: listed")
        node.load([row(1, 1)])
        node.query()
        node.decide(Level.STUDY, Listing.EXCLUDE)
        node.fetch()
    assert archive.asked["MOVE"] == 0
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.REJECTED]


def test_a_decision_may_be_taken_back_and_made_again(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(tmp_path, archive, extra="fetch:\n  study_descriptions: listed")
        node.load([row(1, 1)])
        node.query()
        node.decide(Level.STUDY, Listing.INCLUDE)
        shown = str(archive.studies[0].StudyDescription)
        with node.open() as opened:
            for listing in (Listing.EXCLUDE, Listing.INCLUDE):
                worklist.decide(opened.parts, PROJECT, Level.STUDY, {shown: listing}, "account:test")
        node.fetch()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]


def test_series_wait_for_a_decision_about_their_description(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(tmp_path, archive, extra="fetch:\n  series_descriptions: listed")
        node.load([row(1, 1)])
        node.acquire()
        assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DESCRIPTION_UNKNOWN]
        node.decide(Level.SERIES, Listing.INCLUDE)
        node.fetch()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]


def test_a_paused_project_asks_for_nothing_until_it_is_resumed(tmp_path: Path, archive: BadArchive) -> None:
    scope = pauses.of_project(PROJECT)
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1)])
        node.query()
        with node.open() as opened:
            assert acquiring.pause(opened.parts, scope, "account:test")
        node.fetch()
        assert archive.asked["MOVE"] == 0
        assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.PENDING]
        with node.open() as opened:
            assert acquiring.resume(opened.parts, scope, "account:test")
        node.fetch()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]


def test_what_is_cancelled_stays_away_until_it_is_wanted_again(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1)])
        node.query()
        with node.open() as opened:
            assert acquiring.cancel(opened.parts, PROJECT, "account:test") == 1
        node.fetch()
        assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.CANCELLED]
        with node.open() as opened:
            assert acquiring.retry(opened.parts, PROJECT, "account:test") == 1
        node.fetch()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]


def test_an_archive_that_is_shut_is_asked_when_it_opens(tmp_path: Path, archive: BadArchive) -> None:
    opens = datetime.now().astimezone() + timedelta(hours=2)
    hours = f'hours = "{opens:%H:%M}-{opens + timedelta(hours=1):%H:%M}"'
    with archive:
        node = node_with(tmp_path, archive, more=hours)
        node.load([row(1, 1)])
        node.query()
        node.fetch()
        with node.open() as opened:
            assert list(acquiring.standing(opened.parts, PROJECT).shut) == ["pacs"]
    assert archive.asked["MOVE"] == 0
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.PENDING]


def test_duplicates_and_any_order_change_nothing(tmp_path: Path, archive: BadArchive) -> None:
    archive.behaviour = Behaviour(chosen=lambda found: [*reversed(found), *found])
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1)])
        node.acquire()
    assert node.tally.received == 3
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]


def test_an_archive_that_leaves_out_counts_and_classes_is_understood(
    tmp_path: Path, archive: BadArchive
) -> None:
    omitted = ("SOPClassUID", "NumberOfStudyRelatedInstances", "NumberOfStudyRelatedSeries")
    archive.behaviour = Behaviour(omits=omitted, needs_series=0xA900)
    with archive:
        node = node_with(tmp_path, archive)
        node.load([row(1, 1)])
        node.acquire()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]


def test_a_destination_the_archive_does_not_know_is_a_refusal(tmp_path: Path, archive: BadArchive) -> None:
    with archive:
        node = node_with(tmp_path, archive)
        archive.destinations = {}
        node.load([row(1, 1)])
        node.acquire()
    assert archive.asked["MOVE"] == 1
    [(outcome, detail)] = node.outcomes()
    assert (outcome, detail) == (RequestOutcome.PARTIALLY_RECEIVED, "0 of 3, MOVE_DESTINATION_UNKNOWN")
