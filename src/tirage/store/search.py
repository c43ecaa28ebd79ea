"""Reading the catalogue: patients, studies by the page, and how many there are of what.

Every answer comes from the sums kept in `study` and `series`; none looks at instances.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal, select, tuple_

from tirage.model.identifiers import Uid
from tirage.model.records import Confidential
from tirage.store.prepared import pages
from tirage.store.schema import custody, patient, series, study

PAGE = 50


@dataclass(frozen=True, slots=True, repr=False)
class PatientRow(Confidential):
    """One identity as received; `number` is its handle, safe to log."""

    number: int
    patient_id: str
    issuer: str
    name: str
    birth_date: str
    sex: str


@dataclass(frozen=True, slots=True, repr=False)
class StudyRow(Confidential):
    """One study with its sums; `number` is its handle, times in microseconds."""

    number: int
    uid: Uid
    patient: int
    date: str
    accession: str
    description: str
    modalities: tuple[str, ...]
    manufacturers: tuple[str, ...]
    series: int
    instances: int
    size_bytes: int
    last_arrival: int
    settled_at: int | None
    conflict: str


@dataclass(frozen=True, slots=True, repr=False)
class SeriesRow(Confidential):
    """One series with its sums."""

    number: int
    uid: Uid
    modality: str
    description: str
    body_part: str
    manufacturer: str
    instances: int
    size_bytes: int


@dataclass(frozen=True, slots=True, repr=False)
class Filter(Confidential):
    """Which studies; what is empty does not narrow. Dates are DICOM dates (YYYYMMDD), both ends included.

    `projects` are those of whose studies one may be claimed by any; None stands for all studies there are.
    """

    patient: int | None = None
    accession: str = ""
    first_date: str = ""
    last_date: str = ""
    modality: str = ""
    manufacturer: str = ""
    projects: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Facets:
    """How many of the studies there are by modality, manufacturer and year, the most frequent first."""

    studies: int = 0
    instances: int = 0
    modality: dict[str, int] = field(default_factory=dict)
    manufacturer: dict[str, int] = field(default_factory=dict)
    year: dict[str, int] = field(default_factory=dict)


def patients(connection: Connection, patient_id: str) -> list[PatientRow]:
    """Every identity received under this identifier, whatever its issuer and demographics."""
    wanted = select(patient).where(patient.c.patient_id == patient_id).order_by(patient.c.id)
    return [_patient(row) for row in connection.execute(wanted)]


def patients_by_number(connection: Connection, numbers: Sequence[int]) -> dict[int, PatientRow]:
    """Identities by their handles."""
    found = {}
    for page in pages(numbers):
        rows = connection.execute(select(patient).where(patient.c.id.in_(page)))
        found.update({row.id: _patient(row) for row in rows})
    return found


def patients_of(connection: Connection, numbers: Sequence[int], projects: frozenset[str]) -> set[int]:
    """Those of the identities that a study of one of these projects carries."""
    seen: set[int] = set()
    for page in pages(numbers):
        conditions = _conditions(Filter(projects=projects))
        query = select(study.c.patient_id).distinct().where(study.c.patient_id.in_(page), *conditions)
        seen.update(connection.scalars(query))
    return seen


def studies(
    connection: Connection, wanted: Filter, after: tuple[str, int] | None = None, most: int = PAGE
) -> list[StudyRow]:
    """One page of the studies of `wanted`, newest date first, beginning behind the (date, number) `after`."""
    query = select(study).where(*_conditions(wanted))
    if after is not None:
        place = tuple_(*map(literal, after))
        query = query.where(tuple_(study.c.study_date, study.c.id) < place)
    query = query.order_by(study.c.study_date.desc(), study.c.id.desc()).limit(most)
    return [_study(row) for row in connection.execute(query)]


def study_by_number(connection: Connection, number: int, projects: frozenset[str] | None) -> StudyRow | None:
    """The study of this handle, when it may be seen by whoever sees these projects."""
    query = select(study).where(study.c.id == number, *_conditions(Filter(projects=projects)))
    row = connection.execute(query).one_or_none()
    return None if row is None else _study(row)


def studies_by_number(
    connection: Connection, numbers: Sequence[int], projects: frozenset[str] | None
) -> dict[int, StudyRow]:
    """Studies by their handles, those of these projects."""
    found = {}
    for page in pages(numbers):
        query = select(study).where(study.c.id.in_(page), *_conditions(Filter(projects=projects)))
        found.update({row.id: _study(row) for row in connection.execute(query)})
    return found


def serieses(connection: Connection, study_number: int) -> list[SeriesRow]:
    """The series of one study, in order of arrival."""
    wanted = select(series).where(series.c.study_id == study_number).order_by(series.c.id)
    return [
        SeriesRow(
            row.id,
            Uid(row.uid),
            row.modality,
            row.description,
            row.body_part,
            row.manufacturer,
            row.instances,
            row.size_bytes,
        )
        for row in connection.execute(wanted)
    ]


def facets(connection: Connection, wanted: Filter) -> Facets:
    """How the studies of `wanted` are made up; a study of two modalities counts for both."""
    year = func.substr(study.c.study_date, 1, 4).label("year")
    grouped = (
        select(
            study.c.modalities,
            study.c.manufacturers,
            year,
            func.count().label("studies"),
            func.sum(study.c.instances).label("instances"),
        )
        .where(*_conditions(wanted))
        .group_by(study.c.modalities, study.c.manufacturers, year)
    )
    modality, manufacturer, years = Counter[str](), Counter[str](), Counter[str]()
    total, instances = 0, 0
    for row in connection.execute(grouped):
        total += row.studies
        instances += int(row.instances)
        years[row.year] += row.studies
        for each in _parts(row.modalities):
            modality[each] += row.studies
        for each in _parts(row.manufacturers):
            manufacturer[each] += row.studies
    ordered = (dict(counts.most_common()) for counts in (modality, manufacturer, years))
    return Facets(total, instances, *ordered)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.patient is not None:
        conditions.append(study.c.patient_id == wanted.patient)
    if wanted.accession:
        conditions.append(study.c.accession == wanted.accession)
    if wanted.first_date:
        conditions.append(study.c.study_date >= wanted.first_date)
    if wanted.last_date:
        conditions.append(study.c.study_date <= wanted.last_date)
    if wanted.projects is not None:
        claims = select(custody.c.study_id).where(
            custody.c.study_id == study.c.id, custody.c.project.in_(sorted(wanted.projects))
        )
        conditions.append(claims.exists())
    for column, value in (
        (study.c.modalities, wanted.modality),
        (study.c.manufacturers, wanted.manufacturer),
    ):
        if value:
            whole = literal("\\").concat(column).concat("\\")
            conditions.append(whole.contains(f"\\{value}\\", autoescape=True, escape="|"))
    return conditions


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split("\\")) if text else ()


def _patient(row: Any) -> PatientRow:
    return PatientRow(row.id, row.patient_id, row.issuer, row.name, row.birth_date, row.sex)


def _study(row: Any) -> StudyRow:
    return StudyRow(
        row.id,
        Uid(row.uid),
        row.patient_id,
        row.study_date,
        row.accession,
        row.description,
        _parts(row.modalities),
        _parts(row.manufacturers),
        row.series_count,
        row.instances,
        row.size_bytes,
        row.last_arrival,
        row.settled_at,
        row.conflict,
    )
