"""Killing a receiver at every place, and failing its disk: what was acknowledged is there, and there once."""

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.arrivals import PROJECT
from tests.crash.receiver import content

from tirage.faults import POINTS, VARIABLE
from tirage.store import audit, dispositions
from tirage.store.blobs import BlobStore
from tirage.store.database import open_database, reading, upgrade
from tirage.store.inspection import Fault, verify
from tirage.store.schema import received

COUNT, SENDERS = 12, 3
ROOT = Path(__file__).parents[2]
RECEIVE = [point for point in POINTS if point.startswith("receive:")]
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts a small file system or traces")


def receive(
    folder: Path, acks: Path, fault: str = "", tracer: tuple[str, ...] = (), senders: int = SENDERS
) -> int:
    """Run the receiver; how it ended (-9: killed)."""
    command = [sys.executable, "-m", "tests.crash.receiver", str(folder), str(acks), str(COUNT), str(senders)]
    environment = {**os.environ, VARIABLE: fault}
    return subprocess.run([*tracer, *command], env=environment, cwd=ROOT, timeout=120, check=False).returncode


def answers(acks: Path) -> dict[int, str]:
    """The last answer for each object."""
    lines = acks.read_text().splitlines() if acks.exists() else []
    return {int(number): answer for number, answer in (line.split(" ", 1) for line in lines)}


def assert_sound(folder: Path, acknowledged: set[int]) -> int:
    """The universal assertions; how many objects are recorded."""
    engine = open_database(f"sqlite:///{folder}/tirage.db")
    upgrade(engine)
    blobs = BlobStore(folder / "originals", least_free=0.0)
    blobs.sweep()
    assert list((blobs.root / "tmp").iterdir()) == []
    assert {problem.fault for problem in verify(blobs, engine, lambda count: None)} <= {Fault.ORPHAN}
    with reading(engine) as connection:
        rows = connection.execute(select(received)).all()
        tally = dispositions.tally(connection, PROJECT)
        assert audit.verify_chain(connection) is None
    kept = {int(row.stated_sop_instance.rpartition(".")[2]): row for row in rows}
    assert len(kept) == len(rows)
    for number in acknowledged:
        assert blobs.path(kept[number].digest).read_bytes().endswith(content(number))
    assert tally.is_conserved
    assert tally.received == len(rows)
    engine.dispose()
    return len(rows)


def assert_recovers(folder: Path, acks: Path) -> None:
    """Sent once more, everything is there once and nothing else is."""
    acknowledged = {number for number, answer in answers(acks).items() if not answer.startswith("refused")}
    assert_sound(folder, acknowledged)
    assert receive(folder, acks) == 0
    assert set(answers(acks).values()) <= {"stored", "duplicate"}
    for number in acknowledged:
        assert answers(acks)[number] == "duplicate"
    assert assert_sound(folder, set(range(COUNT))) == COUNT
    blobs = BlobStore(folder / "originals", least_free=0.0)
    assert len(list(blobs.listed())) == COUNT


@pytest.mark.parametrize("when", [1, 5])
@pytest.mark.parametrize("point", RECEIVE)
def test_killed_at_a_place_it_loses_nothing_acknowledged(tmp_path: Path, point: str, when: int) -> None:
    folder, acks = tmp_path / "store", tmp_path / "acks"
    assert receive(folder, acks, f"{point}:{when}:kill") == -9
    assert_recovers(folder, acks)


def test_killed_again_and_again_it_only_gains(tmp_path: Path) -> None:
    seed = int(os.environ.get("TIRAGE_SEED", random.randrange(2**32)))
    print(f"replay: TIRAGE_SEED={seed} pytest {__file__}::test_killed_again_and_again_it_only_gains")
    dice = random.Random(seed)
    folder, acks = tmp_path / "store", tmp_path / "acks"
    recorded = 0
    for _ in range(10):
        receive(folder, acks, f"{dice.choice(RECEIVE)}:{dice.randint(1, 12)}:kill")
        safe = {number for number, answer in answers(acks).items() if not answer.startswith("refused")}
        before, recorded = recorded, assert_sound(folder, safe)
        assert recorded >= before
    assert_recovers(folder, acks)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@NEEDS_ROOT
@pytest.mark.parametrize("blocks", [280, 360, 440])
def test_a_full_disk_refuses_and_resumes_when_there_is_room(
    small_disk: Path, tmp_path: Path, blocks: int
) -> None:
    # Twelve objects of 90 KB and the database need about 2.5 MB: leave them too little, at several places.
    filler = small_disk / "filler"
    filler.write_bytes(bytes(3 * 1024 * 1024 - blocks * 4096))
    acks = tmp_path / "acks"
    folder = small_disk / "store"
    receive(folder, acks)
    refused = {number for number, answer in answers(acks).items() if answer.startswith("refused")}
    assert refused or not acks.exists()
    assert {answers(acks)[number] for number in refused} <= {
        "refused STORE_FULL",
        "refused STORE_UNAVAILABLE",
    }
    left = folder / "originals" / "tmp"
    assert not left.exists() or list(left.iterdir()) == []
    filler.unlink()
    assert_recovers(folder, acks)


@NEEDS_ROOT
def test_below_the_watermark_objects_are_refused_before_the_disk_is_full(small_disk: Path) -> None:
    from tirage.model.custody import StoreFull

    blobs = BlobStore(small_disk / "originals")
    (small_disk / "filler").write_bytes(bytes(int(3 * 1024 * 1024 * 0.97)))
    assert 0 < blobs.free_share() < 0.05
    with pytest.raises(StoreFull):
        blobs.receive()
    (small_disk / "filler").unlink()
    blobs.receive().abort()


def flushes(trace: Path) -> list[tuple[str, bool]]:
    """Which files the last thread flushed in which order, and whether that went well."""
    found = re.findall(r"^(\d+) +fsync\(\d+<([^>]+)>\) += (-?\d+)", trace.read_text(), re.MULTILINE)
    return [(path, result == "0") for thread, path, result in found if thread == found[-1][0]]


def tracer(trace: Path, inject: str = "") -> tuple[str, ...]:
    """A command prefix that writes every fsync to `trace`; `inject` makes some fail."""
    program = shutil.which("strace")
    assert program, "strace is missing: apt-get install strace"
    return (
        program,
        "-f",
        "-y",
        "-o",
        str(trace),
        "-e",
        "trace=fsync",
        *(("-e", f"inject=fsync:{inject}") if inject else ()),
    )


@NEEDS_ROOT
@pytest.mark.parametrize("which", [r"/originals/tmp/", r"/originals/[0-9a-f]{2}$"])
def test_after_a_failed_flush_nothing_more_is_taken_and_nothing_is_flushed_again(
    tmp_path: Path, which: str
) -> None:
    trace = tmp_path / "trace"
    receive(tmp_path / "dry", tmp_path / "dry-acks", tracer=tracer(trace), senders=1)
    # The third object's flush; strace counts each thread's flushes by themselves.
    when = [place for place, (path, _) in enumerate(flushes(trace), 1) if re.search(which, path)][2]
    folder, acks = tmp_path / "store", tmp_path / "acks"
    receive(folder, acks, tracer=tracer(trace, f"error=EIO:when={when}"), senders=1)
    assert [answers(acks)[number] for number in range(COUNT)] == [
        *(["stored"] * 2),
        *(["refused STORE_READ_ONLY"] * (COUNT - 2)),
    ]
    failed = [path for path, went_well in flushes(trace) if not went_well]
    assert len(failed) == 1
    assert not [path for path, _ in flushes(trace)[when:] if "/originals/" in path]
    assert_recovers(folder, acks)


@NEEDS_ROOT
def test_slow_flushes_are_shared_by_many_associations(tmp_path: Path) -> None:
    trace, acks = tmp_path / "trace", tmp_path / "acks"
    receive(tmp_path / "store", acks, tracer=tracer(trace, "delay_enter=20000"), senders=6)
    assert set(answers(acks).values()) == {"stored"}
    assert assert_sound(tmp_path / "store", set(range(COUNT))) == COUNT
