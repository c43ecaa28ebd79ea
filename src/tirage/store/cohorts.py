"""Lists of requests as they were loaded: a version each, never changed afterwards."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Row, func, insert, select, text

from tirage.model.archives import DateRange
from tirage.model.identifiers import Digest, ProjectName
from tirage.model.requests import CohortKind, Request, Resolution
from tirage.store.database import is_postgres
from tirage.store.prepared import Prepared, pages
from tirage.store.requested import cohort, cohort_file, request
from tirage.store.times import moment

_LOCK = 0x7469_7261_6368  # versions of a project are counted by one writer at a time
_PAGE = 2_000
_COLUMNS = [each.name for each in request.columns if each.name not in ("id", "resolved_at")]
_ADD = Prepared(insert(request), _COLUMNS)

Packed = tuple[int | str | bool, ...]
"""A request as the columns of its table have it, from `row` on."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """A loaded list; `loaded_at` in microseconds, `digest` over all its requests and files."""

    id: int
    project: ProjectName
    version: int
    kind: CohortKind
    digest: Digest
    requests: int
    loaded_at: int
    loaded_by: str


@dataclass(frozen=True, slots=True)
class CohortFile:
    """A public file that came with a list: its name below the release's folder, and where its bytes are."""

    name: str
    digest: Digest
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A request as the record has it, and how asking for it ended."""

    id: int
    request: Request
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class Difference:
    """How a later version differs from an earlier one, by rows: `changed` pairs rows of both."""

    added: tuple[int, ...]
    gone: tuple[int, ...]
    changed: tuple[tuple[int, int], ...]
    same: int


def add(
    connection: Connection,
    project: ProjectName,
    kind: CohortKind,
    digest: Digest,
    count: int,
    at: int,
    by: str,
) -> Cohort:
    """Begin the project's next version, of `count` requests, loaded by `by` at `at` (microseconds)."""
    if is_postgres(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    newest_one = newest(connection, project)
    version = newest_one.version + 1 if newest_one else 1
    row = {
        "project": project,
        "version": version,
        "kind": kind.value,
        "digest": digest,
        "requests": count,
        "loaded_at": at,
        "loaded_by": by,
    }
    number = connection.execute(insert(cohort).values(row).returning(cohort.c.id)).scalar_one()
    return Cohort(number, project, version, kind, digest, count, at, by)


def add_requests(connection: Connection, number: int, requests: Iterable[Request]) -> None:
    """Add the requests of a version."""
    for page in pages(requests):
        add_rows(connection, number, [[packed(each) for each in page]])


def add_rows(connection: Connection, number: int, rows: Iterable[Sequence[Packed]]) -> None:
    """Add the requests of a version as `packed` made them, a page at a time."""
    for page in rows:
        _ADD.run(connection, [dict(zip(_COLUMNS, (number, *each), strict=True)) for each in page])


def packed(each: Request) -> Packed:
    """A request that nobody was asked for yet, as it is written to its table."""
    return (
        each.row,
        each.patient_id,
        each.issuer,
        each.national_id,
        each.accession,
        each.study,
        each.series,
        _digits(each.study_date),
        _digits(each.dates.first),
        _digits(each.dates.last),
        each.participant,
        _digits(each.index_date),
        each.is_deceased,
        Resolution.OPEN.value,
    )


def add_files(connection: Connection, number: int, files: Iterable[CohortFile]) -> None:
    """Record the public files of a version; their bytes are kept already."""
    rows = [
        {"cohort_id": number, "name": each.name, "digest": each.digest, "size_bytes": each.size_bytes}
        for each in files
    ]
    if rows:
        connection.execute(insert(cohort_file), rows)


def newest(connection: Connection, project: ProjectName) -> Cohort | None:
    """The version that counts; none when nothing was loaded."""
    query = select(cohort).where(cohort.c.project == project).order_by(cohort.c.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return _cohort(row) if row else None


def find(connection: Connection, project: ProjectName, version: int) -> Cohort | None:
    """One version of a project's list."""
    query = select(cohort).where(cohort.c.project == project, cohort.c.version == version)
    row = connection.execute(query).one_or_none()
    return _cohort(row) if row else None


def participants(
    connection: Connection, project: ProjectName, patient_id: str, uid: str, accession: str
) -> frozenset[str]:
    """What the rows that count call a patient: those that name the patient, or the study and no patient."""
    counts = newest(connection, project)
    if counts is None:
        return frozenset()
    is_study = (request.c.study == uid) & (request.c.study != "")
    is_order = (request.c.accession == accession) & (request.c.accession != "")
    is_unnamed = (request.c.patient_id == "") & (is_study | is_order)
    query = (
        select(request.c.participant)
        .distinct()
        .where(
            request.c.cohort_id == counts.id,
            request.c.participant != "",
            ((request.c.patient_id == patient_id) & (request.c.patient_id != "")) | is_unnamed,
        )
    )
    return frozenset(connection.execute(query).scalars())


def versions(connection: Connection, project: ProjectName) -> list[Cohort]:
    """Every version, the first one first."""
    query = select(cohort).where(cohort.c.project == project).order_by(cohort.c.version)
    return [_cohort(row) for row in connection.execute(query)]


def files(connection: Connection, number: int) -> list[CohortFile]:
    """The public files of a version, by name."""
    query = select(cohort_file).where(cohort_file.c.cohort_id == number).order_by(cohort_file.c.name)
    return [CohortFile(row.name, row.digest, row.size_bytes) for row in connection.execute(query)]


def requests(connection: Connection, number: int) -> Iterator[Kept]:
    """Every request of a version, by row; page by page, so that their number does not matter."""
    last = 0
    while True:
        query = select(request).where(request.c.cohort_id == number, request.c.row > last)
        rows = connection.execute(query.order_by(request.c.row).limit(_PAGE)).all()
        for row in rows:
            yield Kept(row.id, request_of(row), Resolution(row.resolution))
        if len(rows) < _PAGE:
            return
        last = rows[-1].row


def resolutions(connection: Connection, number: int) -> dict[str, int]:
    """How many requests of a version ended how; under '' those that are open."""
    query = select(request.c.resolution, func.count().label("how_many")).where(request.c.cohort_id == number)
    rows = connection.execute(query.group_by(request.c.resolution))
    return {row.resolution: row.how_many for row in rows}


def known(connection: Connection, project: ProjectName) -> dict[tuple[str, str], date]:
    """To which day all studies of a patient (issuer, identifier) were asked for, by earlier versions.

    A patient of whom a single study was asked for is not known: the others never were. A list with an end
    counts to its end, one without to the day it was loaded (UTC).
    """
    asked = (
        select(
            request.c.issuer,
            request.c.patient_id,
            request.c.last_date,
            func.max(cohort.c.loaded_at).label("at"),
        )
        .join(cohort, cohort.c.id == request.c.cohort_id)
        .where(
            cohort.c.project == project,
            request.c.patient_id != "",
            request.c.accession == "",
            request.c.study == "",
            request.c.study_date == "",
        )
        .group_by(request.c.issuer, request.c.patient_id, request.c.last_date)
    )
    days: dict[tuple[str, str], date] = {}
    for row in connection.execute(asked):
        loaded, end = moment(row.at).date(), _day(row.last_date)
        until = min(loaded, end) if end else loaded
        patient = (row.issuer, row.patient_id)
        days[patient] = max(until, days.get(patient, until))
    return days


def difference(connection: Connection, old: int, new: int) -> Difference:
    """How version `new` differs from `old`, both by their number in the record.

    Two rows are the same request when they name the same patient, accession, study, series and day.
    """
    before: dict[bytes, list[tuple[int, bytes]]] = {}
    for kept in requests(connection, old):
        key, rest = _marks(kept.request)
        before.setdefault(key, []).append((kept.request.row, rest))
    added, changed, same = [], [], 0
    for kept in requests(connection, new):
        key, rest = _marks(kept.request)
        rows = before.get(key)
        if not rows:
            added.append(kept.request.row)
            continue
        place = next((place for place, (_, other) in enumerate(rows) if other == rest), 0)
        row, other = rows.pop(place)
        if other == rest:
            same += 1
        else:
            changed.append((row, kept.request.row))
    gone = sorted(row for rows in before.values() for row, _ in rows)
    return Difference(tuple(added), tuple(gone), tuple(changed), same)


def _marks(each: Request) -> tuple[bytes, bytes]:
    """A fingerprint of what makes a request that request, and one of everything else it says."""
    key = (each.issuer, each.patient_id or each.national_id, each.accession, each.study, each.series)
    rest = (each.national_id, each.dates, each.participant, each.index_date, each.is_deceased)
    return _mark((*key, each.study_date)), _mark(rest)


def _mark(values: tuple[object, ...]) -> bytes:
    return hashlib.blake2b(repr(values).encode(), digest_size=16).digest()


def request_of(row: Row[*tuple[object, ...]]) -> Request:
    """A row of `request` as a value."""
    return Request(
        row=row.row,
        patient_id=row.patient_id,
        issuer=row.issuer,
        national_id=row.national_id,
        accession=row.accession,
        study=row.study,
        series=row.series,
        study_date=_day(row.study_date),
        dates=DateRange(_day(row.first_date), _day(row.last_date)),
        participant=row.participant,
        index_date=_day(row.index_date),
        is_deceased=row.is_deceased,
    )


def _cohort(row: Row[*tuple[object, ...]]) -> Cohort:
    return Cohort(
        row.id,
        ProjectName(row.project),
        row.version,
        CohortKind(row.kind),
        row.digest,
        row.requests,
        row.loaded_at,
        row.loaded_by,
    )


def _digits(day: date | None) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}" if day else ""


def _day(digits: str) -> date | None:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) if digits else None
