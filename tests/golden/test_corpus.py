"""Real scanner files: each ends in a disposition, and what passes reads as before in pydicom and dciodvfy."""

import io
import re
import shutil
import subprocess
import warnings
from collections import Counter
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_files
from tests.rebuilt import deidentified, planner_for

from tirage.deidentify.apply import Rebuilt, rebuild
from tirage.deidentify.chunks import Made, bytes_of
from tirage.dicom.elements import FileSource, Header, Malformed, read_header
from tirage.dicom.syntaxes import find_syntax
from tirage.link.identify import identifiers_of
from tirage.model.outcomes import Held, Passed, Refused

GEOMETRY = (
    "Rows",
    "Columns",
    "NumberOfFrames",
    "PixelSpacing",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "SliceThickness",
    "SpacingBetweenSlices",
    "PatientPosition",
    "RescaleSlope",
    "RescaleIntercept",
    "BitsAllocated",
    "BitsStored",
    "PixelRepresentation",
    "PhotometricInterpretation",
    "RepetitionTime",
    "EchoTime",
    "FlipAngle",
    "MagneticFieldStrength",
    "InstanceNumber",
    "Modality",
)


@pytest.fixture(scope="module")
def all_files(real_files: list[Path]) -> list[Path]:
    """The corpus and pydicom's own test files, each once."""
    shipped = (Path(name) for name in get_testdata_files())
    return sorted({*real_files, *(path for path in shipped if path.is_file())})


def test_every_file_ends_in_a_disposition_and_what_passes_reads_as_before(all_files: list[Path]) -> None:
    ends: Counter[str] = Counter()
    for path in all_files:
        with FileSource.open(path) as source:
            try:
                header = read_header(source)
            except Malformed as error:
                ends[error.reason.value] += 1
                continue
            outcome = rebuild(header, planner_for(header))
            assert isinstance(outcome, Passed | Held | Refused)
            if not isinstance(outcome, Passed):
                ends[outcome.reason.value] += 1
                continue
            ends["passed"] += 1
            output = b"".join(bytes_of(chunk, header.body) for chunk in outcome.value.chunks)
            names = {
                part.encode()
                for words in identifiers_of(header).words
                for part in words.replace("=", "^").split("^")
                if len(part) > 4 and part.isascii() and part.casefold() not in ("patient", "phantom")
            }
        assert not [name for name in names if name in output], "a name is left"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _assert_reads_as_before(path, output, is_copied=_is_copied(header, outcome.value))
    assert sum(ends.values()) == len(all_files)
    assert ends["passed"] > 0


def _is_copied(header: Header, output: Rebuilt) -> bool:
    """Whether pixel data are native and nothing in them had to be blanked or cleared."""
    syntax = find_syntax(header.transfer_syntax)
    return not (syntax and syntax.codec) and not any(isinstance(chunk, Made) for chunk in output.chunks)


def _assert_reads_as_before(path: Path, output: bytes, *, is_copied: bool) -> None:
    before, after = pydicom.dcmread(path), pydicom.dcmread(io.BytesIO(output))
    for element in after.iterall():
        assert element.tag is not None  # every element decodes
    for keyword in GEOMETRY:
        if keyword in before and before[keyword].value not in (None, ""):
            assert after[keyword].value == before[keyword].value, keyword
    if is_copied and "PixelData" in before:
        length = len(after.PixelData) - len(after.PixelData) % 2
        kept = bytes(after.PixelData)
        assert kept[: length - 1] == bytes(before.PixelData)[: length - 1]
    assert [element.tag for element in after] == sorted(element.tag for element in after)


def test_the_output_has_no_error_that_the_input_had_not(real_files: list[Path], tmp_path: Path) -> None:
    """Every tenth file, so that each scanner of the corpus is there; messages are compared without values."""
    if shutil.which("dciodvfy") is None:
        pytest.fail("dciodvfy is missing: install Debian's dicom3tools")
    checked = 0
    for path in real_files[::10]:
        try:
            output = deidentified(path.read_bytes())
        except AssertionError:
            continue  # held
        place = tmp_path / "output.dcm"
        place.write_bytes(output)
        new = _errors(place) - _errors(path)
        assert not new, f"{path.stem}: {sorted(new)}"
        checked += 1
    assert checked > 5  # far more with the corpus


def _errors(path: Path) -> set[str]:
    done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, check=False)
    lines = (done.stdout + done.stderr).decode("latin-1").splitlines()
    return {re.sub(r" = <[^>]*>", "", line) for line in lines if line.startswith("Error")}
