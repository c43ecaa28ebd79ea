"""The master key file: made once, private, and its damage seen."""

import os
import stat
import traceback
from multiprocessing import get_context
from pathlib import Path

import pytest

from tirage.store.keys import (
    KeyDamaged,
    KeyExists,
    KeyExposed,
    KeyMissing,
    create_master_key,
    load_master_key,
    temporary_master_key,
)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "master.key"
    create_master_key(path)
    return path


def test_a_new_key_is_random_private_and_opens_again(tmp_path: Path, key: Path) -> None:
    other = tmp_path / "other.key"
    create_master_key(other)
    one, two = load_master_key(key), load_master_key(other)
    assert len(one.secret) == 32
    assert one.secret != two.secret
    assert one.info.id != two.info.id
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


def test_a_new_key_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create_master_key(tmp_path / "master.key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600


def test_a_key_is_never_overwritten_and_nothing_is_left_behind(key: Path) -> None:
    before = key.read_bytes()
    with pytest.raises(KeyExists):
        create_master_key(key)
    assert key.read_bytes() == before
    assert list(key.parent.iterdir()) == [key]


def _create(path: Path) -> bool:
    try:
        create_master_key(path)
    except KeyExists:
        return False
    return True


def test_of_processes_that_create_a_key_at_once_one_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with get_context("spawn").Pool(4) as pool:
        created = pool.map(_create, [path] * 8)
    assert sum(created) == 1
    load_master_key(path)


def test_a_missing_key_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing):
        load_master_key(tmp_path / "master.key")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622, 0o601])
def test_a_key_that_others_can_reach_is_refused(key: Path, mode: int) -> None:
    key.chmod(mode)
    with pytest.raises(KeyExposed):
        load_master_key(key)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_key_of_another_user_is_refused(key: Path) -> None:
    os.chown(key, 12345, -1)
    with pytest.raises(KeyExposed):
        load_master_key(key)


def test_a_folder_or_pipe_is_no_key(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises((KeyDamaged, KeyMissing)):
            load_master_key(path)


def test_every_changed_byte_of_the_key_is_seen(key: Path) -> None:
    whole = key.read_bytes()
    start = whole.index(b"key: ") + 5
    seen = 0
    for position in range(start, start + 43):
        changed = bytearray(whole)
        changed[position] = ord("A") if changed[position] != ord("A") else ord("B")
        key.write_bytes(changed)
        with pytest.raises(KeyDamaged):
            load_master_key(key)
        seen += 1
    assert seen == 43


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"tirage master key, version 1\n",
        b"tirage master key, version 2\nid: a\nkey: b\n",
        b"x" * 9999,
    ],
)
def test_what_is_no_key_file_is_refused(key: Path, content: bytes) -> None:
    key.write_bytes(content)
    with pytest.raises(KeyDamaged):
        load_master_key(key)


def test_the_key_is_in_no_repr_and_no_traceback(key: Path) -> None:
    master = load_master_key(key)
    text = key.read_text()
    encoded = text.split("key: ")[1].strip()
    assert encoded not in repr(master)
    assert master.secret.hex() not in repr(master)
    assert encoded not in repr(master.info)
    key.write_text(text.replace("id: ", "id: 0"))
    with pytest.raises(KeyDamaged) as caught:
        load_master_key(key)
    assert encoded not in "".join(traceback.format_exception(caught.value))


def test_a_key_that_cannot_be_parsed_is_in_no_traceback(key: Path) -> None:
    encoded = key.read_text().split("key: ")[1].strip()
    key.write_text(key.read_text().replace("key: ", "key: !"))
    with pytest.raises(KeyDamaged) as caught:
        load_master_key(key)
    assert encoded not in "".join(traceback.format_exception(caught.value))


def test_a_temporary_key_lives_in_memory_alone(tmp_path: Path) -> None:
    assert temporary_master_key().secret != temporary_master_key().secret
    assert list(tmp_path.iterdir()) == []
