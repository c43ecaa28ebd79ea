"""Taking files into keeping."""

import io
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.arrivals import EXPLICIT, PROJECT
from tests.make import make_instance
from tests.unit.store.conftest import Store

from tirage.model.custody import Acceptance
from tirage.model.identifiers import ProjectName
from tirage.model.records import Origin, OriginKind
from tirage.store.database import reading
from tirage.store.imports import import_file, import_stream
from tirage.store.part10 import read_meta
from tirage.store.schema import received

BATCH = Origin(OriginKind.IMPORT, batch="batch-1")


def test_a_file_is_kept_byte_for_byte(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "in.dcm"
    path.write_bytes(make_instance(1, 1, 1, 1))
    kept = import_file(store.intake, path, BATCH, (PROJECT,))
    assert kept.acceptance is Acceptance.STORED
    assert store.blobs.path(kept.digest).read_bytes() == path.read_bytes()
    with reading(store.engine) as connection:
        row = connection.execute(select(received)).one()
    assert (row.transfer_syntax, row.stated_sop_instance != "") == (EXPLICIT, True)


def test_an_object_that_came_by_c_store_is_known_in_a_file(store: Store) -> None:
    whole = make_instance(1, 1, 1, 1)
    meta = read_meta(whole)
    assert meta is not None
    assert meta.transfer_syntax == EXPLICIT
    store.send(whole[meta.dataset_offset :], meta.sop_instance)
    kept = import_stream(store.intake, io.BytesIO(whole), BATCH, (PROJECT,))
    assert kept.acceptance is Acceptance.DUPLICATE
    assert store.objects() == [kept.digest]
    assert store.left_behind() == []


@pytest.mark.parametrize("content", [b"", b"x", b"<html></html>", b"\0" * 200, b"PK\x03\x04" + b"z" * 90_000])
def test_what_is_not_dicom_is_kept_too_so_that_it_can_be_accounted_for(store: Store, content: bytes) -> None:
    kept = import_stream(store.intake, io.BytesIO(content), BATCH, (PROJECT,))
    assert kept.acceptance is Acceptance.STORED
    assert store.blobs.path(kept.digest).read_bytes() == content
    again = import_stream(store.intake, io.BytesIO(content), BATCH, (PROJECT,))
    assert (again.acceptance, again.received) == (Acceptance.DUPLICATE, kept.received)


def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end(store: Store) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 1000) if size != -1 else -1)

    whole = make_instance(1, 1, 1, 2, rows=128, columns=128)
    kept = import_stream(store.intake, Slow(whole), BATCH, (PROJECT,))
    assert store.blobs.path(kept.digest).read_bytes() == whole


def test_an_import_for_another_project_claims_what_is_here(store: Store) -> None:
    whole = make_instance()
    first = import_stream(store.intake, io.BytesIO(whole), BATCH, (PROJECT,))
    again = import_stream(store.intake, io.BytesIO(whole), BATCH, (ProjectName("other"),))
    assert (again.acceptance, again.received) == (Acceptance.DUPLICATE, first.received)


def test_a_stream_that_fails_leaves_nothing(store: Store) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= 65536:
                raise OSError(5, "input/output error")
            return super().read(size)

    with pytest.raises(OSError, match="input/output"):
        import_stream(store.intake, Failing(bytes(200_000)), BATCH, (PROJECT,))
    assert store.objects() == store.left_behind() == []


def test_a_file_that_is_not_there_is_the_callers_to_explain(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        import_file(store.intake, tmp_path / "none", BATCH, (PROJECT,))
