"""Comparing the record with the disk."""

import os

from tests.unit.store.conftest import Store

from tirage.model.custody import Acceptance
from tirage.store.inspection import Fault, Problem, sweep_orphans, verify


def problems(store: Store, reads_bytes: bool = True) -> list[Problem]:
    counted: list[int] = []
    return list(verify(store.blobs, store.engine, counted.append, reads_bytes))


def orphan(store: Store, content: bytes = b"nobody's") -> str:
    incoming = store.blobs.receive()
    incoming.write(content)
    return incoming.commit()[0]


def test_a_sound_store_has_no_problems_and_progress_is_told(store: Store) -> None:
    for number in range(5):
        store.send(b"data", f"1.2.{number}")
    told: list[int] = []
    assert list(verify(store.blobs, store.engine, told.append)) == []
    assert sum(told) == 5


def test_a_flipped_byte_is_found(store: Store) -> None:
    store.send(b"data set")
    (digest,) = store.objects()
    path = store.blobs.path(digest)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert problems(store) == [Problem(Fault.CORRUPT, digest, 1)]  # type: ignore[arg-type]
    assert problems(store, reads_bytes=False) == []


def test_a_file_cut_short_is_found_without_reading_it(store: Store) -> None:
    store.send(b"data set")
    (digest,) = store.objects()
    os.truncate(store.blobs.path(digest), 10)
    assert [problem.fault for problem in problems(store, reads_bytes=False)] == [Fault.CORRUPT]


def test_a_missing_file_is_found_and_healed_by_sending_it_again(store: Store) -> None:
    store.send(b"data set")
    (digest,) = store.objects()
    store.blobs.remove(digest)
    assert [problem.fault for problem in problems(store)] == [Fault.MISSING]
    assert store.send(b"data set") is Acceptance.DUPLICATE
    assert problems(store) == []


def test_a_file_without_a_record_is_found_and_swept_only_after_the_grace_time(store: Store) -> None:
    store.send(b"data set")
    (kept,) = store.objects()
    digest = orphan(store)
    assert problems(store) == [Problem(Fault.ORPHAN, digest)]  # type: ignore[arg-type]
    assert sweep_orphans(store.blobs, store.engine) == 0
    os.utime(store.blobs.path(digest), (0, 0))  # type: ignore[arg-type]
    os.utime(store.blobs.path(kept), (0, 0))
    assert sweep_orphans(store.blobs, store.engine) == 1
    assert store.objects() == [kept]


def test_an_orphan_is_adopted_when_its_sender_sends_it_again(store: Store) -> None:
    store.send(b"data set")
    (digest,) = store.objects()
    content = store.blobs.path(digest).read_bytes()
    store.blobs.remove(digest)
    orphan(store, content)
    assert store.send(b"data set") is Acceptance.DUPLICATE
    assert problems(store) == []
