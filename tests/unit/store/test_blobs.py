"""Objects on disk under their digest."""

import errno
import hashlib
import os
import resource
from pathlib import Path

import pytest

from tirage.model.custody import StoreFull, StoreReadOnly, StoreUnavailable
from tirage.store.blobs import BlobStore


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "originals", least_free=0.0)


def left_behind(blobs: BlobStore) -> list[str]:
    return [path.name for path in (blobs.root / "tmp").iterdir()]


def test_an_object_is_found_under_the_sha256_of_its_bytes(blobs: BlobStore) -> None:
    incoming = blobs.receive()
    incoming.write(b"one ")
    incoming.write(memoryview(b"object"))
    digest, size = incoming.commit()
    assert digest == hashlib.sha256(b"one object").hexdigest()
    assert size == 10
    assert blobs.path(digest) == blobs.root / digest[:2] / digest
    assert blobs.path(digest).read_bytes() == b"one object"
    assert left_behind(blobs) == []


def test_only_the_owner_may_read_an_object(blobs: BlobStore) -> None:
    incoming = blobs.receive()
    digest, _ = incoming.commit()
    assert blobs.path(digest).stat().st_mode & 0o777 == 0o600
    assert blobs.path(digest).parent.stat().st_mode & 0o777 == 0o700


def test_an_aborted_object_leaves_nothing_however_often_it_is_aborted(blobs: BlobStore) -> None:
    incoming = blobs.receive()
    incoming.write(b"half")
    incoming.abort()
    incoming.abort()
    assert left_behind(blobs) == []
    assert list(blobs.listed()) == []


def test_aborting_after_the_commit_keeps_the_object(blobs: BlobStore) -> None:
    incoming = blobs.receive()
    incoming.write(b"kept")
    digest, _ = incoming.commit()
    incoming.abort()
    assert blobs.has(digest)


def test_the_same_bytes_again_heal_a_damaged_object(blobs: BlobStore) -> None:
    digests = []
    for _ in range(2):
        incoming = blobs.receive()
        incoming.write(b"object")
        digests.append(incoming.commit()[0])
        if len(digests) == 1:
            blobs.path(digests[0]).write_bytes(b"objecT")
    assert digests[0] == digests[1] == blobs.digest_on_disk(digests[0])


def test_what_writers_left_behind_is_swept(blobs: BlobStore) -> None:
    incoming = blobs.receive()
    incoming.write(b"half")
    assert blobs.sweep() == 1
    assert left_behind(blobs) == []
    incoming.abort()


def test_below_the_least_free_share_nothing_is_taken(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path, least_free=1.0)
    with pytest.raises(StoreFull):
        blobs.receive()


@pytest.mark.parametrize(
    ("code", "fault"), [(errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull), (errno.EIO, StoreReadOnly)]
)
def test_an_error_of_the_disk_is_named_and_only_a_full_one_heals_by_itself(
    blobs: BlobStore, code: int, fault: type[Exception]
) -> None:
    assert isinstance(blobs.refusal(OSError(code, os.strerror(code))), fault)
    if fault is StoreReadOnly:
        assert blobs.failure == "the disk answered EIO"
        with pytest.raises(StoreReadOnly):
            blobs.receive()
    else:
        blobs.receive().abort()


def test_a_store_that_failed_refuses_what_is_being_written(blobs: BlobStore) -> None:
    incoming = blobs.receive()
    blobs.close_for_writing(OSError(errno.EIO, "input/output error"))
    with pytest.raises(StoreReadOnly):
        incoming.seal()
    assert left_behind(blobs) == []


def test_files_that_are_no_objects_are_not_listed(blobs: BlobStore) -> None:
    digest, _ = blobs.receive().commit()
    (blobs.root / "aa" / "notes.txt").write_bytes(b"")
    assert [found for found, _ in blobs.listed()] == [digest]


def test_a_file_left_by_a_process_of_the_same_number_is_no_obstacle(blobs: BlobStore) -> None:
    (blobs.root / "tmp" / f"{os.getpid()}-0").write_bytes(b"left behind")
    incoming = blobs.receive()
    incoming.write(b"object")
    assert blobs.digest_on_disk(incoming.commit()[0]) == hashlib.sha256(b"object").hexdigest()


def test_too_many_open_files_refuse_without_closing_the_store(blobs: BlobStore) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = [os.open(os.devnull, os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened[0] + 1, hard))
    try:
        with pytest.raises(StoreUnavailable, match="EMFILE"):
            blobs.receive()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(opened[0])
    assert blobs.failure == ""
    blobs.receive().abort()
