"""From a cohort to a delivered release, with archives that do as they should and archives that do not."""

from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from tests.flow.acquiring import AcquiringNode
from tests.make import make_dataset, make_instance
from tests.peers.badarchive import BadArchive
from tirage.model.requests import RequestOutcome


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
