"""Whether the tables of a release and its objects tell the same story; needs nothing but the folder."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tirage.deliver import lists

_OBJECT = ".dcm"
_BATCH = 50_000
_LEVELS = ((lists.SERIES, ("study_uid", "series_uid")), (lists.STUDIES, ("pseudonym", "study_uid")))


def disagreements(folder: Path, sums: Mapping[str, str]) -> list[str]:
    """What the tables say otherwise than `sums`, one line each in plain words.

    A table that is not there is left out: whoever compares files with sums has named it.
    """
    there = {name for name in lists.LISTS if name in sums and (folder / name).is_file()}
    objects = {name: digest for name, digest in sums.items() if name.endswith(_OBJECT)}
    found: list[str] = []
    for name in (lists.TABLE, lists.INSTANCES):
        if name in there:
            found += _of_objects(folder, name, objects)
    if lists.INSTANCES in there:
        for name, key in _LEVELS:
            if name in there:
                found += _of_level(folder, name, key)
    if lists.RELEASE in there:
        found += _of_account(folder / lists.RELEASE, len(objects))
    return found


def _of_objects(folder: Path, name: str, objects: Mapping[str, str]) -> list[str]:
    left, others = dict(objects), 0
    try:
        for path, digest in _rows(folder / name, ("path", "sha256")):
            others += left.pop(path, None) != digest
    except _Unreadable:
        return [f"{name} cannot be read"]
    found = [f"{name} has {others:,} rows that fit no object"] if others else []
    return [*found, f"{name} lacks {len(left):,} of {len(objects):,} objects"] if left else found


def _of_level(folder: Path, name: str, key: tuple[str, ...]) -> list[str]:
    try:
        counted = Counter(_rows(folder / lists.INSTANCES, key))
        said = {row[:-1]: row[-1] for row in _rows(folder / name, (*key, "instances"))}
    except _Unreadable:
        return [f"{name} cannot be compared with {lists.INSTANCES}"]
    wrong = sum(said.get(each) != counted.get(each) for each in said.keys() | counted.keys())
    return [f"{name} and {lists.INSTANCES} differ in {wrong:,} rows"] if wrong else []


def _of_account(path: Path, objects: int) -> list[str]:
    try:
        said = int(json.loads(path.read_bytes())["rows"]["instances"])
    except (ValueError, KeyError, TypeError):
        return [f"{path.name} cannot be read"]
    return [] if said == objects else [f"{path.name} counts {said:,} objects where there are {objects:,}"]


class _Unreadable(Exception):
    """A table is damaged, or lacks a column."""


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH, columns=list(columns)):
                yield from zip(*(batch.column(name).to_pylist() for name in columns), strict=True)
    except (ArrowException, OSError, KeyError) as error:
        raise _Unreadable from error
