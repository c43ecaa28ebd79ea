"""Cutting the power of a receiver's disk at random moments: what was acknowledged is there when it is back.

The disk is an ext4 image on a loop device. The file system's own shut-down call drops everything that was not
flushed, its journal included, as a power cut does.
"""

import fcntl
import os
import random
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.crash.test_receive import NEEDS_ROOT, ROOT, answers, assert_sound

EXT4_IOC_SHUTDOWN = 0x8004587D
WITHOUT_FLUSHING_THE_JOURNAL = 2
CUTS = int(os.environ.get("TIRAGE_POWER_CUTS", "8"))
OBJECTS, SENDERS = 150, 4
DISK_MB = 96


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """An ext4 file system in a file, not mounted."""
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(DISK_MB << 20)
    subprocess.run(["/usr/sbin/mkfs.ext4", "-q", str(image)], check=True)
    return image


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    """The folder the disk is mounted on; mounting replays its journal."""
    folder = image.parent / "mounted"
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def cut_power(folder: Path) -> None:
    """Lose everything the disk was not told to keep."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING_THE_JOURNAL))
    finally:
        os.close(descriptor)


def receive_until(folder: Path, acks: Path, enough: int) -> None:
    """Receive until `enough` answers were given, then cut the power while more are under way."""
    command = [sys.executable, "-m", "tests.crash.receiver", str(folder / "store"), str(acks)]
    before = len(acks.read_text().splitlines()) if acks.exists() else 0
    receiver = subprocess.Popen(
        [*command, str(OBJECTS), str(SENDERS)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while receiver.poll() is None and time.monotonic() < deadline:
            if acks.exists() and len(acks.read_text().splitlines()) - before >= enough:
                break
            time.sleep(0.001)
        cut_power(folder)
    finally:
        receiver.kill()
        receiver.wait()


@NEEDS_ROOT
def test_what_was_acknowledged_survives_power_cuts_at_random_moments(disk: Path, tmp_path: Path) -> None:
    seed = int(os.environ.get("TIRAGE_SEED", random.randrange(2**32)))
    print(f"replay: TIRAGE_SEED={seed} pytest {__file__}")
    dice = random.Random(seed)
    acks = tmp_path / "acks"
    safe: set[int] = set()
    for _ in range(CUTS):
        with mounted(disk) as folder:
            receive_until(folder, acks, dice.randint(1, 40))
        safe |= {number for number, answer in answers(acks).items() if answer in ("stored", "duplicate")}
        with mounted(disk) as folder:
            assert assert_sound(folder / "store", safe) >= len(safe)
    assert safe
