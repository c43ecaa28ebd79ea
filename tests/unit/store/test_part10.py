"""The file meta in front of a data set; pydicom is the judge."""

import hashlib
import io

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from tests.make import make_instance

from tirage.model.identifiers import IMPLEMENTATION_CLASS, Uid
from tirage.store.part10 import file_meta, read_meta

CT = Uid("1.2.840.10008.5.1.4.1.1.2")
IMPLICIT = Uid("1.2.840.10008.1.2")


@pytest.mark.parametrize("instance", ["1.2.3", "1.2.34", "1"])
def test_pydicom_reads_the_file_meta_we_write(instance: str) -> None:
    dataset = Dataset()
    dataset.PatientID = "P1"
    body = io.BytesIO()
    dataset.save_as(body, implicit_vr=True, little_endian=True)
    whole = file_meta(CT, Uid(instance), IMPLICIT) + body.getvalue()
    read = dcmread(io.BytesIO(whole))
    assert whole[:128] == bytes(128)
    assert read.file_meta.MediaStorageSOPClassUID == CT
    assert read.file_meta.MediaStorageSOPInstanceUID == instance
    assert read.file_meta.TransferSyntaxUID == IMPLICIT
    assert read.file_meta.ImplementationClassUID == IMPLEMENTATION_CLASS
    assert "SourceApplicationEntityTitle" not in read.file_meta
    assert read.PatientID == "P1"


def test_the_file_meta_of_a_file_is_read_back() -> None:
    written = file_meta(CT, Uid("1.2.3"), IMPLICIT)
    meta = read_meta(written + b"\x08\x00\x05\x00\x00\x00\x00\x00")
    assert meta is not None
    assert (meta.sop_class, meta.sop_instance, meta.transfer_syntax) == (CT, "1.2.3", IMPLICIT)
    assert meta.dataset_offset == len(written)


def test_the_file_meta_of_another_program_is_read() -> None:
    made = make_instance(1, 1, 1, 7)
    meta = read_meta(made)
    expected = dcmread(io.BytesIO(made))
    assert meta is not None
    assert meta.sop_instance == expected.file_meta.MediaStorageSOPInstanceUID
    assert made[meta.dataset_offset :].startswith(b"\x08\x00")


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"\0" * 128,
        b"<html>" * 100,
        bytes(128) + b"DICM",
        file_meta(CT, Uid("1.2.3"), IMPLICIT)[:200],
        bytes(128) + b"DICM" + b"\x02\x00\x01\x00OB\x00\x00\xf0\xff\xff\xff",
        bytes(128) + b"DICM" + b"\x02\x00\x01\x00OB\x00\x00",
    ],
)
def test_what_has_no_sound_file_meta_is_said_to_have_none(start: bytes) -> None:
    assert read_meta(start) is None


def test_a_uid_of_any_characters_is_written_and_read_without_harm() -> None:
    written = file_meta(CT, Uid("../../etc/\udcffpasswd"), IMPLICIT)
    meta = read_meta(written)
    assert meta is not None
    assert meta.sop_class == CT


def test_the_file_meta_is_the_same_bytes_in_every_version() -> None:
    # Objects are known again by the digest of these bytes and their data set: never change them.
    digest = hashlib.sha256(file_meta(CT, Uid("1.2.3"), IMPLICIT)).hexdigest()
    assert digest == "367312506747613aa9f267256208dec7ce10aa2df14633e6387ce37a1fc42011"
