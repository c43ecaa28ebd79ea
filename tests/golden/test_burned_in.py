"""A name burned into a picture is gone from the finished file, in every way pixels are encoded."""

import io

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels import pixel_array
from tests.make import make_dataset
from tests.rebuilt import deidentified

from tirage.demo import instances

ROWS, COLUMNS, LINE = 240, 320, 34
EXPLICIT, RLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"
JPEG, J2K, J2K_LOSSLESS = (f"1.2.840.10008.1.2.4.{leaf}" for leaf in (50, 91, 90))
JPEG_LS, NEAR_LOSSLESS = (f"1.2.840.10008.1.2.4.{leaf}" for leaf in (80, 81))


def picture() -> np.ndarray:
    """A soft round body below one line of text."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    image = Image.fromarray((90 * np.exp(-((x - 160) ** 2 + (y - 140) ** 2) / 5000)).astype(np.uint8))
    ImageDraw.Draw(image).text(
        (6, 4), "MUSTERMANN ERIKA 21.03.1955", fill=255, font=ImageFont.load_default(18)
    )
    return np.asarray(image)


def capture(frames: list[bytes], photometric: str, syntax: str) -> bytes:
    colours = 1 if photometric.startswith("MONO") else 3
    content: Dataset = make_dataset(
        rows=4,
        columns=4,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        Modality="OT",
        ConversionType="WSD",
        BurnedInAnnotation="YES",
        SamplesPerPixel=colours,
        PhotometricInterpretation=photometric,
        PlanarConfiguration=0 if colours == 3 else None,
        Rows=ROWS,
        Columns=COLUMNS,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
    )
    content.PixelData = frames[0] if syntax == EXPLICIT else encapsulate(frames)
    content["PixelData"].VR = "OB"
    content["PixelData"].is_undefined_length = syntax != EXPLICIT
    return instances.encode(content, syntax)


def coded(grey: np.ndarray, photometric: str, syntax: str) -> bytes:
    from jpeg_ls import encode_buffer
    from openjpeg.utils import encode_array
    from rle.rle import encode_frame

    colour = photometric[:4] != "MONO"
    values = np.repeat(grey[:, :, np.newaxis], 3, axis=2) if colour else grey
    if photometric.startswith("YBR_FULL"):
        values = np.asarray(Image.fromarray(values).convert("YCbCr"))
    match syntax:
        case _ if syntax == JPEG:
            file = io.BytesIO()
            Image.fromarray(values, "YCbCr" if colour else "L").save(file, "JPEG", quality=90)
            return file.getvalue()
        case _ if syntax == RLE:
            return bytes(encode_frame(values.tobytes(), ROWS, COLUMNS, 3 if colour else 1, 8, "<"))
        case _ if syntax in (JPEG_LS, NEAR_LOSSLESS):
            near = 2 if syntax == NEAR_LOSSLESS else 0
            return bytes(encode_buffer(values.tobytes(), ROWS, COLUMNS, 3 if colour else 1, 8, near, 2))
        case _ if syntax in (J2K, J2K_LOSSLESS):
            lossy = {"compression_ratios": [5]} if syntax == J2K else {}
            return bytes(encode_array(values, 8, int(photometric[4:] in ("RCT", "ICT")), **lossy))
        case _:
            return values.tobytes()


@pytest.mark.parametrize(
    ("syntax", "photometric", "becomes", "then"),
    [
        (EXPLICIT, "MONOCHROME2", EXPLICIT, "MONOCHROME2"),
        (EXPLICIT, "RGB", EXPLICIT, "RGB"),
        (JPEG, "MONOCHROME2", JPEG, "MONOCHROME2"),
        (JPEG, "YBR_FULL_422", JPEG, "YBR_FULL_422"),
        (RLE, "RGB", RLE, "RGB"),
        (JPEG_LS, "MONOCHROME2", JPEG_LS, "MONOCHROME2"),
        (NEAR_LOSSLESS, "MONOCHROME2", JPEG_LS, "MONOCHROME2"),
        (J2K_LOSSLESS, "YBR_RCT", J2K_LOSSLESS, "YBR_RCT"),
        (J2K, "YBR_ICT", J2K_LOSSLESS, "YBR_RCT"),
    ],
)
def test_a_burned_in_name_goes_and_the_picture_below_stays(
    syntax: str, photometric: str, becomes: str, then: str
) -> None:
    source = capture([coded(picture(), photometric, syntax)], photometric, syntax)
    output = pydicom.dcmread(io.BytesIO(deidentified(source)))
    assert output.file_meta.TransferSyntaxUID == becomes
    assert output.PhotometricInterpretation == then
    assert output.BurnedInAnnotation == "NO"
    before = pixel_array(pydicom.dcmread(io.BytesIO(source)), raw=True)
    after = pixel_array(output, raw=True)
    brightness = after if after.ndim == 2 else after[:, :, 0]
    assert brightness[:LINE].max() < 60
    assert np.array_equal(after[LINE:], before[LINE:])
