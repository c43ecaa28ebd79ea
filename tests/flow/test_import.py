"""Folders, ZIP files and DICOMDIRs are taken in whole; traps are refused."""

import io
import os
import zipfile
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.flow.nodes import PROJECT, TestNode
from tests.make import make_instance
from tirage.flow.steps.intake import NothingToImport
from tirage.service import ImportReport


def taken(node: TestNode, path: Path) -> ImportReport:
    with node.open() as opened:
        report = opened.import_files(path, PROJECT, lambda each: None)
        assert opened.run_until_idle(lambda stages: None, 60)
        return opened.outcomes(report)


def dispositions(report: ImportReport) -> list[str]:
    return [line.reason or line.disposition for line in report.lines]


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_zip_file_is_read_without_being_unpacked(node: TestNode, tmp_path: Path) -> None:
    members = {f"disc/image{number}": make_instance(instance=number) for number in range(1, 4)}
    report = taken(node, zipped(tmp_path / "cd.zip", members | {"disc/readme.txt": b"viewer"}))
    assert dispositions(report) == ["released", "released", "released", "NOT_DICOM"]
    assert not (tmp_path / "disc").exists()


def test_a_zip_file_that_climbs_is_refused_whole(node: TestNode, tmp_path: Path) -> None:
    path = zipped(tmp_path / "evil.zip", {"good": make_instance(), "../../outside": b"x"})
    assert dispositions(taken(node, path)) == ["BAD_ARCHIVE"]
    assert node.tally.received == 0


def test_a_zip_file_with_a_link_is_refused_whole(node: TestNode, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert dispositions(taken(node, tmp_path / "link.zip")) == ["BAD_ARCHIVE"]


def test_a_bomb_is_refused_before_it_is_inflated(node: TestNode, tmp_path: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", {"zeros": bytes(64 << 20)})
    assert path.stat().st_size < 100_000
    assert dispositions(taken(node, path)) == ["BAD_ARCHIVE"]


def test_a_damaged_member_is_reported_and_the_rest_taken_in(node: TestNode, tmp_path: Path) -> None:
    path = tmp_path / "damaged.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("one", make_instance(instance=1))
        archive.writestr("two", make_instance(instance=2))
    content = bytearray(path.read_bytes())
    content[content.index(b"DICM") + 2000] ^= 0xFF
    path.write_bytes(content)
    assert dispositions(taken(node, path)) == ["BAD_ARCHIVE", "released"]


def directory(folder: Path, names: list[list[str]]) -> Path:
    """A DICOMDIR that lists `names`; the folder `UP` is written `..`, which pydicom would not write."""
    records = []
    for name in names:
        record = Dataset()
        record.DirectoryRecordType = "IMAGE"
        record.ReferencedFileID = name
        records.append(record)
    listed = Dataset()
    listed.file_meta = pydicom.dataset.FileMetaDataset()
    listed.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    listed.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
    listed.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    listed.DirectoryRecordSequence = Sequence(records)
    buffer = io.BytesIO()
    listed.save_as(buffer, enforce_file_format=True)
    (folder / "DICOMDIR").write_bytes(buffer.getvalue().replace(b"UP\\", b"..\\"))
    return folder / "DICOMDIR"


def test_a_dicomdir_leads_to_the_files_of_its_own_folder_only(node: TestNode, tmp_path: Path) -> None:
    outside = tmp_path / "OUTSIDE"
    outside.write_bytes(make_instance(patient=2))
    disc = tmp_path / "disc"
    (disc / "DICOM").mkdir(parents=True)
    (disc / "DICOM" / "IM1").write_bytes(make_instance(instance=1))
    (disc / "DICOM" / "IM2").symlink_to(outside)
    path = directory(disc, [["DICOM", "IM1"], ["DICOM", "IM2"], ["UP", "OUTSIDE"], ["DICOM", "GONE"]])
    assert dispositions(taken(node, path)) == ["DIRECTORY_RECORD", "released"]


def test_a_folder_with_a_loop_and_a_pipe_is_read_once(node: TestNode, tmp_path: Path) -> None:
    folder = tmp_path / "cohort"
    folder.mkdir()
    (folder / "one").write_bytes(make_instance())
    (folder / "again").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    assert dispositions(taken(node, folder)) == ["released"]


def test_a_path_that_is_not_there_is_said_so(node: TestNode, tmp_path: Path) -> None:
    with node.open() as opened, pytest.raises(NothingToImport):
        opened.import_files(tmp_path / "nowhere", PROJECT, lambda each: None)


def test_names_of_files_are_nowhere_in_the_record(node: TestNode, tmp_path: Path) -> None:
    folder = tmp_path / "Hypothetical^Person"
    folder.mkdir()
    (folder / "Hypothetical-Person-1970.dcm").write_bytes(make_instance())
    taken(node, folder)
    for path in node.folder.rglob("*"):
        if path.is_file():
            assert b"Hypothetical" not in path.read_bytes(), path.name
