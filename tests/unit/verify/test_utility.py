"""What research needs, asked before and after."""

from copy import deepcopy
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.make import make_dataset

from tirage.model.records import Finding
from tirage.verify.utility import (
    Pair,
    broken_references,
    changed_geometry,
    changed_intervals,
    lost_diffusion,
    lost_suv,
)


def pair(before: Dataset, **changes: Any) -> Pair:
    """An object, and the same with attributes changed or, given None, removed."""
    after = deepcopy(before)
    for keyword, value in changes.items():
        if value is None:
            del after[keyword]
        else:
            setattr(after, keyword, value)
    return Pair(before.to_json_dict(), after.to_json_dict())


def diffusion() -> Dataset:
    dataset = make_dataset(modality="MR", private=False)
    dataset.DiffusionBValue = 1000.0
    dataset.DiffusionGradientOrientation = [0.5, 0.5, 0.7071]
    block = dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "IS", 1000)
    block.add_new(0x0E, "FD", [0.5, 0.5, 0.7071])
    return dataset


def test_diffusion_that_is_as_it_was_is_fine_in_another_block_too() -> None:
    before = diffusion()
    moved = deepcopy(before)
    for element in (0x0010, 0x100C, 0x100E):
        del moved[0x0019, element]
    moved.add_new(0x00190011, "LO", "SIEMENS MR HEADER")
    moved.add_new(0x0019110C, "IS", 1000)
    moved.add_new(0x0019110E, "FD", [0.5, 0.5, 0.7071])
    assert lost_diffusion(Pair(before.to_json_dict(), moved.to_json_dict())) == []


def test_lost_and_changed_diffusion_is_told() -> None:
    assert lost_diffusion(pair(diffusion(), DiffusionBValue=None)) == [Finding("DiffusionBValue", "lost")]
    assert lost_diffusion(pair(diffusion(), DiffusionBValue=900.0)) == [Finding("DiffusionBValue", "changed")]
    before = diffusion()
    after = deepcopy(before)
    del after[0x0019, 0x100E]
    assert lost_diffusion(Pair(before.to_json_dict(), after.to_json_dict())) == [
        Finding("(0019,0E) SIEMENS MR HEADER", "lost")
    ]


def pet() -> Dataset:
    dataset = make_dataset(modality="CT", private=False)
    dataset.PatientWeight = 71.5
    dataset.SeriesTime = "101500"
    item = Dataset()
    item.RadionuclideTotalDose = 3.5e8
    item.RadionuclideHalfLife = 6586.2
    item.RadiopharmaceuticalStartTime = "091500.00"
    dataset.RadiopharmaceuticalInformationSequence = Sequence([item])
    return dataset


def test_what_an_uptake_value_needs_is_asked_for() -> None:
    assert lost_suv(pair(pet())) == []
    assert lost_suv(pair(pet(), PatientWeight=None)) == [Finding("PatientWeight", "lost")]
    assert lost_suv(pair(pet(), SeriesTime="111500")) == [
        Finding("RadiopharmaceuticalStartTime", "interval changed")
    ]


def test_geometry_is_compared_at_every_depth() -> None:
    assert changed_geometry(pair(make_dataset())) == []
    assert changed_geometry(pair(make_dataset(), PixelSpacing=[0.1, 0.1])) == [
        Finding("PixelSpacing", "changed")
    ]
    before = make_dataset()
    plane = Dataset()
    plane.ImagePositionPatient = [1, 2, 3]
    frame = Dataset()
    frame.PlanePositionSequence = Sequence([plane])
    before.PerFrameFunctionalGroupsSequence = Sequence([frame])
    after = deepcopy(before)
    after.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient = [1, 2, 4]
    assert changed_geometry(Pair(before.to_json_dict(), after.to_json_dict())) == [
        Finding("ImagePositionPatient", "changed")
    ]


def referring(name: str, *others: str) -> Dataset:
    dataset = Dataset()
    dataset.SOPInstanceUID = name
    items = []
    for other in others:
        item = Dataset()
        item.ReferencedSOPInstanceUID = other
        items.append(item)
    dataset.ReferencedImageSequence = Sequence(items)
    return dataset


def test_references_within_a_set_resolve_after_as_before() -> None:
    image = Pair(referring("1.1").to_json_dict(), referring("2.1").to_json_dict())
    state = referring("1.2", "1.1", "9.9").to_json_dict()
    kept = Pair(state, referring("2.2", "2.1", "7.7").to_json_dict())
    lost = Pair(state, referring("2.2", "7.7").to_json_dict())
    assert broken_references([image, kept]) == []
    assert broken_references([image, lost]) == [Finding("ReferencedSOPInstanceUID", "leads nowhere")]
    assert broken_references([lost]) == []  # the image is in no set


def dated(**dates: str) -> Dataset:
    dataset = Dataset()
    for keyword, value in dates.items():
        setattr(dataset, keyword, value)
    return dataset


def test_all_dates_of_a_patient_move_by_one_number_of_days() -> None:
    before = dated(
        StudyDate="20240301", AcquisitionDateTime="20240302101500.5+0100", PatientBirthDate="19700101"
    )
    after = dated(
        StudyDate="20200228", AcquisitionDateTime="20200229101500.5+0100", PatientBirthDate="19700601"
    )
    assert changed_intervals([Pair(before.to_json_dict(), after.to_json_dict())]) == []
    other = Pair(
        dated(StudyDate="20240310", SeriesDate="20240310").to_json_dict(),
        dated(StudyDate="20200308", SeriesDate="20200309").to_json_dict(),
    )
    assert changed_intervals([Pair(before.to_json_dict(), after.to_json_dict()), other]) == [
        Finding("SeriesDate", "interval changed")
    ]
