"""What must be in order on this machine before a node can work; each check says how to mend what it finds."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tirage.settings import Settings

OLDEST_PYTHON = (3, 11)
EARLIEST_YEAR = 2026
SKEW_S = 5.0
"""Seconds by which the clock of the data folder's file system may differ from ours."""
CANARY_SEED, CANARY_ROUNDS = 2026, 4
PRINTED_ROUNDS = 2
"""Which invented patients are planted, and how many."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, what was found, and, when it is not in order, what to do."""

    name: str
    is_ok: bool
    found: str
    remedy: str = ""


def check_python() -> Check:
    """Whether this Python is new enough."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Check("python", sys.version_info >= OLDEST_PYTHON, version, "Install Python 3.11 or newer.")


def check_clock(folder: Path) -> Check:
    """Whether our clock is sane and agrees with that of the file system."""
    if time.gmtime().tm_year < EARLIEST_YEAR:
        return Check("clock", False, f"it says {time.gmtime().tm_year}", "Set the clock; let NTP keep it.")
    probe = folder / f".clock-{os.getpid()}"
    try:
        probe.touch()
        skew = abs(probe.stat().st_mtime - time.time())
        probe.unlink()
    except OSError as error:
        return Check("clock", False, f"the node folder cannot be written ({error.strerror})", _OWNER)
    remedy = "Let NTP set the clocks of this machine and of the file server."
    return Check("clock", skew < SKEW_S, f"{skew:.1f} s apart from the disk's", remedy)


def check_disk(settings: Settings) -> Iterator[Check]:
    """Whether the two zones' disks have room above the watermark, and are ours alone to read."""
    for name, folder in (("identified", settings.identified), ("research", settings.research)):
        if not folder.is_dir():
            yield Check(f"disk, {name}", False, "no such folder", f"Create it: mkdir -m 700 {folder}")
            continue
        usage = shutil.disk_usage(folder)
        free = 100 * usage.free / usage.total
        room = f"{usage.free / 1e9:,.0f} GB free ({free:.0f} %)"
        remedy = f"Free some space: under {settings.storage.watermark_percent:g} % nothing more is received."
        yield Check(f"disk, {name}", free > settings.storage.watermark_percent, room, remedy)
    mode = settings.identified.stat().st_mode & 0o077 if settings.identified.is_dir() else 0
    found = "others may enter the identified zone" if mode else "the owner's alone"
    yield Check("permissions", not mode, found, f"chmod 700 {settings.identified}")


def check_key(settings: Settings) -> Check:
    """Whether the master key is there, whole, and the owner's alone."""
    from tirage.errors import TirageError
    from tirage.store.keys import load_master_key

    try:
        info = load_master_key(settings.master_key).info
    except TirageError as error:
        return Check("master key", False, str(error), error.remedy)
    return Check("master key", True, f"id {info.id}")


def check_crosswalk(settings: Settings, old_key_id: str) -> Check:
    """Whether the opened crosswalk has one key, and no other is waiting to be its own."""
    from tirage.store.keyring import new_path

    remedy = "Stop the node and run `tirage keys rotate`: it goes on where it stopped."
    if old_key_id:
        return Check("crosswalk", False, f"its key is half rotated: some rows have key {old_key_id}", remedy)
    if new_path(settings.master_key).exists():
        return Check("crosswalk", False, "a rotation of its key was begun", remedy)
    return Check("crosswalk", True, "opens with the master key")


def check_signing_key(settings: Settings) -> Check:
    """Whether the key that seals releases is there, whole, and the owner's alone."""
    from tirage.errors import TirageError
    from tirage.store.signing import load_signing_key

    try:
        key = load_signing_key(settings.signing_key)
    except TirageError as error:
        return Check("signing key", False, str(error), error.remedy)
    return Check("signing key", True, f"id {key.id}")


def check_gate() -> Check:
    """Whether the gate sees every invented identifier planted in every view of a header (1 s)."""
    from tirage.verify.canary import HEADER_VIEWS, measure, missed

    rows = measure(CANARY_SEED, CANARY_ROUNDS)
    blind = [row.view for row in missed(rows)]
    planted = sum(row.planted for row in rows if row.view in HEADER_VIEWS)
    found = f"blind in: {', '.join(blind)}" if blind else f"found {planted:,} of {planted:,} canaries"
    remedy = "Release nothing. This installation is damaged: install Tirage anew, then report it."
    return Check("gate", not blind, found, remedy)


def check_print() -> Check:
    """Whether the gate reads invented identifiers printed in pictures, and nothing in others (3 s)."""
    from tirage.ocr import is_installed
    from tirage.verify.printed import measure_print

    name = "gate, pictures"
    if not is_installed():
        return Check(name, True, "not read: what may show text is held (pip install 'tirage[ocr]')")
    printed, alarms = measure_print(CANARY_SEED, PRINTED_ROUNDS)
    is_ok = printed.found == printed.planted and not alarms.found
    found = f"read {printed.found} of {printed.planted} prints, {alarms.found} where nothing was printed"
    remedy = "Release no picture that was inspected. Install tirage[ocr] anew, then report it."
    return Check(name, is_ok, found, remedy)


def check_port(name: str, host: str, port: int, setting: str) -> Check:
    """Whether the port can be listened on; one that is answered may be this node itself."""
    if port == 0:
        return Check(name, True, "any free port")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except PermissionError:
            remedy = f"Ports under 1024 need a privilege: choose another {setting}, or setcap on Python."
            return Check(name, False, f"{host}:{port} may not be used", remedy)
        except OSError:
            return _taken(name, host, port, setting)
    return Check(name, True, f"{host}:{port} is free")


def _taken(name: str, host: str, port: int, setting: str) -> Check:
    remedy = f"If that is not this node: stop the other program, or choose another {setting}."
    try:
        with socket.create_connection((host, port), timeout=2):
            return Check(name, True, f"{host}:{port} answers: is the node running?")
    except OSError:
        return Check(name, False, f"{host}:{port} cannot be used", remedy)


_OWNER = "Run as the user who owns the node folder, or mend its owner with chown."
