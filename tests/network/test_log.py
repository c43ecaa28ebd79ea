"""One log line per association, and nothing in it that names a person or an object."""

from pathlib import Path

from structlog.testing import capture_logs
from tests.make import write_instance
from tests.peers import dcmtk
from tests.peers.intake import FolderIntake
from tests.peers.listener import running

from tirage.model.custody import StoreFull


def test_an_association_is_one_line_of_systems_and_counts(tmp_path: Path) -> None:
    path = write_instance(tmp_path, PatientName="Canary^Planted", PatientID="CANARY-77")
    intake = FolderIntake(tmp_path)
    with capture_logs() as lines, running(intake) as node:
        assert dcmtk.dcmsend(node.port, path).code == 0
        intake.refuse_begin = StoreFull("none left")
        dcmtk.dcmsend(node.port, path)
        dcmtk.echoscu(node.port, called="SOMEONE")
    assert [line["event"] for line in lines] == ["association"] * 3
    stored, refused, rejected = lines
    assert (stored["calling_ae"], stored["called_ae"], stored["stored"]) == ("DCMSEND", "TIRAGE", 1)
    assert (stored["end"], refused["refused"]) == ("released", {"STORE_FULL": 1})
    assert (rejected["end"], rejected["called_ae"]) == ("rejected CALLED_AE_NOT_RECOGNISED", "SOMEONE")
    said = repr(lines)
    assert intake.taken[0].sop_instance not in said
    for planted in ("Canary", "CANARY", str(tmp_path)):
        assert planted not in said


def test_our_sender_writes_nothing_of_its_own(tmp_path: Path, caplog: object, capfd: object) -> None:
    from tirage.network.scu.association import Peer
    from tirage.network.scu.store import read_sendable, store

    path = write_instance(tmp_path, PatientName="Canary^Planted")
    file = read_sendable(path)
    assert file is not None
    with capture_logs(), running(FolderIntake(tmp_path)) as node:
        store([file], Peer("127.0.0.1", node.port, "TIRAGE"), lambda _: None)
        store([file], Peer("127.0.0.1", 1, "TIRAGE", connect_timeout_s=1), lambda _: None)
    assert caplog.records == []  # type: ignore[attr-defined]
    assert capfd.readouterr() == ("", "")  # type: ignore[attr-defined]
