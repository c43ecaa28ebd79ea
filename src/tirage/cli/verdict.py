"""Whether a folder is exactly what was released, and by whom it was sealed; needs nothing but the folder."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tirage.cli.agreement import disagreements
from tirage.deliver.lists import SEAL, SUMS
from tirage.errors import Permanent
from tirage.model.identifiers import Digest

_PUBLIC_BYTES = 32

Progress = Callable[[int, int], None]
"""Called as files are compared: how many were, and how many there are."""


def quiet(done: int, total: int) -> None:
    """For whoever does not watch."""


class NotARelease(Permanent):
    """The folder has no `SHA256SUMS`, or one that cannot be read."""

    code = "NOT_A_RELEASE"
    exit_code = 66
    remedy = "Name the folder of one version, as `tirage release list` prints it."


class KeyUnreadable(Permanent):
    """What was given as a public key is none."""

    code = "KEY_UNREADABLE"
    exit_code = 2
    remedy = "Give the 44 characters that `tirage keys show --signing` prints, or a file that holds them."


class SealState(StrEnum):
    """What the seal on a release says."""

    GOOD = "good"
    UNCOMPARED = "uncompared"
    FOREIGN = "foreign"
    BROKEN = "broken"
    NONE = "none"


SEAL_WORDS = {
    SealState.GOOD: "sealed by the key {key}, the one given",
    SealState.UNCOMPARED: "sealed by the key {key}; give `--key` to compare it with the one you trust",
    SealState.FOREIGN: "[red]sealed by another key[/]: {key}",
    SealState.BROKEN: "[red]the seal is broken[/]: it does not fit these lists",
    SealState.NONE: "not sealed: made before releases were, or the seal was taken off",
}
"""In words, for a person."""


@dataclass(slots=True)
class Verdict:
    """What a folder holds beside what its sums say; file names are those of the research zone.

    `disagreeing` says in words where tables and objects differ. `is_compared` says that a key was given, so
    that a release without a seal of that key is not sound.
    """

    files: int = 0
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    disagreeing: list[str] = field(default_factory=list)
    seal: SealState = SealState.NONE
    key: str = ""
    is_compared: bool = False

    @property
    def is_sound(self) -> bool:
        """Whether the folder is exactly what was released."""
        sound = {SealState.GOOD} if self.is_compared else {SealState.UNCOMPARED, SealState.NONE}
        faults = self.changed or self.missing or self.unlisted or self.disagreeing
        return self.seal in sound and not faults


def public_key(text: str) -> bytes | None:
    """The public key in `text`, or in the file it names; None for nothing. Raises `KeyUnreadable`."""
    if not text:
        return None
    written = text.strip()
    try:
        if len(written) != len(base64.b64encode(bytes(_PUBLIC_BYTES))):
            written = Path(text).read_text(encoding="ascii").strip()
        key = base64.b64decode(written, validate=True)
    except (OSError, ValueError, binascii.Error) as error:
        raise KeyUnreadable("no public key") from error
    if len(key) != _PUBLIC_BYTES:
        raise KeyUnreadable("no public key")
    return key


def verify_folder(folder: Path, trusted: bytes | None = None, progress: Progress = quiet) -> Verdict:
    """Compare every file of a release with its sums, tables with objects, and the sums with the seal.

    Raises `NotARelease`.
    """
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError) as error:
        raise NotARelease("no readable SHA256SUMS in this folder") from error
    verdict = Verdict(files=len(sums), is_compared=trusted is not None)
    for done, (name, expected) in enumerate(sums.items()):
        progress(done, len(sums))
        path = folder / name
        if not path.is_file():
            verdict.missing.append(name)
        elif _digest(path) != expected:
            verdict.changed.append(name)
    progress(len(sums), len(sums))
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    verdict.unlisted = sorted(present - sums.keys() - {SUMS, SEAL})
    verdict.disagreeing = disagreements(folder, sums)
    verdict.seal, verdict.key = _seal(folder, trusted)
    return verdict


def _seal(folder: Path, trusted: bytes | None) -> tuple[SealState, str]:
    from tirage.deliver import seal
    from tirage.store.signing import public_id, verify

    if not (folder / SEAL).is_file():
        return SealState.NONE, ""
    found = seal.read((folder / SEAL).read_bytes())
    if found is None or not all((folder / name).is_file() for name in seal.SEALED):
        return SealState.BROKEN, ""
    key = public_id(found.public)
    lists = {name: _digest(folder / name) for name in seal.SEALED}
    if not verify(found.public, seal.message(lists), found.signature):
        return SealState.BROKEN, key
    if trusted is None:
        return SealState.UNCOMPARED, key
    return (SealState.GOOD if found.public == trusted else SealState.FOREIGN), key


def _digest(path: Path) -> Digest:
    with path.open("rb") as file:
        return Digest(hashlib.file_digest(file, "sha256").hexdigest())
