"""What an image is called: as its sequence and its description say, or nothing."""

from typing import Any

import pytest

from tirage.deliver.sequences import BOLD, CT, DIFFUSION, PET, Kind, kind_of

SPIN: dict[str, Any] = {"Modality": "MR", "ScanningSequence": "SE", "ImageType": ["ORIGINAL", "PRIMARY", "M"]}
T1: dict[str, Any] = SPIN | {"EchoTime": 0.011, "RepetitionTime": 0.6}
T2: dict[str, Any] = SPIN | {"EchoTime": 0.09, "RepetitionTime": 4.5}
FLAIR: dict[str, Any] = T2 | {"ScanningSequence": "SE\\IR", "InversionTime": 2.2, "RepetitionTime": 9.0}
MPRAGE: dict[str, Any] = SPIN | {
    "ScanningSequence": "GR\\IR",
    "MRAcquisitionType": "3D",
    "EchoTime": 0.003,
    "RepetitionTime": 2.3,
    "InversionTime": 0.9,
}
ECHO_PLANAR: dict[str, Any] = SPIN | {
    "ScanningSequence": "EP\\GR",
    "EchoTime": 0.03,
    "RepetitionTime": 2.0,
    "SeriesDescription": "rest fMRI",
}


@pytest.mark.parametrize(
    ("facts", "volumes", "has_gradients", "kind"),
    [
        (T1, 1, False, Kind("anat", "T1w")),
        (MPRAGE, 1, False, Kind("anat", "T1w")),
        (T2, 1, False, Kind("anat", "T2w")),
        (FLAIR, 1, False, Kind("anat", "FLAIR")),
        (FLAIR | {"SeriesDescription": "t2_flair_tra"}, 1, False, Kind("anat", "FLAIR")),
        (T1 | {"RepetitionTime": 3.0}, 1, False, Kind("anat", "PDw")),
        (T1 | {"ContrastBolusIngredient": "GADOLINIUM"}, 1, False, Kind("anat", "T1w", ("ce-contrast",))),
        (ECHO_PLANAR, 200, False, BOLD),
        (ECHO_PLANAR | {"ScanningSequence": "EP", "SequenceName": "*epfid2d1_64"}, 200, False, BOLD),
        (ECHO_PLANAR | {"ScanningSequence": "SE\\EP"}, 31, True, DIFFUSION),
        ({"Modality": "CT", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]}, 1, False, CT),
        ({"Modality": "PT", "ImageType": ["ORIGINAL", "PRIMARY"]}, 1, False, PET),
    ],
)
def test_a_sequence_that_leaves_no_choice_has_its_name(
    facts: dict[str, Any], volumes: int, has_gradients: bool, kind: Kind
) -> None:
    assert kind_of(facts, volumes, has_gradients) == kind


@pytest.mark.parametrize(
    ("facts", "volumes", "has_gradients"),
    [
        (T1 | {"ImageType": ["DERIVED", "SECONDARY", "MPR"]}, 1, False),
        (T1 | {"ImageType": ["ORIGINAL", "PRIMARY", "P"]}, 1, False),
        (T1 | {"SeriesDescription": "3-plane localizer"}, 1, False),
        (T1 | {"SeriesDescription": "T2 ax"}, 1, False),
        (T2 | {"SeriesDescription": "T1 ax"}, 1, False),
        (T1 | {"EchoTime": 0.05}, 1, False),
        (T1 | {"EchoTime": None}, 1, False),
        (MPRAGE | {"InversionTime": None}, 1, False),
        (T1, 2, False),
        (ECHO_PLANAR | {"SeriesDescription": "perfusion", "ProtocolName": "ax dsc"}, 60, False),
        (ECHO_PLANAR | {"SeriesDescription": "pcasl rest"}, 60, False),
        (ECHO_PLANAR | {"SeriesDescription": ""}, 200, False),
        (ECHO_PLANAR, 3, False),
        (ECHO_PLANAR, 1, True),
        ({"Modality": "CT", "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, 1, False),
        ({"Modality": "US"}, 1, False),
        ({}, 1, False),
    ],
)
def test_what_could_be_two_things_has_no_name(
    facts: dict[str, Any], volumes: int, has_gradients: bool
) -> None:
    assert kind_of(facts, volumes, has_gradients) is None
