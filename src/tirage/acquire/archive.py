"""Which members of an archive may be read, before any of them is.

Nothing is ever unpacked to a path of the archive's choosing: members are streamed into the store under their
digest. What is judged here is whether reading is safe and whether the archive means what it seems to mean.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tirage.model.outcomes import Passed, Refused
from tirage.model.reasons import QuarantineReason
from tirage.model.records import Finding


@dataclass(frozen=True, slots=True)
class Caps:
    """How much an archive may hold: members, bytes of one and of all together, bytes out for each byte in."""

    members: int = 1_000_000
    member_bytes: int = 4 << 30
    total_bytes: int = 1 << 40
    ratio: int = 200
    ratio_from_bytes: int = 16 << 20


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """A member as the archive's directory describes it; the name may identify a person."""

    index: int
    name: str
    size_bytes: int
    packed_bytes: int
    is_folder: bool = False
    is_regular: bool = True
    is_encrypted: bool = False


def choose(entries: Sequence[Entry], caps: Caps | None = None) -> Passed[list[Entry]] | Refused:
    """The members to read, in order; refused `BAD_ARCHIVE` as a whole when one of them is a trap.

    A trap is a name that leaves the archive, a link or device, a name that comes twice (two readers would see
    two archives), encryption, or more bytes than `caps` allow. Folders are passed over.
    """
    caps = caps or Caps()
    if len(entries) > caps.members:
        return _refused("archive", "too many members")
    seen: set[str] = set()
    chosen, total = [], 0
    for entry in entries:
        problem = _problem(entry, seen, caps)
        if problem:
            return _refused(f"member {entry.index}", problem)
        seen.add(entry.name)
        if entry.is_folder:
            continue
        total += entry.size_bytes
        if total > caps.total_bytes:
            return _refused("archive", "too many bytes")
        chosen.append(entry)
    return Passed(chosen)


def contained(components: Iterable[str]) -> PurePosixPath | None:
    """The relative path a DICOMDIR's Referenced File ID (0004,1500) stands for; None when it is none.

    Components are file IDs of PS3.10 8.2, some writers put separators in; whatever could climb out of the
    folder stands for nothing.
    """
    parts = [part.strip(" \0") for part in components]
    if not parts or any(part in ("", ".", "..") or set(part) & set("/\\\0:") for part in parts):
        return None
    return PurePosixPath(*parts)


def _problem(entry: Entry, seen: set[str], caps: Caps) -> str:
    path = PurePosixPath(entry.name.replace("\\", "/"))
    is_drive = path.parts[:1] and path.parts[0].endswith(":")
    if path.is_absolute() or ".." in path.parts or "\0" in entry.name or is_drive:
        return "name leaves the archive"
    if not entry.is_regular:
        return "neither file nor folder"
    if entry.name in seen:
        return "name comes twice"
    if entry.is_encrypted:
        return "encrypted"
    if entry.size_bytes > caps.member_bytes:
        return "too large"
    is_large = entry.size_bytes > caps.ratio_from_bytes
    if is_large and entry.size_bytes > caps.ratio * max(entry.packed_bytes, 1):
        return "expands too much"
    return ""


def _refused(where: str, kind: str) -> Refused:
    return Refused(QuarantineReason.BAD_ARCHIVE, (Finding(where, kind),))
