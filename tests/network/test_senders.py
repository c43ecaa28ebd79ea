"""Real senders against our listener: DCMTK, Orthanc, pynetdicom, and our own sender."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from tests.make import write_instance
from tests.peers import dcmtk, orthanc
from tests.peers.intake import FolderIntake
from tests.peers.listener import RunningListener, running

from tirage.dicom.syntaxes import transfer_syntaxes
from tirage.model.custody import ObjectUnreadable, StoreFull
from tirage.model.delivery import DestinationRefused, DestinationUnreachable
from tirage.network.offers import storage_classes
from tirage.network.scu.association import Peer
from tirage.network.scu.echo import echo
from tirage.network.scu.store import Problem, Sendable, Sent, read_sendable, store


@dataclass
class Node:
    """Our listener and what it took in."""

    intake: FolderIntake
    running: RunningListener

    @property
    def port(self) -> int:
        return self.running.port

    def peer(self, **changes: str) -> Peer:
        return Peer("127.0.0.1", self.port, changes.get("called", "TIRAGE"), "SENDER")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    folder = tmp_path / "taken"
    folder.mkdir()
    intake = FolderIntake(folder)
    with running(intake) as listener:
        yield Node(intake, listener)
    assert intake.open == 0, "an object was neither committed nor aborted"


def dataset_sha256(path: Path) -> str:
    """SHA-256 of a file's data set alone, as encoded."""
    whole = path.read_bytes()
    length = int.from_bytes(whole[140:144], "little")
    return hashlib.sha256(whole[144 + length :]).hexdigest()


def taken_sha256(node: Node) -> Counter[str]:
    return Counter(taken.sha256 for taken in node.intake.taken)


@pytest.fixture
def objects(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "objects"
    folder.mkdir()
    paths = [write_instance(folder, 1, 1, 1, number) for number in (1, 2, 3)]
    paths.append(write_instance(folder, 2, 1, 1, 1, modality="MR"))
    paths.append(write_instance(folder, 2, 2, 1, 1, modality="SR"))
    paths.append(write_instance(folder, 3, 1, 1, 1, rows=512, columns=512))
    return paths


def test_echoscu_is_answered(node: Node) -> None:
    spoken = dcmtk.echoscu(node.port)
    assert spoken.code == 0, spoken.text
    assert "Received Echo Response (Success)" in spoken.text


def test_echoscu_under_a_wrong_name_is_told_so(node: Node) -> None:
    spoken = dcmtk.echoscu(node.port, called="SOMEONE")
    assert spoken.code != 0
    assert "Called AE Title Not Recognized" in spoken.text


def test_echoscu_proposing_128_contexts_is_answered(node: Node) -> None:
    spoken = dcmtk.echoscu(node.port, "-pts", "38", "-ppc", "128")
    assert spoken.code == 0, spoken.text


def test_dcmsend_delivers_every_byte(node: Node, objects: list[Path]) -> None:
    spoken = dcmtk.dcmsend(node.port, *objects)
    assert spoken.code == 0, spoken.text
    assert taken_sha256(node) == Counter(dataset_sha256(path) for path in objects)
    origin = node.intake.taken[0].origin
    assert (origin.calling_ae, origin.called_ae, origin.address) == ("DCMSEND", "TIRAGE", "127.0.0.1")


def test_what_was_stated_is_what_the_file_says(node: Node, objects: list[Path]) -> None:
    assert dcmtk.dcmsend(node.port, *objects).code == 0
    stated = {(t.sop_class, t.sop_instance, t.transfer_syntax) for t in node.intake.taken}
    assert stated == {
        (m.MediaStorageSOPClassUID, m.MediaStorageSOPInstanceUID, m.TransferSyntaxUID)
        for m in (dcmread(path, stop_before_pixels=True).file_meta for path in objects)
    }


@pytest.mark.parametrize("option", ["-x=", "-xe", "-xb", "-xi", "-xd"])
def test_storescu_may_propose_any_uncompressed_syntax(node: Node, objects: list[Path], option: str) -> None:
    spoken = dcmtk.storescu(node.port, *objects, options=[option])
    assert spoken.code == 0, spoken.text
    assert len(node.intake.taken) == len(objects)


def test_small_pdus_make_no_difference(node: Node, objects: list[Path]) -> None:
    spoken = dcmtk.storescu(node.port, *objects, options=["--max-send-pdu", "4096", "-xe"])
    assert spoken.code == 0, spoken.text
    assert taken_sha256(node) == Counter(dataset_sha256(path) for path in objects)


def test_real_scanner_files_arrive_in_the_syntax_they_have(node: Node, real_files: list[Path]) -> None:
    sendable = [file for path in real_files[:60] if (file := read_sendable(path)) is not None]
    sendable = [file for file in sendable if file.transfer_syntax in transfer_syntaxes()]
    sendable = [file for file in sendable if file.sop_class in storage_classes()]
    assert sendable
    sent = store(sendable, node.peer(), lambda _: None)
    assert {result.status for result in sent} == {0}
    assert Counter(taken.transfer_syntax for taken in node.intake.taken) == Counter(
        file.transfer_syntax for file in sendable
    )


def test_orthanc_sends_to_us(node: Node, objects: list[Path], tmp_path: Path) -> None:
    with orthanc.running(tmp_path / "orthanc") as pacs:
        pacs.add_modality("node", "TIRAGE", node.port)
        ids = [pacs.post("/instances", path.read_bytes())["ID"] for path in objects]
        pacs.post("/modalities/node/echo", b"{}")
        answer = pacs.post("/modalities/node/store", ids)
        assert answer["FailedInstancesCount"] == 0
        assert answer["InstancesCount"] == len(objects)
    assert len(node.intake.taken) == len(objects)
    assert {taken.origin.calling_ae for taken in node.intake.taken} == {"ORTHANC"}


def test_pynetdicom_sends_decoded_data_sets_in_three_encodings(node: Node, tmp_path: Path) -> None:
    from pynetdicom import AE, _config

    syntaxes = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian]
    for syntax in syntaxes:
        path = write_instance(tmp_path, transfer_syntax=syntax)
        dataset = dcmread(path)
        entity = AE(ae_title="PYNETDICOM")
        entity.add_requested_context(dataset.SOPClassUID, syntax)
        association = entity.associate("127.0.0.1", node.port, ae_title="TIRAGE")
        assert association.is_established
        _config.STORE_SEND_CHUNKED_DATASET = False
        assert association.send_c_store(dataset).Status == 0
        association.release()
    assert [taken.transfer_syntax for taken in node.intake.taken] == syntaxes


def test_our_sender_sends_files_as_they_are(node: Node, objects: list[Path]) -> None:
    files = [file for path in objects if (file := read_sendable(path))]
    heard: list[Sent] = []
    sent = store(files, node.peer(), heard.append)
    assert sorted(heard, key=lambda result: result.index) == sent
    assert [(result.problem, result.status) for result in sent] == [(Problem.NONE, 0)] * len(files)
    assert taken_sha256(node) == Counter(dataset_sha256(path) for path in objects)


def test_more_than_128_kinds_of_object_take_more_than_one_association(node: Node, tmp_path: Path) -> None:
    syntaxes = [uid for uid, syntax in transfer_syntaxes().items() if not syntax.by_reference][:15]
    classes = sorted(storage_classes())[:10]
    path = write_instance(tmp_path)
    files = [Sendable(path, sop_class, syntax) for sop_class in classes for syntax in syntaxes]
    assert len(files) > 128
    own = read_sendable(path)
    assert own is not None
    sent = store([*files, own], node.peer(), lambda _: None)
    assert [result.index for result in sent] == list(range(151))
    assert sent[150].status == 0
    # The file is not what it was offered as: it is not sent as something else.
    assert {result.problem for result in sent[:150]} <= {Problem.UNREADABLE, Problem.NONE}
    assert {taken.transfer_syntax for taken in node.intake.taken} == {own.transfer_syntax}


def test_a_store_fault_reaches_the_sender_as_its_status(node: Node, objects: list[Path]) -> None:
    files = [file for path in objects if (file := read_sendable(path))]
    node.intake.refuse_begin = StoreFull("none left")
    assert {result.status for result in store(files, node.peer(), lambda _: None)} == {0xA700}
    node.intake.refuse_begin, node.intake.refuse_write = None, StoreFull("none left")
    assert {result.status for result in store(files, node.peer(), lambda _: None)} == {0xA700}
    node.intake.refuse_write, node.intake.refuse_commit = None, ObjectUnreadable("broken")
    assert {result.status for result in store(files, node.peer(), lambda _: None)} == {0xC000}
    assert not list(node.intake.folder.iterdir())
    node.intake.refuse_commit = None
    assert {result.status for result in store(files, node.peer(), lambda _: None)} == {0}


def test_the_same_object_ten_times_at_once_is_success_each_time(node: Node, objects: list[Path]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    file = read_sendable(objects[0])
    assert file is not None
    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(lambda _: store([file], node.peer(), lambda _: None)[0].status, range(10)))
    assert results == [0] * 10


def test_an_echo_to_nobody_is_unreachable_and_under_a_wrong_name_refused(node: Node) -> None:
    echo(node.peer())
    with pytest.raises(DestinationRefused):
        echo(node.peer(called="SOMEONE"))
    node.running.stop()
    with pytest.raises((DestinationUnreachable, DestinationRefused)):
        echo(Peer("127.0.0.1", 1, "TIRAGE", connect_timeout_s=2))


def test_a_refused_context_and_an_unreadable_file_fail_alone(
    node: Node, objects: list[Path], tmp_path: Path
) -> None:
    good = read_sendable(objects[0])
    assert good is not None
    gone = Sendable(tmp_path / "gone.dcm", good.sop_class, good.transfer_syntax)
    odd = Sendable(objects[0], "1.2.3.4", good.transfer_syntax)
    sent = store([odd, gone, good], node.peer(), lambda _: None)
    assert [result.problem for result in sent] == [Problem.NOT_ACCEPTED, Problem.UNREADABLE, Problem.NONE]
    assert sent[2].status == 0


def test_a_file_that_is_no_dicom_file_is_nothing_to_send(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<html>")
    assert read_sendable(path) is None
    assert read_sendable(tmp_path / "gone") is None


def test_neither_path_nor_uid_shows_in_a_repr(objects: list[Path]) -> None:
    file = read_sendable(objects[0])
    assert objects[0].name not in repr(file)
