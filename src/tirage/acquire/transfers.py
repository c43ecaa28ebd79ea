"""Transfer requests of a REDCap project: which rows are requests, what they ask for, what they are to say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from tirage.acquire.standing import Decision, Step
from tirage.model.cohorts import Field
from tirage.model.records import Confidential
from tirage.model.requests import RequestOutcome
from tirage.model.tables import Cell, Line, Table
from tirage.policy.redcap import Names, Redcap

INSTRUMENT: Final = "redcap_repeat_instrument"
PLACE: Final = ("redcap_event_name", INSTRUMENT, "redcap_repeat_instance")
"""What tells the rows of a record apart, where the project has events or repeating forms."""


class Standing(StrEnum):
    """How far a request is."""

    WAITING = "waiting"
    FAILED = "failed"
    DELIVERED = "delivered"


_COMPLETE: Final = {Standing.WAITING: "0", Standing.FAILED: "1", Standing.DELIVERED: "2"}
"""REDCap's states of a form: incomplete, unverified, complete."""

_DELIVERED: Final = frozenset({RequestOutcome.DELIVERED, RequestOutcome.ALREADY_DELIVERED})


@dataclass(frozen=True, slots=True, repr=False)
class Transfer(Confidential):
    """A request: `key` is the row's place in REDCap, `texts` what it asks for, `said` every value it has."""

    key: Mapping[str, Any]
    texts: Mapping[Field, str]
    said: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Status:
    """How a request stands: codes and counts that say why, never an identifier.

    `at` is when the last object was delivered; `mapped` the research UIDs of its studies.
    """

    standing: Standing
    detail: str = ""
    objects: int = 0
    is_late_fault: bool = False
    at: datetime | None = None
    mapped: tuple[str, ...] = ()


def read_fields(names: Names) -> dict[str, Field]:
    """The fields that say what is asked for, and what they mean."""
    pairs = (
        (names.study, Field.STUDY),
        (names.accession, Field.ACCESSION),
        (names.patient, Field.PATIENT_ID),
        (names.issuer, Field.ISSUER),
        (names.national, Field.NATIONAL_ID),
        (names.pseudonym, Field.PARTICIPANT),
    )
    return {name: field for name, field in pairs if name}


def written_fields(redcap: Redcap) -> tuple[str, ...]:
    """The fields that the status is written to, as the data dictionary names them."""
    names = redcap.fields
    listed = (names.date, names.error, names.message, names.objects, names.mapped)
    return tuple(name for name in listed if name)


def transfers(rows: Iterable[Mapping[str, Any]], redcap: Redcap, record: str) -> list[Transfer]:
    """The requests of the project among all rows, in order of record and instance; `record` is its field."""
    names, read = redcap.fields, read_fields(redcap.fields)
    whole: dict[str, Mapping[str, Any]] = {}
    found: list[Mapping[str, Any]] = []
    for row in rows:
        if not _text(row.get(INSTRUMENT)):
            whole.setdefault(_text(row.get(record)), row)
        if _text(row.get(names.project)) == redcap.project and _is_request(row, redcap.instrument):
            found.append(row)
    found.sort(key=lambda row: _order(row, record))
    made = []
    for row in found:
        beside = whole.get(_text(row.get(record)), {})
        texts = {field: _text(row.get(name)) or _text(beside.get(name)) for name, field in read.items()}
        key = {name: row[name] for name in (record, *PLACE) if name in row}
        made.append(Transfer(key, texts, {name: _text(value) for name, value in row.items()}))
    return made


def table_of(requests: Sequence[Transfer], names: Names) -> Table:
    """The requests as a list that is loaded like any other; its rows are numbered from 1."""
    fields = tuple(read_fields(names).values())

    def lines() -> Iterator[Line]:
        for number, each in enumerate(requests, 1):
            yield Line(number, [Cell(each.texts.get(field, "")) for field in fields])

    return Table(tuple(field.value for field in fields), lines, ("requests of a REDCap project",))


def status_of(decision: Decision, objects: int, at: datetime | None, mapped: Sequence[str]) -> Status:
    """What is said of a request that ended, or goes on, like this."""
    if decision.outcome in _DELIVERED:
        return Status(Standing.DELIVERED, "", objects, at=at, mapped=tuple(mapped))
    detail = ": ".join(filter(None, (decision.outcome.value, decision.detail)))
    if decision.outcome is RequestOutcome.PENDING:
        return Status(Standing.WAITING)
    return Status(Standing.FAILED, detail, objects, decision.step is Step.RELEASED)


def written(status: Status, redcap: Redcap, known: frozenset[str]) -> dict[str, str]:
    """What a request's row is to say, in those fields alone that the REDCap project has."""
    names, is_failed = redcap.fields, status.standing is Standing.FAILED
    row = {f"{redcap.instrument}_complete": _COMPLETE[status.standing]}
    if names.date in known and names.date:
        at = status.at.astimezone(ZoneInfo(redcap.zone)) if status.at else None
        row[names.date] = f"{at:%Y-%m-%d %H:%M}" if at else ""
    if names.error in known:
        row[f"{names.error}___1"] = "1" if is_failed and not status.is_late_fault else "0"
        row[f"{names.error}___2"] = "1" if is_failed and status.is_late_fault else "0"
    if names.message in known and names.message:
        row[names.message] = status.detail
    if names.objects in known and names.objects:
        row[names.objects] = str(status.objects) if status.objects else ""
    if names.mapped in known and names.mapped:
        row[names.mapped] = ",".join(status.mapped)
    return row


def _is_request(row: Mapping[str, Any], instrument: str) -> bool:
    return _text(row.get(INSTRUMENT)) in ("", instrument)


def _order(row: Mapping[str, Any], record: str) -> tuple[str, str, int]:
    instance = _text(row.get("redcap_repeat_instance"))
    number = int(instance) if instance.isascii() and instance.isdigit() else 0
    return _text(row.get(record)), _text(row.get("redcap_event_name")), number


def _text(value: Any) -> str:
    return "" if value is None else str(value)
