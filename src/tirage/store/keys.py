"""The master key: 32 random bytes in a file that only its owner can read.

The file is text, so that it survives copy, paste and print, and names its version; its id is derived from the
key and shows a damaged file.
"""

import base64
import binascii
import hmac
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from tirage.errors import Permanent
from tirage.model.records import Confidential

KEY_BYTES = 32
_FIRST_LINE = "tirage master key, version 1"
_FILE_LIMIT = 4096


class KeyMissing(Permanent):
    """There is no master key where one is expected."""

    code = "KEY_MISSING"
    exit_code = 78
    remedy = "Restore the key file from its backup. Only for a new node: `tirage keys new`."


class KeyDamaged(Permanent):
    """The key file is not one, or was changed."""

    code = "KEY_DAMAGED"
    exit_code = 78
    remedy = "Restore the key file from its backup. A new key cannot read what the old one wrote."


class KeyExposed(Permanent):
    """Somebody else than its owner can read or replace the key file."""

    code = "KEY_EXPOSED"
    exit_code = 77
    remedy = "Give the file to the user Tirage runs as and `chmod 600` it; find out who could have read it."


class KeyExists(Permanent):
    """A key is already there; it is never overwritten."""

    code = "KEY_EXISTS"
    exit_code = 73
    remedy = "Use the existing key, or choose another folder."


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a key; `follows` is the id of the key it took over from, '' for a first one."""

    id: str
    created: str
    path: Path
    follows: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class MasterKey(Confidential):
    """The secret itself with what may be shown of it."""

    secret: bytes
    info: KeyInfo


def key_id(secret: bytes) -> str:
    """16 hexadecimal digits that name a key and say nothing about it."""
    return hmac.digest(secret, b"tirage/key-id/v1", sha256).hex()[:16]


def temporary_master_key() -> MasterKey:
    """A key that lives in memory only, for a run without a node."""
    secret = secrets.token_bytes(KEY_BYTES)
    return MasterKey(secret, KeyInfo(key_id(secret), "", Path()))


def create_master_key(path: Path, follows: str = "") -> KeyInfo:
    """Write a new key to `path` and answer its id; durable when this returns. `follows`: see `KeyInfo`.

    Raises `KeyExists`. The file appears whole under its name or not at all: it is written aside, flushed, and
    linked, and a link never replaces a file.
    """
    secret = secrets.token_bytes(KEY_BYTES)
    info = KeyInfo(key_id(secret), datetime.now(UTC).isoformat(timespec="seconds"), path, follows)
    lines = [_FIRST_LINE, f"id: {info.id}", f"created: {info.created}"]
    lines += [f"follows: {follows}"] if follows else []
    lines += [f"key: {base64.b64encode(secret).decode()}"]
    write_private(path, "\n".join(lines) + "\n")
    return info


def write_private(path: Path, text: str) -> None:
    """Make a file that only its owner can read; durable when this returns. Raises `KeyExists`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-key-")
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(aside)
        except FileExistsError as error:
            raise KeyExists("a key is already there") from error
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)


def load_master_key(path: Path) -> MasterKey:
    """The key in `path`.

    Raises `KeyMissing`, `KeyExposed` when another user could read or replace the file, `KeyDamaged`.
    """
    return _parse(read_private(path), path)


def read_private(path: Path) -> bytes:
    """What is in a key's file; raises `KeyMissing`, `KeyExposed`, `KeyDamaged` for what is no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise KeyMissing("no key file") from error
    except OSError as error:
        raise KeyMissing("the key file cannot be opened") from error
    try:
        _check_access(os.fstat(descriptor))
        return os.read(descriptor, _FILE_LIMIT)
    finally:
        os.close(descriptor)


def _check_access(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyDamaged("the key is not a file")
    if status.st_uid not in (os.geteuid(), 0):
        raise KeyExposed("the key file belongs to another user")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise KeyExposed("the key file can be read by others than its owner")


def _parse(content: bytes, path: Path) -> MasterKey:
    try:
        first, *lines = content.decode("ascii").splitlines()
        fields = dict(line.split(": ", 1) for line in lines if line)
        secret = base64.b64decode(fields["key"], validate=True)
        # The last letter has bits that decoding ignores: a change of these is a change of the file, too.
        is_written_so = base64.b64encode(secret).decode() == fields["key"]
        stated, created, follows = fields["id"], fields["created"], fields.get("follows", "")
    # Chained errors would carry the content: cut the chain, here alone.
    except (ValueError, KeyError, binascii.Error):
        raise KeyDamaged("the master key file cannot be read") from None
    is_whole = first == _FIRST_LINE and len(secret) == KEY_BYTES and is_written_so
    if not is_whole or not hmac.compare_digest(key_id(secret), stated):
        raise KeyDamaged("the master key file was changed or is of another version")
    return MasterKey(secret, KeyInfo(stated, created, path, follows))


def sync_folder(folder: Path) -> None:
    """Make names that were given or taken in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
