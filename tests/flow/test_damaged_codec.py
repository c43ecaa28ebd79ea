"""A codestream that ends its decoder's process costs one object, with one process as with many."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from typer.testing import CliRunner

from tests.make import make_dataset, write_instance
from tirage.cli.deid import app
from tirage.demo import instances

JPEG = "1.2.840.10008.1.2.4.50"


def damaged_capture() -> bytes:
    """A secondary capture in colour whose Huffman tables lack two bytes: GDCM aborts."""
    values = np.random.default_rng(1).integers(0, 256, (40, 44, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(values, "YCbCr").save(file, "JPEG", subsampling=2)
    stream = file.getvalue()
    tables = stream.index(b"\xff\xc4")
    stream = stream[: tables + 31] + stream[tables + 33 :]
    content = make_dataset(
        patient=1,
        series=7,
        rows=4,
        columns=4,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        Modality="OT",
        ConversionType="WSD",
        SamplesPerPixel=3,
        PhotometricInterpretation="YBR_FULL_422",
        PlanarConfiguration=0,
        PixelRepresentation=0,
        Rows=40,
        Columns=44,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
    )
    content.PixelData = encapsulate([stream + b"\0" * (len(stream) % 2)])
    content["PixelData"].VR = "OB"
    content["PixelData"].is_undefined_length = True
    return instances.encode(content, JPEG)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_stream_that_ends_its_decoder_is_held_and_its_neighbours_are_not(tmp_path: Path, jobs: str) -> None:
    source = tmp_path / "in"
    for instance in (1, 2):
        write_instance(source, 1, 1, 1, instance)
    (source / "damaged.dcm").write_bytes(damaged_capture())
    report = tmp_path / "report.jsonl"
    done = CliRunner().invoke(
        app,
        ["run", str(source), str(tmp_path / "out"), "--json", "--jobs", jobs, "--report", str(report)],
    )
    assert done.exit_code in (0, 1), done.output
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    found = {Path(line["input"]).name == "damaged.dcm": line["reason"] for line in lines}
    assert len(lines) == 3
    assert found == {True: "DECODE_CRASH", False: ""}
