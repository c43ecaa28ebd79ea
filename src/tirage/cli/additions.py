"""What later versions of a release add to an earlier one, read from the releases' own lists."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tirage.deliver.lists import TABLE
from tirage.errors import Permanent

Study = tuple[str, str]
"""Pseudonym and Study Instance UID, both of research."""


class VersionUnknown(Permanent):
    """The project has no release of this version on the node, or the later one is not later."""

    code = "VERSION_UNKNOWN"
    exit_code = 66
    remedy = "See `tirage release list` for the versions there are, and name the earlier one first."


class ReleaseUnreadable(Permanent):
    """The list of a release's objects cannot be read."""

    code = "RELEASE_UNREADABLE"
    exit_code = 65
    remedy = "Check it with `tirage release verify`, and restore the folder from its backup."


@dataclass(frozen=True, slots=True)
class Change:
    """A study that is in the later versions: how many objects before, and how many these add."""

    pseudonym: str
    study: str
    before: int
    added: int


@dataclass(frozen=True, slots=True)
class Additions:
    """What the later versions add: studies that are new, and studies that have grown."""

    added: list[Change] = field(default_factory=list)
    grown: list[Change] = field(default_factory=list)
    new_patients: int = 0

    @property
    def objects(self) -> int:
        """Objects of all of them."""
        return sum(each.added for each in (*self.added, *self.grown))


def additions(versions: Sequence[Path], first: str, last: str) -> Additions:
    """What the versions after `first` up to `last` add; `versions` are the folders of a project in order.

    Raises `VersionUnknown` and `ReleaseUnreadable`.
    """
    names = [folder.name for folder in versions]
    if first not in names or last not in names or names.index(first) >= names.index(last):
        raise VersionUnknown("no such pair of versions")
    begin, end = names.index(first) + 1, names.index(last) + 1
    before = _studies(versions[:begin])
    later = _studies(versions[begin:end])
    changes = [Change(*study, before[study], count) for study, count in sorted(later.items())]
    known = {pseudonym for pseudonym, _ in before}
    return Additions(
        [each for each in changes if not each.before],
        [each for each in changes if each.before],
        len({each.pseudonym for each in changes} - known),
    )


def _studies(folders: Sequence[Path]) -> Counter[Study]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    counts: Counter[Study] = Counter()
    for folder in folders:
        try:
            with ParquetFile(folder / TABLE) as file:
                for batch in file.iter_batches(columns=["pseudonym", "study_uid"]):
                    counts.update(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        except (ArrowException, OSError) as error:
            raise ReleaseUnreadable(f"{folder.name} has no readable {TABLE}") from error
    return counts
