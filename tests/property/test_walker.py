"""Whatever the bytes are, the walker answers soon: with a header or Malformed; pydicom's files it reads."""

import io
import json
import time
import warnings

import pydicom
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from tests.unit.dicom.bytes_builder import UNDEFINED, element, encapsulated, file, image, item, read, sequence

from tirage.acquire.accept import accept
from tirage.catalog.reader import HeaderReader
from tirage.catalog.summarise import summarise
from tirage.dicom.charsets import charset_of
from tirage.dicom.elements import BytesSource, Header, Malformed
from tirage.dicom.json import to_json
from tirage.dicom.syntaxes import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE

SYNTAXES = st.sampled_from((EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG, "1.2.840.10008.1.2.4.50"))
MODEST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

RICH = file(
    image(
        replace={
            0x00080005: element(0x00080005, b"CS", b"ISO 2022 IR 6\\ISO 2022 IR 87"),
            0x00081140: sequence(
                0x00081140, [item(sequence(0x0040A730, [item(b"", defined=True)], defined=True))]
            ),
            0x00091010: element(0x00091010, b"UN", item(b"\x10\0\x20\0\4\0\0\x004711"), length=UNDEFINED)
            + b"\xfe\xff\xdd\xe0\0\0\0\0",
        },
        pixels=encapsulated([b"\xff\xd8\xff\xdb" + bytes(20)]),
    ),
    "1.2.840.10008.1.2.4.50",
)


def assert_answers(data: bytes) -> None:
    """A header that hangs together, or Malformed; never anything else, never late."""
    started = time.process_time()
    try:
        header = read(data, allow_bare=True)
    except Malformed:
        pass
    else:
        assert_hangs_together(header)
        json.loads(to_json(header))
        accept(header)
        summarise(header)
    assert time.process_time() - started < 1


def assert_hangs_together(header: Header) -> None:
    reached = 0
    ends = [len(header.buffer)]
    for tag, vr, start, value, end, depth in header.elements:
        while start >= ends[-1] and len(ends) > 1:
            ends.pop()
        assert reached <= start <= value <= end <= ends[-1]
        assert 0 <= depth <= 64
        assert len(vr) == 2
        if vr in (b"SQ", b"IT"):
            ends.append(end)
            reached = value
        else:
            reached = end
        assert (tag == 0xFFFEE000) == (vr == b"IT")
    if header.pixel is not None:
        assert header.pixel.offset + header.pixel.length <= header.body.size


@MODEST
@given(st.binary(max_size=600), SYNTAXES)
@example(b"", EXPLICIT_LITTLE)
def test_arbitrary_bytes_after_a_meta_header(data, syntax):
    assert_answers(file(data, syntax))


@MODEST
@given(st.binary(max_size=400))
def test_arbitrary_files(data):
    assert_answers(data)


@MODEST
@given(st.lists(st.tuples(st.integers(0, len(RICH) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_file_with_some_bytes_changed(changes):
    data = bytearray(RICH)
    for place, byte in changes:
        data[place] = byte
    assert_answers(bytes(data))


@MODEST
@given(st.integers(0, len(RICH)), st.integers(0, len(RICH)), st.binary(max_size=12))
def test_a_file_with_a_piece_replaced(one, two, piece):
    first, last = sorted((one, two))
    assert_answers(RICH[:first] + piece + RICH[last:])


@MODEST
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_text_under_no_character_set_fails(declared, value):
    text, _ = charset_of(declared).decode(value)
    text.encode("utf-8")


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_characters="\\"), max_size=20)
DATASETS = st.fixed_dictionaries(
    {},
    optional={
        "PatientID": TEXT,
        "StudyDescription": TEXT,
        "ImageComments": TEXT,
        "SliceThickness": st.integers(-1000, 1000),
        "ImagePositionPatient": st.lists(st.integers(-99, 99), min_size=3, max_size=3),
        "InstanceNumber": st.integers(-1000, 1000),
        "Rows": st.integers(0, 65535),
        "SmallestImagePixelValue": st.integers(0, 32767),
        "RealWorldValueSlope": st.floats(allow_nan=False, allow_infinity=False),
        "FrameIncrementPointer": st.sampled_from((0x00181063, 0x00181065)),
        "EncapsulatedDocument": st.binary(max_size=40).map(lambda data: data[: len(data) // 2 * 2]),
    },
)


def build(values: dict[str, object], nested: list[dict[str, object]]) -> Dataset:
    content = Dataset()
    content.SpecificCharacterSet = "ISO_IR 192"
    content.PixelRepresentation = 0
    for keyword, value in values.items():
        setattr(content, keyword, value)
    items = []
    for inner in nested:
        part = Dataset()
        for keyword, value in inner.items():
            setattr(part, keyword, value)
        items.append(part)
    content.ReferencedImageSequence = items
    return content


@MODEST
@given(
    DATASETS, st.lists(DATASETS, max_size=3), SYNTAXES.filter(lambda uid: "4.50" not in uid), st.booleans()
)
def test_what_pydicom_writes_is_read_with_pydicoms_values(values, nested, syntax, undefined):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        content = build(values, nested)
        content["ReferencedImageSequence"].is_undefined_length = undefined
        whole = Dataset()
        whole.update(content)
        whole.file_meta = FileMetaDataset()
        whole.file_meta.MediaStorageSOPClassUID = whole.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
        whole.file_meta.TransferSyntaxUID = syntax
        target = io.BytesIO()
        dcmwrite(target, whole, enforce_file_format=True)
        expected = pydicom.dcmread(io.BytesIO(target.getvalue())).to_json_dict()
    found = json.loads(to_json(read(target.getvalue())))
    assert list(found) == list(expected)
    for tag, entry in expected.items():
        if entry["vr"] == "SQ":
            assert found[tag].get("Value", []) == entry["Value"]
        else:
            assert found[tag] == entry


@MODEST
@given(st.lists(st.tuples(st.integers(0, len(RICH) - 1), st.integers(0, 255)), max_size=3), st.integers(1, 4))
def test_a_reader_that_knows_a_series_answers_as_one_that_does_not(changes, repeats):
    reader = HeaderReader()
    data = bytearray(RICH)
    for place, byte in changes:
        data[place] = byte
        for _ in range(repeats):
            assert_same_answer(reader, bytes(data))


def assert_same_answer(reader: HeaderReader, data: bytes) -> None:
    try:
        expected = read(data)
    except Malformed:
        with pytest.raises(Malformed):
            reader.read(BytesSource(data))
    else:
        assert summarise(reader.read(BytesSource(data))).header == to_json(expected)
