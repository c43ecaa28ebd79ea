"""Marking studies whose objects contradict each other: nothing of them goes on until a person decides.

Two identities in one study are not marked here: how unlike they are is for `link` to judge.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from tirage.model.reasons import HoldReason
from tirage.model.records import InstanceSummary
from tirage.store.prepared import pages
from tirage.store.schema import instance, series, study

_SEVERITY = ("", HoldReason.CONFLICTING_COPY.value, HoldReason.IDENTITY_CONFLICT.value)


def mark(connection: Connection, summaries: Sequence[InstanceSummary]) -> None:
    """Mark every study that `summaries`, just catalogued, bring into contradiction with what was there.

    `CONFLICTING_COPY`: one SOP Instance UID, other bytes, same series and patient. `IDENTITY_CONFLICT`: one
    SOP Instance UID in two series or of two patients, or one Series Instance UID in two studies.
    """
    marks: dict[int, str] = defaultdict(str)
    for copies in _copies(connection, instance.c.sop_instance, {each.sop_instance for each in summaries}):
        is_elsewhere = len({(row.series_id, row.patient_id) for row in copies}) > 1
        reason = HoldReason.IDENTITY_CONFLICT if is_elsewhere else HoldReason.CONFLICTING_COPY
        _strengthen(marks, copies, reason)
    for copies in _copies(connection, series.c.uid, {each.series for each in summaries}):
        _strengthen(marks, copies, HoldReason.IDENTITY_CONFLICT)
    for number, name in sorted(marks.items()):
        weaker = _SEVERITY[: _SEVERITY.index(name)]
        connection.execute(
            update(study).where(study.c.id == number, study.c.conflict.in_(weaker)).values(conflict=name)
        )


def _copies(connection: Connection, uid: Any, wanted: Iterable[str]) -> list[list[Any]]:
    same: dict[str, list[Any]] = defaultdict(list)
    for page in pages(sorted(wanted)):
        for row in connection.execute(select(uid.label("shared"), uid.table).where(uid.in_(page))):
            same[row.shared].append(row)
    return [rows for rows in same.values() if len(rows) > 1]


def _strengthen(marks: dict[int, str], rows: Iterable[Any], reason: HoldReason) -> None:
    for row in rows:
        marks[row.study_id] = max(marks[row.study_id], reason.value, key=_SEVERITY.index)
