"""The gate's own reader, against pydicom and against what should not be."""

import tracemalloc
import warnings
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from tests.unit.verify.files import ALL, EXPLICIT, clean

from tirage.demo.instances import encode
from tirage.dicom.sources import BytesSource, FileSource
from tirage.verify.reader import Unreadable, read_contents
from tirage.verify.scan import compile_gate, scan_file


def leaves(dataset: Dataset) -> list[int]:
    """Every tag with a value of its own, as pydicom sees it."""
    found: list[int] = []
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                found += leaves(item)
        else:
            found.append(int(element.tag))
    return found


@pytest.mark.filterwarnings("ignore")
def test_real_files_have_the_elements_pydicom_finds(real_files: list[Path]) -> None:
    compared = differ = 0
    for path in real_files[::5]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                dataset = pydicom.dcmread(path)
                wanted = sorted(leaves(dataset.file_meta) + leaves(dataset))
            except Exception:  # noqa: BLE001 - files pydicom refuses are no yardstick
                continue
        try:
            contents = read_contents(BytesSource(path.read_bytes()))
        except Unreadable:
            continue
        compared += 1
        differ += sorted([leaf[0] for leaf in contents.leaves] + [b.tag for b in contents.bulks]) != wanted
    assert compared > 10
    assert differ <= compared // 100


def test_fifty_thousand_sequences_deep_is_refused_at_once() -> None:
    start = encode(clean(), EXPLICIT)
    data = start + (b"\x40\0\x75\x02SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\xff\xff\xff\xff") * 50_000
    with pytest.raises(Unreadable):
        read_contents(BytesSource(data))


@pytest.mark.parametrize("length", [b"\xf0\xff\xff\xff", b"\xf0\xff\xff\x7f"])
def test_a_length_beyond_the_file_is_refused_without_reading_it(length: bytes) -> None:
    data = encode(clean(), EXPLICIT) + b"\xfc\xff\xfc\xffUT\0\0" + length
    with pytest.raises(Unreadable):
        read_contents(BytesSource(data))


def test_fragments_are_left_in_the_file_and_what_follows_is_read() -> None:
    dataset = clean()
    del dataset.PixelData
    fragments = b"\xfe\xff\0\xe0\0\0\0\0" + b"\xfe\xff\0\xe0\x04\0\0\0abcd" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    data = encode(dataset, EXPLICIT) + b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff" + fragments
    data += b"\xfc\xff\xfc\xffOB\0\0\x02\0\0\0zz"
    contents = read_contents(BytesSource(data))
    assert [bulk.range.length for bulk in contents.bulks] == [len(fragments)]
    assert contents.leaves[-1][0] == 0xFFFCFFFC
    assert b"abcd" not in contents.buffer


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A sparse file of 512 MB: the pieces that are read are 1 MiB."""
    path = tmp_path / "large.dcm"
    dataset = clean()
    del dataset.PixelData
    size = 512 << 20
    with path.open("wb") as file:
        file.write(encode(dataset, EXPLICIT))
        file.write(b"\xe0\x7f\x10\0OW\0\0" + size.to_bytes(4, "little"))
        file.seek(size - 8, 1)
        file.write(b"Okonkwo\0")
    gate = compile_gate(ALL)
    tracemalloc.start()
    with FileSource.open(path) as source:
        found = scan_file(gate, source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [finding.where for finding in found] == ["PixelData"]
    assert peak < 8 << 20
