"""Delivery into a BIDS data set: every voxel, valid names, nobody's name, and what has no name is said."""

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from tests.contract.places.bids import rebuilt, voxels
from tests.contract.places.place import pixels
from tests.make import make_dataset, write_instance

from tirage.demo.people import INSTITUTION
from tirage.model.delivery import Consignment, Delivery, DestinationRefused, Proof, Receipt
from tirage.model.identifiers import Digest, ResearchPath, Uid
from tirage.network.send import dataset
from tirage.network.send.bids import BidsDestination

ANAT = "sub-P1/{ses}/anat/sub-P1_{ses}_run-1_{suffix}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "bids"
    root.mkdir()
    return root


@pytest.fixture
def destination(root: Path, tmp_path: Path) -> BidsDestination:
    return BidsDestination("bids", root, ("MR", "CT"), tmp_path / "outbox")


def consigned(path: Path, subject: str = "P1") -> Consignment:
    header = dcmread(path, stop_before_pixels=True)
    return Consignment(
        ResearchPath(path),
        Digest(hashlib.sha256(path.read_bytes()).hexdigest()),
        f"lung/v0001/{subject}/study/{path.name}",
        Uid(str(header.SOPClassUID)),
        Uid(str(header.SOPInstanceUID)),
        Uid(str(header.file_meta.TransferSyntaxUID)),
        subject,
        Uid(str(header.StudyInstanceUID)),
        Uid(str(header.SeriesInstanceUID)),
        str(header.Modality),
    )


def taken(
    folder: Path, series: int = 1, slices: int = 3, subject: str = "P1", **more: Any
) -> list[Consignment]:
    """A series; odd numbers are T1, even ones T2."""
    more.setdefault("modality", "MR")
    return [
        consigned(write_instance(folder / "release" / subject, 1, 1, series, number, **more), subject)
        for number in range(1, slices + 1)
    ]


def repeated(folder: Path, volumes: int, **more: Any) -> list[Consignment]:
    """A series of several volumes of three slices."""
    items = []
    for volume in range(volumes):
        for place in (1, 2, 3):
            number = 3 * volume + place
            changing = {name: each(volume) for name, each in more.items() if callable(each)}
            path = write_instance(
                folder / "release" / "P1",
                1,
                1,
                5,
                number,
                modality="MR",
                private=False,
                ImagePositionPatient=[0.0, 0.0, 5.5 * place],
                SliceLocation=5.5 * place,
                InstanceNumber=number,
                TemporalPositionIdentifier=volume + 1,
                NumberOfTemporalPositions=volumes,
                AcquisitionNumber=volume + 1,
                **(more | changing),
            )
            items.append(consigned(path))
    return items


def listed(folder: Path) -> list[Consignment]:
    path = folder / "manifest.json"
    path.write_bytes(b"{}")
    digest = Digest(hashlib.sha256(b"{}").hexdigest())
    return [Consignment(ResearchPath(path), digest, "lung/v0001/manifest.json")]


def deliver(destination: BidsDestination, items: list[Consignment]) -> list[Receipt]:
    return destination.deliver(items, lambda _: None)


def said(receipts: list[Receipt]) -> set[tuple[Delivery, str]]:
    return {(receipt.status, receipt.detail) for receipt in receipts}


def images(root: Path) -> list[str]:
    return sorted(path.name.split("_", 2)[2] for path in root.rglob("*.nii.gz"))


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_study_becomes_a_valid_data_set_with_every_voxel(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    items = [
        *taken(tmp_path, 1),
        *taken(tmp_path, 2),
        *taken(tmp_path, 3),
        *taken(tmp_path, 4, modality="CT"),
    ]
    receipts = deliver(destination, items)
    assert said(receipts) == {(Delivery.DELIVERED, "")}
    assert {receipt.proof for receipt in receipts} == {Proof.READ_BACK}
    assert images(root) == [f"run-{name}.nii.gz" for name in ("1_T1w", "1_T2w", "1_ct", "2_T1w")]
    assert rebuilt(root, tmp_path / "release") == sorted(pixels(item.path) for item in items)
    assert said(deliver(destination, listed(tmp_path))) == {(Delivery.DELIVERED, "")}
    there = root / "lung" / "v0001"
    verdict = json.loads((there / dataset.VERDICT).read_bytes())
    assert verdict == {"errors": 0, "codes": {}}
    assert (there / "code/tirage/release/manifest.json").read_bytes() == b"{}"
    assert not list(root.rglob("*.part"))
    assert not list((tmp_path / "outbox").iterdir()), "nothing is left in the outbox"


def test_diffusion_has_its_gradients_and_is_valid(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    directions = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    items = repeated(
        tmp_path,
        4,
        Manufacturer="Philips",
        ScanningSequence=["SE", "EP"],
        EchoTime=80,
        RepetitionTime=5000,
        DiffusionBValue=lambda volume: 1000.0 if volume else 0.0,
        DiffusionGradientOrientation=lambda volume: directions[volume],
    )
    assert said(deliver(destination, items)) == {(Delivery.DELIVERED, "")}
    (image,) = root.rglob("*_run-1_dwi.nii.gz")
    stem = image.name.removesuffix(".nii.gz")
    assert (image.with_name(f"{stem}.bval")).read_text().split() == ["0", "1000", "1000", "1000"]
    assert len(image.with_name(f"{stem}.bvec").read_text().splitlines()) == 3
    assert all_voxels(image) == {slice_of(item) for item in items}
    assert said(deliver(destination, listed(tmp_path))) == {(Delivery.DELIVERED, "")}


def test_a_functional_series_is_valid_and_says_that_its_task_is_unknown(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    items = repeated(
        tmp_path,
        10,
        ScanningSequence=["EP", "GR"],
        EchoTime=30,
        RepetitionTime=2000,
        SeriesDescription="fMRI",
    )
    assert said(deliver(destination, items)) == {(Delivery.DELIVERED, "")}
    (image,) = root.rglob("*_task-unspecified_run-1_bold.nii.gz")
    facts = json.loads(image.with_name(image.name.replace(".nii.gz", ".json")).read_bytes())
    assert (facts["TaskName"], facts["RepetitionTime"]) == ("unspecified", 2)
    assert all_voxels(image) == {slice_of(item) for item in items}
    assert said(deliver(destination, listed(tmp_path))) == {(Delivery.DELIVERED, "")}


def all_voxels(image: Path) -> set[bytes]:
    return {each.tobytes() for each in voxels(image)}


def slice_of(item: Consignment) -> bytes:
    return bytes(dcmread(item.path).PixelData)


def test_nobodys_name_is_in_any_file(destination: BidsDestination, root: Path, tmp_path: Path) -> None:
    items = [*taken(tmp_path, 1), *taken(tmp_path, 2, modality="CT", ImageComments="seen by Dr Doe")]
    deliver(destination, items)
    person = make_dataset(1)
    planted = [INSTITUTION, str(person.PatientID), str(person.AccessionNumber), "Doe", "12:01:01"]
    planted += str(person.PatientName).split("^")
    for name, content in files(root).items():
        plain = gzip.decompress(content) if name.endswith(".gz") else content
        for word in filter(None, planted):
            assert word.encode() not in plain, name


def test_what_has_no_name_in_bids_is_skipped_and_said_to_be(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    named = taken(tmp_path, 1)
    unnamed = taken(tmp_path, 3, EchoTime=50)
    other = taken(tmp_path, 6, modality="US")
    receipts = deliver(destination, [*named, *unnamed, *other])
    assert [(each.status, each.detail) for each in receipts] == [
        *[(Delivery.DELIVERED, "")] * 3,
        *[(Delivery.SKIPPED, "NO_BIDS_NAME")] * 3,
        *[(Delivery.SKIPPED, "OTHER_MODALITY")] * 3,
    ]
    (record,) = (root / "lung/v0001/code/tirage").glob("*.json")
    assert json.loads(record.read_bytes())["series"][unnamed[0].series]["skipped"] == "NO_BIDS_NAME"


def test_a_series_that_cannot_be_converted_fails_alone(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    good, bad = taken(tmp_path, 1), taken(tmp_path, 2, PixelData=None)
    receipts = deliver(destination, [*good, *bad])
    assert said(receipts[:3]) == {(Delivery.DELIVERED, "")}
    assert said(receipts[3:]) == {(Delivery.FAILED, "NOT_CONVERTED")}
    assert not any(receipt.is_worth_retrying for receipt in receipts)
    assert images(root) == ["run-1_T1w.nii.gz"]


def test_slices_at_uneven_places_are_delivered_as_they_were_taken(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    items = [
        consigned(
            write_instance(
                tmp_path / "release" / "P1",
                1,
                1,
                1,
                number,
                ImagePositionPatient=[0, 0, at],
                SliceLocation=at,
            )
        )
        for number, at in ((1, 0.0), (2, 2.5), (3, 10.0), (4, 12.5))
    ]
    assert said(deliver(destination, items)) == {(Delivery.DELIVERED, "")}
    assert images(root) == ["run-1_ct.nii.gz"]
    assert rebuilt(root, tmp_path / "release") == sorted(pixels(item.path) for item in items)


def test_a_series_that_could_not_be_placed_keeps_its_name_for_the_next_try(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    first, second = taken(tmp_path, 1), taken(tmp_path, 3)
    deliver(destination, [*first, *second])
    before = files(root)
    (record,) = (root / "lung/v0001/code/tirage").glob("*.json")
    (sidecar,) = root.rglob("*run-1_T1w.json")
    content = json.loads(record.read_bytes())
    del content["series"][first[0].series]
    record.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
    sidecar.unlink()
    assert said(deliver(destination, first)) == {(Delivery.DELIVERED, "")}
    assert files(root) == before


def test_a_series_with_fewer_slices_than_objects_is_not_believed(
    destination: BidsDestination, tmp_path: Path
) -> None:
    items = taken(tmp_path, 1)
    twin = write_instance(tmp_path / "release" / "twin", 1, 1, 1, 3, modality="MR", PixelData=None)
    receipts = deliver(destination, [*items, consigned(twin)])
    assert said(receipts) == {(Delivery.FAILED, "NOT_CONVERTED")}


def test_repeating_changes_no_byte(destination: BidsDestination, root: Path, tmp_path: Path) -> None:
    items = taken(tmp_path, 1)
    deliver(destination, items)
    before = files(root)
    receipts = deliver(destination, items)
    assert said(receipts) == {(Delivery.ALREADY, "")}
    assert {receipt.proof for receipt in receipts} == {Proof.READ_BACK}
    assert files(root) == before


def test_what_was_placed_before_a_crash_is_found_without_its_record(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    items = taken(tmp_path, 1)
    deliver(destination, items)
    before = files(root)
    (record,) = (root / "lung/v0001/code/tirage").glob("*.json")
    record.unlink()
    assert said(deliver(destination, items)) == {(Delivery.ALREADY, "")}
    assert files(root) == before


def test_a_study_of_other_objects_is_a_conflict_and_nothing_changes(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    items = taken(tmp_path, 1, slices=4)
    deliver(destination, items[:3])
    before = files(root)
    assert said(deliver(destination, items)) == {(Delivery.CONFLICT, "")}
    assert files(root) == before


@pytest.mark.parametrize("ending", [".nii.gz", ".json"])
def test_a_file_that_somebody_changed_is_a_conflict_and_one_that_is_gone_is_made_again(
    destination: BidsDestination, root: Path, tmp_path: Path, ending: str
) -> None:
    items = taken(tmp_path, 1)
    deliver(destination, items)
    before = files(root)
    (file,) = root.rglob(f"sub-*T1w{ending}")
    file.write_bytes(b"changed")
    assert said(deliver(destination, items)) == {(Delivery.CONFLICT, "")}
    assert file.read_bytes() == b"changed"
    file.unlink()
    assert said(deliver(destination, items)) == {(Delivery.DELIVERED, "")}
    assert files(root) == before


def test_a_record_that_cannot_be_read_is_not_overwritten(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    items = taken(tmp_path, 1)
    deliver(destination, items)
    (record,) = (root / "lung/v0001/code/tirage").glob("*.json")
    record.write_bytes(b"{")
    assert said(deliver(destination, items)) == {(Delivery.CONFLICT, "")}
    assert record.read_bytes() == b"{"


def test_a_data_set_that_is_not_valid_gets_no_lists(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    deliver(destination, taken(tmp_path, 1))
    there = root / "lung" / "v0001"
    (there / "stray.nii.gz").write_bytes(b"not ours")
    receipts = deliver(destination, listed(tmp_path))
    assert said(receipts) == {(Delivery.FAILED, "NOT_VALID")}
    assert json.loads((there / dataset.VERDICT).read_bytes())["errors"] >= 1
    assert not (there / "code/tirage/release/manifest.json").exists()


def test_a_file_where_a_folder_should_be_is_a_fault_of_each_object(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    (root / "lung").write_bytes(b"somebody's")
    assert said(deliver(destination, taken(tmp_path, 1))) == {(Delivery.FAILED, "BAD_NAME")}
    assert said(deliver(destination, listed(tmp_path))) == {(Delivery.FAILED, "BAD_NAME")}
    assert files(root) == {"lung": b"somebody's"}


def test_without_its_converter_a_study_waits(
    destination: BidsDestination, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = taken(tmp_path, 1)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    receipts = deliver(destination, items)
    assert said(receipts) == {(Delivery.FAILED, "NO_CONVERTER")}
    assert all(receipt.is_worth_retrying for receipt in receipts)
    with pytest.raises(DestinationRefused, match="dcm2niix is not installed"):
        destination.check()


def test_a_notice_of_withdrawal_stands_beside_the_data_sets(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    notices = [replace(each, name="lung/withdrawals/1.json") for each in listed(tmp_path)]
    assert said(deliver(destination, notices)) == {(Delivery.DELIVERED, "")}
    assert files(root) == {"lung/withdrawals/1.json": b"{}"}


def test_pseudonyms_that_differ_by_a_dot_are_two_subjects(
    destination: BidsDestination, root: Path, tmp_path: Path
) -> None:
    for subject in ("P.1", "P-1", "P1"):
        deliver(destination, taken(tmp_path, 1, subject=subject))
    rows = (root / "lung/v0001/participants.tsv").read_text().splitlines()
    assert rows == ["participant_id", "sub-P1", "sub-PZ2D1", "sub-PZ2E1"]


@pytest.mark.parametrize("name", ["1.dcm", "../v0001/x/1.dcm", "/lung/v0001/1.dcm"])
def test_names_that_lead_elsewhere_are_refused(
    destination: BidsDestination, root: Path, tmp_path: Path, name: str
) -> None:
    (item,) = taken(tmp_path, 1, slices=1)
    assert said(deliver(destination, [replace(item, name=name)])) == {(Delivery.FAILED, "BAD_NAME")}
    assert not list(root.iterdir())


def test_rows_are_compared_in_the_order_in_which_they_were_taken(tmp_path: Path) -> None:
    """The comparison of voxels is no comparison of sums: one that is upside down differs."""
    (item,) = taken(tmp_path, 1, slices=1)
    picture = np.frombuffer(slice_of(item), "<i2").reshape(32, 32)
    assert picture[::-1].tobytes() != picture.tobytes()
