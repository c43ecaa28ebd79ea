"""`instances.parquet`, `series.parquet` and `studies.parquet`, written side by side while objects go by.

Rows are in order of the objects' paths, so that a series and a study are whole as soon as the next begins.
Nothing is kept but the row groups being filled and the series and study at hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from tirage.deliver import columns
from tirage.deliver.columns import READ, SHARED, Column, Kind
from tirage.deliver.release import Member
from tirage.deliver.technical import Value, agreed
from tirage.model.identifiers import Uid

Row = Sequence[Value]

_BATCH = 10_000
_DATE, _NUMBER, _FRAMES = 0, 1, 2  # places in READ, before those that are shared
_MODALITY = 3


def write(
    objects: Iterable[tuple[Member, Row]],
    before: Mapping[Uid, int],
    to: tuple[IO[bytes], IO[bytes], IO[bytes]],
    about: Mapping[str, str],
) -> tuple[int, int, int]:
    """Write the three tables, studies first, and count their rows.

    `objects` are the members in order of path with the values of `READ`; `before` says how many objects of a
    study earlier versions hold; `about` goes into each file's metadata.
    """
    sheets = (
        Sheet(columns.STUDY_COLUMNS, to[0], about),
        Sheet(columns.SERIES_COLUMNS, to[1], about),
        Sheet(columns.INSTANCE_COLUMNS, to[2], about),
    )
    levels = _Levels(sheets[0], sheets[1], before)
    for member, said in objects:
        levels.take(member, said)
        sheets[2].add((*_of_file(member), said[_NUMBER], _frames(said), *said[_MODALITY:]))
    levels.end()
    return sheets[0].close(), sheets[1].close(), sheets[2].close()


class Sheet:
    """One Parquet file that is filled row by row; same rows, same bytes."""

    def __init__(self, wanted: Sequence[Column], to: IO[bytes], about: Mapping[str, str]) -> None:
        import pyarrow
        from pyarrow.parquet import ParquetWriter

        kinds = {
            Kind.TEXT: pyarrow.string(),
            Kind.CODE: pyarrow.string(),
            Kind.INTEGER: pyarrow.int64(),
            Kind.NUMBER: pyarrow.float64(),
            Kind.DATE: pyarrow.date32(),
        }
        self._schema = pyarrow.schema([(each.name, kinds[each.kind]) for each in wanted], metadata=about)
        self._writer = ParquetWriter(to, self._schema, compression="zstd")
        self._columns: list[list[Any]] = [[] for _ in wanted]
        self._rows = 0

    def add(self, row: Sequence[Value]) -> None:
        """One more row."""
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)
        self._rows += 1
        if self._rows % _BATCH == 0:
            self._flush()

    def close(self) -> int:
        """Finish the file; how many rows it has."""
        self._flush()
        self._writer.close()
        return self._rows

    def _flush(self) -> None:
        import pyarrow

        if self._columns[0]:
            self._writer.write_batch(pyarrow.record_batch(self._columns, schema=self._schema))
            self._columns = [[] for _ in self._columns]


class _Levels:
    """The series and the study at hand."""

    def __init__(self, studies: Sheet, series: Sheet, before: Mapping[Uid, int]) -> None:
        self._studies, self._series, self._before = studies, series, before
        self._first: Member | None = None
        self._said: list[set[Value]] = []
        self._counts = [0, 0, 0]
        self._head: Member | None = None
        self._days: set[Value] = set()
        self._modalities: set[str] = set()
        self._totals = [0, 0, 0, 0]

    def take(self, member: Member, said: Row) -> None:
        """Count an object with the series and study it belongs to."""
        if self._first is None or _folder(self._first) != _folder(member):
            self._end_series()
        if self._head is None or _folder(self._head)[:2] != _folder(member)[:2]:
            self._end_study()
            self._head = member
        if self._first is None:
            self._first, self._said, self._counts = member, [set() for _ in SHARED], [0, 0, 0]
        for seen, value in zip(self._said, said[_MODALITY:], strict=True):
            seen.add(value)
        self._days.add(said[_DATE])
        if said[_MODALITY]:
            self._modalities.add(str(said[_MODALITY]))
        self._add(1, _frames(said), member.output.size_bytes)

    def end(self) -> None:
        """Write what is at hand."""
        self._end_series()
        self._end_study()

    def _add(self, *counts: int) -> None:
        self._counts = [one + other for one, other in zip(self._counts, counts, strict=True)]

    def _end_series(self) -> None:
        if self._first is None:
            return
        out = self._first.output
        shared = [agreed(each) for each in self._said]
        self._series.add((out.pseudonym, out.study, out.series, *self._counts, *shared))
        counts = (1, *self._counts)
        self._totals = [one + other for one, other in zip(self._totals, counts, strict=True)]
        self._first = None

    def _end_study(self) -> None:
        if self._head is None:
            return
        out = self._head.output
        modalities = "\\".join(sorted(self._modalities)) or None
        earlier = self._before.get(out.study, 0)
        day = agreed(self._days)
        self._studies.add((out.pseudonym, out.study, day, modalities, *self._totals, earlier))
        self._head, self._days, self._modalities, self._totals = None, set(), set(), [0, 0, 0, 0]


def _folder(member: Member) -> tuple[str, ...]:
    return member.output.pseudonym, member.output.study, member.output.series


def _frames(said: Row) -> int:
    frames = said[_FRAMES]
    return frames if isinstance(frames, int) and frames > 0 else 1


def _of_file(member: Member) -> Row:
    out = member.output
    return (
        member.name,
        out.digest,
        out.size_bytes,
        out.pseudonym,
        out.study,
        out.series,
        out.sop_instance,
        out.sop_class,
        out.transfer_syntax,
    )


NOTHING: Row = (None,) * len(READ)
"""The values of an object whose header cannot be read."""
