"""Archives that misbehave over DICOM: what is said of them, and how often they are asked."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydicom import dcmread
from tests.make import write_instance
from tests.peers import archived
from tests.peers.archived import Held
from tests.peers.badarchive import BadArchive, Behaviour
from tests.peers.intake import FolderIntake
from tests.peers.listener import running

from tirage.model.archives import (
    ArchiveBusy,
    ArchiveContradicts,
    ArchiveRefused,
    ArchiveUnreachable,
    InstanceAnswer,
    MoveDestinationUnknown,
    StudyQuery,
    Wanted,
)
from tirage.model.custody import ObjectMismatch, StoreFull
from tirage.model.identifiers import Uid
from tirage.network.archives.dicom import DicomArchive, DicomArchiveSettings, Retrieval
from tirage.network.scu.association import Peer

WAYS = [Retrieval.MOVE, Retrieval.GET]


@dataclass
class Scene:
    """A bad archive, ours to ask it, and what arrived."""

    bad: BadArchive
    archive: DicomArchive
    intake: FolderIntake
    held: list[Held]
    others: list[Held] = field(default_factory=list)

    @property
    def study(self) -> Uid:
        return Uid(str(self.held[0].dataset.StudyInstanceUID))

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.study, self.instances, whole=True)

    @property
    def instances(self) -> list[InstanceAnswer]:
        return [
            InstanceAnswer(
                Uid(str(one.dataset.SeriesInstanceUID)),
                Uid(str(one.dataset.SOPInstanceUID)),
                Uid(str(one.dataset.SOPClassUID)),
            )
            for one in self.held
        ]

    @property
    def arrived(self) -> list[str]:
        return sorted({taken.sop_instance for taken in self.intake.taken})

    @property
    def all(self) -> list[str]:
        return sorted(str(one.dataset.SOPInstanceUID) for one in self.held)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> list[Held]:
    return archived.make_studies(tmp_path_factory.mktemp("held"))


@contextmanager
def scene(
    tmp_path: Path,
    held: list[Held],
    behaviour: Behaviour,
    way: Retrieval = Retrieval.MOVE,
    **settings: float,
) -> Iterator[Scene]:
    (tmp_path / "taken").mkdir()
    intake = FolderIntake(tmp_path / "taken")
    with ExitStack() as stack:
        node = stack.enter_context(running(intake))
        bad = stack.enter_context(BadArchive([one.dataset for one in held], {"TIRAGE": node.port}, behaviour))
        answer_timeout_s = settings.pop("answer_timeout_s", 5.0)
        peer = Peer("127.0.0.1", bad.port, bad.ae_title, answer_timeout_s=answer_timeout_s)
        most_uids = int(settings.pop("most_uids", 100))
        made = DicomArchiveSettings("pacs", peer, way, most_uids=most_uids, **{"silence_s": 5.0, **settings})
        archive = DicomArchive(made, intake)
        stack.callback(archive.close)
        yield Scene(bad, archive, intake, held[:5], held[5:])
    assert intake.open == 0, "an object was neither committed nor aborted"


def never() -> bool:
    return False


def test_counts_that_are_left_out_are_none(tmp_path: Path, held: list[Held]) -> None:
    counts = ("NumberOfStudyRelatedInstances", "NumberOfStudyRelatedSeries", "NumberOfSeriesRelatedInstances")
    with scene(tmp_path, held, Behaviour(omits=(*counts, "SOPClassUID"))) as on:
        (study,) = on.archive.find_studies(StudyQuery(study=on.study))
        assert (study.instances, study.series) == (None, None)
        assert {one.instances for one in on.archive.find_series(on.study)} == {None}
        assert {one.sop_class for one in on.archive.find_instances(on.study)} == {""}


def test_counts_come_with_a_status_that_warns_of_keys_not_matched(tmp_path: Path, held: list[Held]) -> None:
    with scene(tmp_path, held, Behaviour(pending=0xFF01)) as on:
        (study,) = on.archive.find_studies(StudyQuery(study=on.study))
        assert (study.instances, study.series, study.modalities) == (5, 2, ("CT", "MR"))


@pytest.mark.parametrize("status", [0xA900, 0xC001, 0])
def test_an_archive_that_wants_a_series_is_asked_series_by_series(
    tmp_path: Path, held: list[Held], status: int
) -> None:
    with scene(tmp_path, held, Behaviour(needs_series=status)) as on:
        found = on.archive.find_instances(on.study)
        assert sorted(one.sop_instance for one in found) == on.all
        assert on.bad.asked["FIND IMAGE"] == 3
        on.archive.find_instances(on.study)
        assert on.bad.asked["FIND IMAGE"] == 5, "it is not asked in vain a second time"


def test_an_archive_that_refuses_a_rare_attribute_is_asked_without(tmp_path: Path, held: list[Held]) -> None:
    with scene(tmp_path, held, Behaviour(refuses_attributes=("StudyStatusID",))) as on:
        for _ in range(2):
            assert len(on.archive.find_studies(StudyQuery(study=on.study))) == 1
        assert on.bad.asked["FIND STUDY"] == 3


def test_answers_given_twice_are_one_in_whatever_order(tmp_path: Path, held: list[Held]) -> None:
    with scene(tmp_path, held, Behaviour(answers=lambda found, _: [*found, *reversed(found)])) as on:
        assert len(on.archive.find_studies(StudyQuery(study=on.study))) == 1
        assert len(on.archive.find_series(on.study)) == 2
        assert sorted(one.sop_instance for one in on.archive.find_instances(on.study)) == on.all


def test_instances_of_another_study_are_a_contradiction(tmp_path: Path, held: list[Held]) -> None:
    other = held[5].dataset
    with scene(tmp_path, held, Behaviour(answers=lambda found, _: [*found, other])) as on:
        with pytest.raises(ArchiveContradicts, match="1 of 6 answers") as caught:
            on.archive.find_instances(on.study)
        with pytest.raises(ArchiveContradicts):
            on.archive.find_series(on.study)
        assert other.StudyInstanceUID not in str(caught.value)


def test_a_study_of_another_patient_is_answered_for_others_to_judge(tmp_path: Path, held: list[Held]) -> None:
    other = held[6].dataset
    with scene(tmp_path, held, Behaviour(answers=lambda found, _: [other])) as on:
        (answer,) = on.archive.find_studies(StudyQuery(patient_id=held[0].dataset.PatientID))
        assert answer.patient_id == other.PatientID


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (0xA700, ArchiveBusy),
        (0xC000, ArchiveBusy),
        (0xB001, ArchiveBusy),
        (0xA702, ArchiveBusy),
        (0xA900, ArchiveRefused),
        (0x0122, ArchiveRefused),
    ],
)
def test_a_query_that_fails_says_whether_to_ask_again(
    tmp_path: Path, held: list[Held], status: int, fault: type[Exception]
) -> None:
    with (
        scene(tmp_path, held, Behaviour(find_status=status)) as on,
        pytest.raises(fault, match=f"{status:04X}"),
    ):
        on.archive.find_studies(StudyQuery(study=on.study))


@pytest.mark.parametrize("behaviour", [Behaviour(aborts_after=3), Behaviour(leaves_after=3)])
def test_an_archive_that_leaves_amid_its_answers_is_unreachable(
    tmp_path: Path, held: list[Held], behaviour: Behaviour
) -> None:
    with scene(tmp_path, held, behaviour) as on:
        with pytest.raises(ArchiveUnreachable):
            on.archive.find_instances(on.study)
        assert on.bad.asked["FIND"] == 1


def test_a_silent_archive_is_given_up_after_the_time_it_has(tmp_path: Path, held: list[Held]) -> None:
    with scene(tmp_path, held, Behaviour(silent_s=3), answer_timeout_s=0.5) as on:
        started = time.monotonic()
        with pytest.raises(ArchiveUnreachable, match="silent"):
            on.archive.find_studies(StudyQuery(study=on.study))
        assert time.monotonic() - started < 2.5


def test_a_kept_association_that_the_archive_ended_is_opened_anew(tmp_path: Path, held: list[Held]) -> None:
    with scene(tmp_path, held, Behaviour()) as on:
        on.archive.find_series(on.study)
        on.archive.find_series(on.study)
        assert on.bad.associations == 1
        on.bad.hang_up()
        assert len(on.archive.find_series(on.study)) == 2
        assert on.bad.associations == 2


@pytest.mark.parametrize("way", WAYS)
def test_success_with_nothing_is_told_as_nothing(tmp_path: Path, held: list[Held], way: Retrieval) -> None:
    with scene(tmp_path, held, Behaviour(sends=[0]), way) as on:
        done = on.archive.retrieve(on.wanted, never)
        assert (done.completed, done.status, done.requests, on.arrived) == (0, 0, 1, [])


@pytest.mark.parametrize("way", WAYS)
def test_a_part_now_and_the_rest_when_asked_again(tmp_path: Path, held: list[Held], way: Retrieval) -> None:
    with scene(tmp_path, held, Behaviour(sends=[2, None]), way) as on:
        assert on.archive.retrieve(on.wanted, never).completed == 2
        assert len(on.arrived) == 2
        on.archive.retrieve(on.wanted, never)
        assert on.arrived == on.all


@pytest.mark.parametrize("way", WAYS)
def test_what_was_not_asked_for_arrives_as_well(tmp_path: Path, held: list[Held], way: Retrieval) -> None:
    with scene(tmp_path, held, Behaviour(), way) as on:
        extra = [held[6].dataset]
        on.bad.behaviour.chosen = lambda found: [*reversed(found), *extra, *extra]
        on.archive.retrieve(on.wanted, never)
        assert on.arrived == sorted([*on.all, str(extra[0].SOPInstanceUID)])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [0xA701, 0xA702, 0xB000])
def test_how_a_retrieval_went_is_told_as_the_archive_says(
    tmp_path: Path, held: list[Held], way: Retrieval, status: int
) -> None:
    with scene(tmp_path, held, Behaviour(sends=[2], ends_with=status), way) as on:
        done = on.archive.retrieve(on.wanted, never)
        assert (done.completed, done.failed, done.status) == (2, 1, status)


def test_an_unknown_move_destination_names_what_to_configure(tmp_path: Path, held: list[Held]) -> None:
    with (
        scene(tmp_path, held, Behaviour(move_status=0xA801)) as on,
        pytest.raises(MoveDestinationUnknown, match="0xA801") as caught,
    ):
        on.archive.retrieve(on.wanted, never)
    assert "AE title, host and port" in caught.value.remedy


@pytest.mark.parametrize("way", WAYS)
def test_an_archive_out_of_resources_is_busy(tmp_path: Path, held: list[Held], way: Retrieval) -> None:
    with scene(tmp_path, held, Behaviour(move_status=0xA700), way) as on, pytest.raises(ArchiveBusy):
        on.archive.retrieve(on.wanted, never)


@pytest.mark.parametrize("way", WAYS)
def test_a_busy_archive_is_not_asked_in_other_ways(tmp_path: Path, held: list[Held], way: Retrieval) -> None:
    with scene(tmp_path, held, Behaviour(move_status=0xA700, find_status=0xA700), way) as on:
        with pytest.raises(ArchiveBusy):
            on.archive.retrieve(Wanted(on.study, on.instances), never)
        with pytest.raises(ArchiveBusy):
            on.archive.find_instances(on.study)
        assert on.bad.asked[way.name] == 1
        assert on.bad.asked["FIND"] == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("behaviour", [Behaviour(aborts_after=2), Behaviour(leaves_after=2)])
def test_an_archive_that_leaves_amid_a_retrieval_is_unreachable(
    tmp_path: Path, held: list[Held], way: Retrieval, behaviour: Behaviour
) -> None:
    with scene(tmp_path, held, behaviour, way) as on:
        with pytest.raises(ArchiveUnreachable):
            on.archive.retrieve(on.wanted, never)
        assert sum(on.bad.asked[name] for name in ("MOVE", "GET")) == 1
        on.bad.behaviour = Behaviour()
        on.archive.retrieve(on.wanted, never)
        assert on.arrived == on.all


@pytest.mark.parametrize("way", WAYS)
def test_a_slow_archive_is_waited_for_as_long_as_it_says_something(
    tmp_path: Path, held: list[Held], way: Retrieval
) -> None:
    with scene(tmp_path, held, Behaviour(silent_s=0.5), way, silence_s=1.2) as on:
        assert on.archive.retrieve(on.wanted, never).completed == 5


@pytest.mark.parametrize("way", WAYS)
def test_a_hanging_archive_is_given_up(tmp_path: Path, held: list[Held], way: Retrieval) -> None:
    with (
        scene(tmp_path, held, Behaviour(silent_s=3), way, silence_s=0.5) as on,
        pytest.raises(ArchiveUnreachable, match="silent"),
    ):
        on.archive.retrieve(on.wanted, never)


@pytest.mark.parametrize("way", WAYS)
def test_a_retrieval_is_cancelled_between_objects(tmp_path: Path, held: list[Held], way: Retrieval) -> None:
    cancelled = threading.Event()
    with scene(tmp_path, held, Behaviour(silent_s=0.6), way) as on:
        threading.Timer(1.0, cancelled.set).start()
        done = on.archive.retrieve(on.wanted, cancelled.is_set)
        assert done.status == 0xFE00
        assert on.bad.cancelled == 1
        assert 0 < len(on.arrived) < 5
        assert len(on.archive.find_series(on.study)) == 2


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("behaviour", [Behaviour(refuses_lists=True), Behaviour(takes_first=True)])
def test_an_archive_that_takes_no_lists_is_asked_one_by_one(
    tmp_path: Path, held: list[Held], way: Retrieval, behaviour: Behaviour
) -> None:
    with scene(tmp_path, held, behaviour, way) as on:
        wanted = Wanted(on.study, on.instances)
        done = on.archive.retrieve(wanted, never)
        assert on.arrived == on.all
        assert done.requests == 6, "a list of three, then each alone"
        assert on.archive.retrieve(wanted, never).requests == 5


def test_lists_are_no_longer_than_they_may_be(tmp_path: Path, held: list[Held]) -> None:
    with scene(tmp_path, held, Behaviour(), most_uids=2) as on:
        assert on.archive.retrieve(Wanted(on.study, on.instances), never).requests == 3
        assert on.arrived == on.all


def test_a_full_store_ends_a_c_get_and_says_so(tmp_path: Path, held: list[Held]) -> None:
    with scene(tmp_path, held, Behaviour(), Retrieval.GET) as on:
        on.intake.refuse_commit = StoreFull("none left")
        with pytest.raises(StoreFull):
            on.archive.retrieve(on.wanted, never)
        on.intake.refuse_commit = None
        on.archive.retrieve(on.wanted, never)
        assert on.arrived == on.all


def test_an_object_that_is_not_taken_fails_alone(tmp_path: Path, held: list[Held]) -> None:
    with scene(tmp_path, held, Behaviour(), Retrieval.GET) as on:
        on.intake.refuse_commit = ObjectMismatch("not what was said")
        done = on.archive.retrieve(on.wanted, never)
        assert (done.completed, done.failed, done.status) == (0, 5, 0xA702)


def test_a_large_object_comes_in_by_pieces(tmp_path: Path, held: list[Held]) -> None:
    path = write_instance(tmp_path, 3, 1, 1, 1, rows=2000, columns=2000)
    large = Held(path, dcmread(path))
    with scene(tmp_path, [large], Behaviour(), Retrieval.GET) as on:
        assert on.archive.retrieve(on.wanted, never).completed == 1
        assert on.intake.taken[0].path.read_bytes() == large.encoded
        assert max(on.intake.writes) <= 128 * 1024


def test_a_check_says_what_the_archive_lacks(tmp_path: Path, held: list[Held]) -> None:
    with scene(tmp_path, held, Behaviour()) as on:
        on.archive.check()
        assert on.bad.asked["ECHO"] == 1
        stranger = Peer("127.0.0.1", on.bad.port, "SOMEONE")
        with pytest.raises(ArchiveRefused, match="AE titles"):
            DicomArchive(DicomArchiveSettings("pacs", stranger)).check()


def test_nothing_is_written_anywhere_about_what_was_asked(
    tmp_path: Path, held: list[Held], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    from structlog.testing import capture_logs

    caplog.set_level("DEBUG")
    with capture_logs(), scene(tmp_path, held, Behaviour(), Retrieval.GET) as on:
        on.archive.find_studies(StudyQuery(patient_id=held[0].dataset.PatientID, study=on.study))
        on.archive.retrieve(on.wanted, never)
    assert [record for record in caplog.records if record.name != "pynetdicom.events"] == []
    assert capfd.readouterr() == ("", "")
