"""What is released can still be worked with: converted, measured, followed from object to object."""

import shutil
import subprocess
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from tests.golden.census import Census
from tests.make import make_dataset

from tirage.cli.deid.project import DEFAULT_PROJECT
from tirage.demo.instances import encode
from tirage.flow.folder import inputs_of, run
from tirage.policy.project import load_project

DCM2NIIX = Path(sys.executable).parent / "dcm2niix"
B_VALUE = (0x0019, 0x100C)
"""Siemens' own b-value."""

MOST_FILES = 200
"""Files of a series that is converted."""

GEOMETRY = (
    "Columns",
    "GridFrameOffsetVector",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "NumberOfFrames",
    "PixelSpacing",
    "Rows",
    "SliceThickness",
    "SpacingBetweenSlices",
)
SUV = (
    "DecayCorrection",
    "PatientSex",
    "PatientSize",
    "PatientWeight",
    "RadionuclideHalfLife",
    "RadionuclideTotalDose",
    "Units",
)

_HEADER = slice(40, 348)
"""NIfTI-1: dimensions, spacing, scaling and both orientations; before it nothing is used."""
_TEXTS = slice(148 - 40, 252 - 40)
"""Description and auxiliary file, free text with times and names."""

pytestmark = pytest.mark.serial


@cache
def read(path: Path) -> Dataset:
    """A file's header; pydicom's warnings about old files are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        dataset.decode()
        return dataset


def elements(dataset: Dataset, path: str = "") -> Iterator[tuple[str, pydicom.DataElement]]:
    """Every element at any depth, by its place."""
    for element in dataset:
        here = f"{path}{element.keyword or element.tag}"
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from elements(item, f"{here}[{number}].")
        else:
            yield here, element


def references(dataset: Dataset) -> set[str]:
    """The objects that an object refers to."""
    return {str(each.value) for _, each in elements(dataset) if each.keyword == "ReferencedSOPInstanceUID"}


def pairs_of(census: Census) -> list[tuple[Dataset, Dataset]]:
    return [(read(before), read(after)) for before, after in census.released]


def converted(folder: Path) -> dict[str, bytes]:
    """What dcm2niix makes of a folder, by file name."""
    done = subprocess.run(
        [DCM2NIIX, "-z", "n", "-b", "n", "-f", "%s", "-o", folder, folder], capture_output=True, check=False
    )
    assert done.returncode in (0, 8), done.stdout[-500:]  # 8: some were converted and some not
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".dcm"}


def test_dcm2niix_makes_the_same_volumes_and_gradients_of_outputs_as_of_inputs(
    census: Census, tmp_path: Path
) -> None:
    series = defaultdict(list)
    for before, after in census.released:
        header = read(before)
        if header.get("Modality") in ("MR", "CT") and before.suffix == ".dcm" and "shared" in before.parts:
            series[header.SeriesInstanceUID].append((before, after))
    volumes = 0
    for number, files in enumerate(each for each in series.values() if len(each) <= MOST_FILES):
        made = []
        for side in (0, 1):
            folder = tmp_path / str(number) / ("before", "after")[side]
            folder.mkdir(parents=True)
            for position, pair in enumerate(files):
                shutil.copy(pair[side], folder / f"{position}.dcm")
            made.append(converted(folder))
        before_files, after_files = made
        assert before_files.keys() == after_files.keys()
        for name, content in before_files.items():
            if name.endswith((".bval", ".bvec")):
                assert after_files[name] == content, name
            elif name.endswith(".nii"):
                volumes += 1
                assert _without_texts(after_files[name]) == _without_texts(content), name
    assert volumes or not series


def test_gradients_of_a_diffusion_series_are_as_before(real_files: list[Path], tmp_path: Path) -> None:
    weighted = [path for path in real_files if B_VALUE in read(path) and read(path).Manufacturer == "SIEMENS"]
    if not weighted:
        pytest.skip("the corpus is not there")
    # The file meta information of these says another UID than the data set, for which they are refused.
    outputs(tmp_path, *map(pydicom.dcmread, weighted), syntax=ImplicitVRLittleEndian)
    (tmp_path / "after").mkdir()
    for number, path in enumerate((tmp_path / "out").rglob("*.dcm")):
        shutil.copy(path, tmp_path / "after" / f"{number}.dcm")
    before, after = converted(tmp_path / "in"), converted(tmp_path / "after")
    gradients = [name for name in before if name.endswith((".bval", ".bvec"))]
    assert len(gradients) == 2
    for name in gradients:
        assert after[name] == before[name]


def _without_texts(nifti: bytes) -> tuple[bytes, bytes]:
    header = bytearray(nifti[_HEADER])
    header[_TEXTS] = bytes(_TEXTS.stop - _TEXTS.start)
    return bytes(header), nifti[352:]


def test_geometry_is_untouched_at_every_depth(census: Census) -> None:
    compared = 0
    for before, after in pairs_of(census):
        sides = [
            [(place, str(each.value)) for place, each in elements(side) if each.keyword in GEOMETRY]
            for side in (before, after)
        ]
        lost = [place for place, value in sides[0] if value and (place, value) not in set(sides[1])]
        assert not [place for place in lost if "Icon" not in place]
        compared += len(sides[0])
    assert compared > 100


def test_all_dates_of_a_patient_move_by_the_same_number_of_days(census: Census) -> None:
    moves = defaultdict(set)
    for before, after in pairs_of(census):
        then = dict(elements(after))
        for place, element in elements(before):
            kept = then.get(place)
            if element.VR == "DA" and kept is not None and element.VM == kept.VM == 1:
                days = _days(str(element.value), str(kept.value))
                if days is not None:
                    moves[after.PatientID].add(days)
    assert moves
    assert {len(days) for days in moves.values()} == {1}


def test_times_stay_so_that_intervals_within_a_day_do(census: Census) -> None:
    for before, after in pairs_of(census):
        for keyword in ("AcquisitionTime", "ContentTime", "SeriesTime", "StudyTime"):
            if after.get(keyword):
                assert after[keyword].value == before[keyword].value


def test_references_lead_to_the_outputs_of_what_they_led_to(census: Census) -> None:
    pairs = pairs_of(census)
    new = {before.SOPInstanceUID: after.SOPInstanceUID for before, after in pairs}
    followed = 0
    for before, after in pairs:
        if before.PatientID == "":
            continue
        targets = references(after)
        for _, element in elements(before):
            if element.keyword == "ReferencedSOPInstanceUID" and element.value in new:
                followed += 1
                assert new[element.value] in targets
    assert followed or not any("shared" in path.parts for path, _ in census.released)


def test_the_uptake_of_a_pet_can_be_computed_as_before(tmp_path: Path) -> None:
    before = make_dataset(
        modality="CT",
        SOPClassUID="1.2.840.10008.5.1.4.1.1.128",
        Modality="PT",
        Units="BQML",
        DecayCorrection="START",
        SeriesDate="20240229",
        SeriesTime="235900",
        AcquisitionDate="20240301",
        AcquisitionTime="001500",
        PatientWeight="71.5",
        PatientSize="1.74",
        PatientSex="F",
    )
    dose = Dataset()
    dose.Radiopharmaceutical = "Fluorodeoxyglucose"
    dose.RadiopharmaceuticalStartTime = "225500.00"
    dose.RadiopharmaceuticalStartDateTime = "20240229225500.00"
    dose.RadionuclideTotalDose = "287000000"
    dose.RadionuclideHalfLife = "6586.2"
    before.RadiopharmaceuticalInformationSequence = [dose]
    (after,) = outputs(tmp_path, before)
    kept = {each.keyword: each.value for _, each in elements(after)}
    wanted = {each.keyword: each.value for _, each in elements(before)}
    for keyword in SUV:
        assert kept[keyword] == wanted[keyword], keyword
    assert _decay(after) == _decay(before) == timedelta(minutes=80)


def test_plans_doses_contours_and_presentations_refer_to_the_images_of_their_study(tmp_path: Path) -> None:
    image = make_dataset()
    reference = Dataset()
    reference.ReferencedSOPClassUID = image.SOPClassUID
    reference.ReferencedSOPInstanceUID = image.SOPInstanceUID
    contour, roi, frame = Dataset(), Dataset(), Dataset()
    contour.ContourImageSequence = [reference]
    contour.ContourGeometricType, contour.NumberOfContourPoints = "CLOSED_PLANAR", "1"
    contour.ContourData = ["1", "2", "3"]
    roi.ReferencedROINumber, roi.ContourSequence = "1", [contour]
    frame.ROINumber, frame.ROIName = "1", "GTV"
    frame.ReferencedFrameOfReferenceUID = image.FrameOfReferenceUID
    bare = {"PixelData": None, "modality": "CT"}
    structures = make_dataset(
        instance=2,
        series=2,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.481.3",
        Modality="RTSTRUCT",
        StructureSetLabel="GTV",
        StructureSetROISequence=[frame],
        ROIContourSequence=[roi],
        **bare,
    )
    shown = Dataset()
    shown.SeriesInstanceUID, shown.ReferencedImageSequence = image.SeriesInstanceUID, [reference]
    presentation = make_dataset(
        instance=3,
        series=3,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.11.1",
        Modality="PR",
        ReferencedSeriesSequence=[shown],
        **bare,
    )
    made = {each.Modality: each for each in outputs(tmp_path, image, structures, presentation)}
    assert made.keys() == {"CT", "RTSTRUCT", "PR"}
    for modality in ("RTSTRUCT", "PR"):
        assert made["CT"].SOPInstanceUID in references(made[modality])
    series = made["PR"].ReferencedSeriesSequence[0].SeriesInstanceUID
    assert series == made["CT"].SeriesInstanceUID
    (named,) = made["RTSTRUCT"].StructureSetROISequence
    assert named.ROIName == "GTV"
    assert named.ReferencedFrameOfReferenceUID == made["CT"].FrameOfReferenceUID
    assert made["RTSTRUCT"].ROIContourSequence[0].ContourSequence[0].ContourData == [1, 2, 3]


def outputs(folder: Path, *datasets: Dataset, syntax: str = ExplicitVRLittleEndian) -> list[Dataset]:
    """The outputs of data sets, which all must pass."""
    source, target = folder / "in", folder / "out"
    source.mkdir()
    for number, dataset in enumerate(datasets):
        (source / f"{number}.dcm").write_bytes(encode(dataset, syntax))
    project = load_project(DEFAULT_PROJECT)
    lines = [
        line
        for chunk in run(inputs_of(source), target, DEFAULT_PROJECT, project, bytes(32), jobs=1)
        for line in chunk
    ]
    assert not [(line.reason, line.findings) for line in lines if line.reason]
    return [pydicom.dcmread(target / line.output) for line in lines]


def _decay(dataset: Dataset) -> timedelta:
    """From injection to the beginning of the series, as vendor-neutral SUV needs it (QIBA)."""
    (dose,) = dataset.RadiopharmaceuticalInformationSequence
    begin = _moment(f"{dataset.AcquisitionDate}{dataset.AcquisitionTime}")
    return begin - _moment(str(dose.RadiopharmaceuticalStartDateTime)[:14])


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _days(before: str, after: str) -> int | None:
    try:
        return (_moment(f"{after}000000") - _moment(f"{before}000000")).days
    except ValueError:
        return None
