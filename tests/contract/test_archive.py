"""Every archive keeps the same promises: Orthanc by DICOM and by DICOMweb, DCMTK's, and a scripted one."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from tests.peers import archived, dcmqrscp, orthanc
from tests.peers.archived import Held
from tests.peers.badarchive import BadArchive
from tests.peers.intake import FolderIntake
from tests.peers.listener import running
from tests.peers.ports import free_port

from tirage.model.archives import (
    ALWAYS,
    Archive,
    ArchiveBusy,
    ArchiveUnreachable,
    DateRange,
    InstanceAnswer,
    QueryUnaskable,
    StudyQuery,
    Wanted,
)
from tirage.model.identifiers import Uid
from tirage.model.records import OriginKind
from tirage.network.archives.dicom import DicomArchive, DicomArchiveSettings, Retrieval
from tirage.network.archives.web import WebArchive, WebArchiveSettings
from tirage.network.dicomweb.address import WebPeer
from tirage.network.scu.association import Peer

DICOMWEB = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
KINDS = [
    "orthanc-move",
    "orthanc-get",
    "orthanc-web",
    "dcmtk-move",
    "dcmtk-get",
    "pynetdicom-move",
    "pynetdicom-get",
]


@dataclass
class Holdings:
    """What all archives hold, and the peers that hold it; objects sent by C-MOVE come to `intake`."""

    held: list[Held]
    intake: FolderIntake
    orthanc: orthanc.Orthanc
    peers: dict[str, Peer]

    def of(self, patient: int, study: int = 1) -> list[Held]:
        first = {1: {1: 0, 2: 5}, 2: {1: 6}}[patient][study]
        uid = self.held[first].dataset.StudyInstanceUID
        return [one for one in self.held if one.dataset.StudyInstanceUID == uid]


@pytest.fixture(scope="module")
def holdings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Holdings]:
    folder = tmp_path_factory.mktemp("archives")
    held = archived.make_studies(folder / "held")
    (folder / "taken").mkdir()
    intake = FolderIntake(folder / "taken")
    with ExitStack() as stack:
        node = stack.enter_context(running(intake))
        destinations = {"TIRAGE": node.port}
        dcmtk = stack.enter_context(
            dcmqrscp.running(folder / "dcmtk", [one.path for one in held], destinations)
        )
        bad = stack.enter_context(BadArchive([one.dataset for one in held], destinations))
        pacs = stack.enter_context(
            orthanc.running(
                folder / "orthanc",
                Plugins=[DICOMWEB],
                DicomAlwaysAllowFind=True,
                DicomAlwaysAllowMove=True,
                DicomAlwaysAllowGet=True,
                DicomModalities={"node": ["TIRAGE", "127.0.0.1", node.port]},
            )
        )
        for one in held:
            pacs.post("/instances", one.path.read_bytes())
        peers = {
            "orthanc": Peer("127.0.0.1", pacs.dicom_port, pacs.ae_title),
            "dcmtk": Peer("127.0.0.1", dcmtk.port, dcmtk.ae_title),
            "pynetdicom": Peer("127.0.0.1", bad.port, bad.ae_title),
        }
        yield Holdings(held, intake, pacs, peers)


@dataclass
class Place:
    """An archive, one like it that nobody is at, and what came of it."""

    kind: str
    archive: Archive
    absent: Archive
    intake: FolderIntake

    @property
    def arrived(self) -> list[str]:
        return sorted(taken.sop_instance for taken in self.intake.taken)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, holdings: Holdings) -> Iterator[Place]:
    program, _, way = request.param.partition("-")
    intake = holdings.intake
    intake.taken.clear()
    archive: Archive
    absent: Archive
    if way == "web":
        peer = WebPeer(f"http://127.0.0.1:{holdings.orthanc.http_port}/dicom-web/")
        settings = WebArchiveSettings("pacs", peer)
        archive = WebArchive(settings, intake)
        nobody = replace(peer, url=f"http://127.0.0.1:{free_port()}", connect_timeout_s=2.0)
        absent = WebArchive(replace(settings, peer=nobody), intake)
    else:
        dicom = DicomArchiveSettings("pacs", holdings.peers[program], Retrieval(way))
        archive = DicomArchive(dicom, intake)
        elsewhere = replace(dicom.peer, port=free_port(), connect_timeout_s=2.0)
        absent = DicomArchive(replace(dicom, peer=elsewhere), intake)
    yield Place(request.param, archive, absent, intake)
    archive.close()
    absent.close()
    assert intake.open == 0, "an object was neither committed nor aborted"


def study_of(held: list[Held]) -> Uid:
    return Uid(str(held[0].dataset.StudyInstanceUID))


def instances_of(held: list[Held]) -> list[InstanceAnswer]:
    return [
        InstanceAnswer(
            Uid(str(one.dataset.SeriesInstanceUID)),
            Uid(str(one.dataset.SOPInstanceUID)),
            Uid(str(one.dataset.SOPClassUID)),
        )
        for one in held
    ]


def uids(held: list[Held]) -> list[str]:
    return sorted(str(one.dataset.SOPInstanceUID) for one in held)


def never() -> bool:
    return False


def test_a_check_of_an_archive_that_is_there_is_silent(place: Place) -> None:
    assert place.archive.name == "pacs"
    place.archive.check()


def test_an_archive_that_is_not_there_is_unreachable(place: Place) -> None:
    with pytest.raises(ArchiveUnreachable):
        place.absent.check()
    with pytest.raises(ArchiveUnreachable):
        place.absent.find_studies(StudyQuery(patient_id="nobody"))


def test_studies_are_found_by_each_key(place: Place, holdings: Holdings) -> None:
    first = holdings.of(1)[0].dataset
    second = holdings.of(1, 2)[0].dataset
    of_patient = place.archive.find_studies(StudyQuery(patient_id=first.PatientID))
    assert {answer.study for answer in of_patient} == {first.StudyInstanceUID, second.StudyInstanceUID}
    for query in (
        StudyQuery(study=first.StudyInstanceUID),
        StudyQuery(accession=first.AccessionNumber),
        StudyQuery(patient_id=first.PatientID, accession=first.AccessionNumber, dates=ALWAYS),
    ):
        assert [answer.study for answer in place.archive.find_studies(query)] == [first.StudyInstanceUID]


def test_a_range_of_days_includes_both_its_ends(place: Place, holdings: Holdings) -> None:
    first = holdings.of(1)[0].dataset
    day = date.fromisoformat(first.StudyDate)
    for dates in (
        DateRange(day, day),
        DateRange(day, day + timedelta(1)),
        DateRange(day - timedelta(1), day),
    ):
        found = place.archive.find_studies(StudyQuery(patient_id=first.PatientID, dates=dates))
        assert first.StudyInstanceUID in {answer.study for answer in found}
    found = place.archive.find_studies(
        StudyQuery(patient_id=first.PatientID, dates=DateRange(None, day - timedelta(1)))
    )
    assert first.StudyInstanceUID not in {answer.study for answer in found}


def test_an_answer_says_what_the_study_says(place: Place, holdings: Holdings) -> None:
    said = holdings.of(1)[0].dataset
    (answer,) = place.archive.find_studies(StudyQuery(study=said.StudyInstanceUID))
    assert answer.patient_id == said.PatientID
    assert answer.accession == said.AccessionNumber
    assert answer.study_date == said.StudyDate
    assert answer.birth_date == said.PatientBirthDate
    assert answer.name == str(said.PatientName)
    assert answer.description == said.StudyDescription
    assert answer.instances in (None, 5)
    assert answer.series in (None, 2)


def test_what_nobody_has_is_no_answer(place: Place) -> None:
    assert place.archive.find_studies(StudyQuery(patient_id="nobody has this")) == []
    assert place.archive.find_instances(Uid("1.2.3.4.5.6")) == []


@pytest.mark.parametrize("value", ["*", "?", "A*", "1\\2", "PAT*\\?"])
def test_a_pattern_is_never_asked_for(place: Place, holdings: Holdings, value: str) -> None:
    with pytest.raises(QueryUnaskable):
        place.archive.find_studies(StudyQuery(patient_id=value))
    study = study_of(holdings.of(2))
    found = place.archive.find_studies(StudyQuery(study=study, patient_id=value))
    assert [answer.study for answer in found] == [study]


@pytest.mark.parametrize("value", ['"', "&PatientID=x", "a,b", "%2A", "Müller", "100%"])
def test_every_other_character_is_asked_for_as_it_is(place: Place, value: str) -> None:
    assert place.archive.find_studies(StudyQuery(patient_id=value)) == []


def test_series_are_those_of_the_study(place: Place, holdings: Holdings) -> None:
    held = holdings.of(1)
    found = place.archive.find_series(study_of(held))
    assert {one.series: one.modality for one in found} == {
        one.dataset.SeriesInstanceUID: one.dataset.Modality for one in held
    }
    assert len(found) == 2


def test_instances_are_those_of_the_study_or_of_the_series(place: Place, holdings: Holdings) -> None:
    held = holdings.of(1)
    found = place.archive.find_instances(study_of(held))
    assert sorted(one.sop_instance for one in found) == uids(held)
    assert sorted(place.archive.find_instances(study_of(held))) == sorted(found)
    (series,) = {one.series for one in found if one.sop_instance == held[4].dataset.SOPInstanceUID}
    some = place.archive.find_instances(study_of(held), [series])
    assert sorted(one.sop_instance for one in some) == uids(held[3:])
    assert {one.sop_class for one in some} <= {"", held[4].dataset.SOPClassUID}


def test_a_whole_study_arrives_in_the_syntax_it_is_kept_in(place: Place, holdings: Holdings) -> None:
    for patient in (1, 2):
        held = holdings.of(patient)
        if place.kind.startswith("dcmtk"):
            # dcmqrscp sends a class in one syntax, whatever its objects are kept in; by default a native one.
            held = [one for one in held if not one.is_packed]
        place.intake.taken.clear()
        done = place.archive.retrieve(Wanted(study_of(held), instances_of(held), whole=True), never)
        assert place.arrived == uids(held)
        packed = len(holdings.of(patient)) - len(held)
        assert (done.completed, done.failed, done.requests) == (len(held), packed, 1)
        kept = {str(one.dataset.SOPInstanceUID): one for one in held}
        for taken in place.intake.taken:
            assert taken.sop_class == kept[taken.sop_instance].dataset.SOPClassUID
            # DCMTK writes native data sets in the byte order and VR it likes best.
            if not place.kind.startswith("dcmtk"):
                assert taken.transfer_syntax == kept[taken.sop_instance].transfer_syntax
        if place.kind.endswith(("get", "web")):
            assert {(taken.origin.kind, taken.origin.batch) for taken in place.intake.taken} == {
                (OriginKind.ARCHIVE, "pacs")
            }


def test_the_data_set_arrives_as_it_is_kept(place: Place, holdings: Holdings) -> None:
    held = holdings.of(1)[:1]
    place.archive.retrieve(Wanted(study_of(held), instances_of(held)), never)
    (taken,) = place.intake.taken
    if place.kind.startswith(("orthanc", "dcmtk")):
        assert taken.path.read_bytes() == held[0].encoded


def test_series_and_single_instances_are_asked_for_as_such(place: Place, holdings: Holdings) -> None:
    held = holdings.of(1)
    mr = frozenset({Uid(str(held[3].dataset.SeriesInstanceUID))})
    wanted = Wanted(study_of(held), instances_of(held[1:]), whole_series=mr)
    done = place.archive.retrieve(wanted, never)
    assert place.arrived == uids(held[1:])
    assert done.requests == (3 if place.kind.endswith("web") else 2)


def test_retrieving_again_brings_the_same_again(place: Place, holdings: Holdings) -> None:
    held = holdings.of(1, 2)
    wanted = Wanted(study_of(held), instances_of(held))
    for _ in range(2):
        place.archive.retrieve(wanted, never)
    assert place.arrived == uids(held) * 2


def test_what_the_archive_does_not_have_is_nothing_or_failed(place: Place) -> None:
    nothing = InstanceAnswer(Uid("1.2.3.4"), Uid("1.2.3.5"), Uid("1.2.840.10008.5.1.4.1.1.2"))
    for wanted in (Wanted(Uid("1.2.3"), [nothing], whole=True), Wanted(Uid("1.2.3"), [nothing])):
        try:
            assert place.archive.retrieve(wanted, never).completed == 0
        except ArchiveBusy:
            # Orthanc answers 0xC000 for what it does not have.
            assert place.kind.startswith("orthanc")
    assert place.arrived == []


def test_nothing_is_asked_once_it_is_cancelled(place: Place, holdings: Holdings) -> None:
    held = holdings.of(1)
    done = place.archive.retrieve(Wanted(study_of(held), instances_of(held), whole=True), lambda: True)
    assert (done.completed, done.requests) == (0, 0)
    assert place.arrived == []


def test_an_archive_can_be_asked_again_after_it_was_closed(place: Place, holdings: Holdings) -> None:
    study = study_of(holdings.of(2))
    place.archive.find_series(study)
    place.archive.close()
    if not place.kind.endswith("web"):
        assert len(place.archive.find_series(study)) == 1
