"""A sidecar says how an image was taken, and nothing else."""

import json

import pytest

from tirage.deliver.sequences import BOLD, CT
from tirage.deliver.sidecars import read, write

WRITTEN = """{
\t"Modality": "CT",
\t"InstitutionName": "St Wendeline Infirmary",
\t"SeriesDescription": "seen by Dr Doe",
\t"AcquisitionTime": "12:01:01.000000",
\t"ConvolutionKernel": "I31f\\\\3",
\t"ReconFilterType": "I31f\\",
\t"XRayExposure": 107
}"""


def test_only_what_is_allowed_is_kept() -> None:
    kept = json.loads(write(read(WRITTEN), CT))
    assert kept == {"Modality": "CT", "ConvolutionKernel": "I31f\\3", "XRayExposure": 107}


def test_a_value_that_ends_in_a_backslash_spoils_only_itself() -> None:
    assert "ReconFilterType" not in read(WRITTEN)
    assert read(WRITTEN)["XRayExposure"] == 107


def test_a_task_nobody_named_is_said_to_be_so() -> None:
    assert json.loads(write({}, BOLD))["TaskName"] == "unspecified"


@pytest.mark.parametrize("text", ["", "[]", '{"a": '])
def test_what_is_no_object_is_no_sidecar(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read(text)
