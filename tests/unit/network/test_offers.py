"""What a node offers to take in."""

import pytest

from tirage.network.offers import storage_classes, storage_offer

CT = "1.2.840.10008.5.1.4.1.1.2"


@pytest.mark.parametrize(
    "sop_class",
    [
        CT,
        "1.2.840.10008.5.1.4.1.1.2.1",  # Enhanced CT
        "1.2.840.10008.5.1.4.1.1.481.3",  # RT Structure Set
        "1.2.840.10008.5.1.4.1.1.88.11",  # Basic Text SR
        "1.2.840.10008.5.1.4.1.1.104.1",  # Encapsulated PDF
        "1.2.840.10008.5.1.4.1.1.66.4",  # Segmentation
        "1.2.840.10008.5.1.4.1.1.5",  # Nuclear Medicine, retired
        "1.2.840.10008.5.1.4.1.1.1.2",  # Mammography, for presentation
        "1.2.840.10008.5.1.4.1.1.9.1.1",  # 12-lead ECG
        "1.2.840.10008.5.1.4.1.1.7",  # Secondary Capture
    ],
)
def test_storage_classes_are_taken(sop_class: str) -> None:
    assert sop_class in storage_classes()


@pytest.mark.parametrize(
    "sop_class",
    [
        "1.2.840.10008.1.20.1",  # Storage Commitment
        "1.2.840.10008.1.3.10",  # Media Storage Directory
        "1.2.840.10008.5.1.4.1.2.2.1",  # Study Root query
        "1.2.840.10008.5.1.4.31",  # Modality Worklist
        "1.2.3.4",
    ],
)
def test_other_services_are_not(sop_class: str) -> None:
    assert sop_class not in storage_classes()


def test_lossy_syntaxes_are_taken_but_never_chosen_over_others() -> None:
    ranks = storage_offer().transfer_syntaxes
    lossy = ranks["1.2.840.10008.1.2.4.50"]
    assert all(
        ranks[uid] < lossy for uid in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5")
    )
    assert ranks["1.2.840.10008.1.2.1"] < ranks["1.2.840.10008.1.2"]


def test_pixels_that_lie_elsewhere_are_not_offered() -> None:
    assert "1.2.840.10008.1.2.4.94" not in storage_offer().transfer_syntaxes
