"""Acquiring from DCMTK's archive, by C-MOVE and by C-GET."""

from pathlib import Path

import pytest

from tests.flow.acquiring import AcquiringNode
from tests.make import make_dataset, write_instance
from tests.peers import dcmqrscp
from tests.peers.ports import free_port
from tirage.model.requests import RequestOutcome


@pytest.mark.parametrize("retrieve", ["move", "get"])
def test_a_study_of_dcmtks_archive_ends_delivered(tmp_path: Path, retrieve: str) -> None:
    paths = [write_instance(tmp_path / "held", 1, 1, 1, number) for number in (1, 2, 3)]
    port, one = free_port(), make_dataset(1, 1, 1, 1)
    with dcmqrscp.running(tmp_path / "archive", paths, {"TIRAGE": port}) as archive:
        node = AcquiringNode(
            tmp_path / "node",
            {"vna": (archive.port, archive.ae_title)},
            more=f'retrieve = "{retrieve}"',
            port=port,
        )
        node.load([{"patient_id": one.PatientID, "study_uid": one.StudyInstanceUID}])
        node.acquire()
    assert [outcome for outcome, _ in node.outcomes()] == [RequestOutcome.DELIVERED]
    assert node.tally.released == 3
