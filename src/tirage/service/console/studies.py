"""Answers `tirage.web.api.studies` and `tirage.web.api.search`."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine

from tirage.model import advice
from tirage.model.identifiers import ReceivedId
from tirage.model.people import Permission, Who
from tirage.service.console.fresh import Fresh
from tirage.service.console.viewing import viewed
from tirage.store import chronicle, lookup, search, timeline
from tirage.store.database import reading
from tirage.store.search import Filter, PatientRow, StudyRow
from tirage.web.api.paging import Page, cursor
from tirage.web.api.search import Hit
from tirage.web.api.studies import (
    Choice,
    Event,
    Object,
    ObjectLine,
    Patient,
    PatientStudies,
    SeriesLine,
    Standing,
    Study,
    StudyLine,
    Wanted,
)


class NodeStudies:
    """The catalogue of this node."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        # Of everything there is: the one that reads the whole table, and the one that is asked for most.
        self._everything = Fresh(lambda: self._choice(Filter()), fresh_s=10)

    def listed(self, who: Who, wanted: Wanted, after: list[str | int] | None, most: int) -> Page[StudyLine]:
        """A page of studies, newest date first."""
        with reading(self._database) as connection:
            begin = (str(after[0]), int(after[1])) if after else None
            rows = search.studies(connection, _filter(who, wanted), begin, most + 1)
            lines = _lines(connection, rows[:most])
        more = cursor([rows[most - 1].date, rows[most - 1].number]) if len(rows) > most else None
        viewed(self._database, who, "studies", (f"study:{each.number}" for each in lines))
        return Page(items=lines, next=more)

    def choice(self, who: Who, wanted: Wanted) -> Choice:
        """How the studies that fit are made up."""
        narrowed = _filter(who, wanted)
        return self._everything.get() if narrowed == Filter() else self._choice(narrowed)

    def _choice(self, wanted: Filter) -> Choice:
        with reading(self._database) as connection:
            found = search.facets(connection, wanted)
        return Choice(
            studies=found.studies,
            instances=found.instances,
            modality=found.modality,
            manufacturer=found.manufacturer,
            year=found.year,
        )

    def study(self, who: Who, number: int) -> Study | None:
        """One study."""
        projects = who.projects(Permission.SEE_PATIENTS)
        with reading(self._database) as connection:
            row = search.study_by_number(connection, number, projects)
            if row is None:
                return None
            line = _lines(connection, [row])[0]
            standings = chronicle.standings(connection, number)
            series = search.serieses(connection, number)
        viewed(self._database, who, f"study:{number}")
        return Study(
            **line.model_dump(),
            uid=row.uid,
            settled_at=row.settled_at,
            conflict=row.conflict,
            standings=[
                Standing(
                    project=each.project,
                    stage=each.stage,
                    disposition=each.disposition,
                    reason=each.reason,
                    meaning=advice.meaning(each.reason),
                    next=advice.advice(each.reason),
                    objects=each.objects,
                    since=each.since,
                )
                for each in standings
                if projects is None or each.project in projects
            ],
            all_series=[
                SeriesLine(
                    number=each.number,
                    uid=each.uid,
                    modality=each.modality,
                    description=each.description,
                    body_part=each.body_part,
                    manufacturer=each.manufacturer,
                    instances=each.instances,
                    size_bytes=each.size_bytes,
                )
                for each in series
            ],
        )

    def timeline(self, who: Who, number: int) -> list[Event] | None:
        """What happened to it."""
        projects = who.projects(Permission.SEE_PATIENTS)
        with reading(self._database) as connection:
            if search.study_by_number(connection, number, projects) is None:
                return None
            events = chronicle.chronicle(connection, number)
        return [
            Event(
                at=each.at,
                until=each.until,
                project=each.project,
                what=each.what,
                detail=each.detail,
                objects=each.objects,
            )
            for each in events
            if projects is None or each.project in projects | {""}
        ]

    def objects(self, who: Who, number: int, after: int, most: int) -> Page[ObjectLine] | None:
        """Its objects."""
        with reading(self._database) as connection:
            if search.study_by_number(connection, number, who.projects(Permission.SEE_PATIENTS)) is None:
                return None
            rows = chronicle.members(connection, number, after, most + 1)
        lines = [ObjectLine(number=each[0], sop_class=each[1], instance=each[2]) for each in rows[:most]]
        return Page(items=lines, next=cursor([lines[-1].number]) if len(rows) > most else None)

    def object(self, who: Who, number: int) -> Object | None:
        """One object."""
        projects = who.projects(Permission.SEE_PATIENTS)
        with reading(self._database) as connection:
            claims = timeline.claims(connection, ReceivedId(number))
            if not claims or (projects is not None and not projects & claims):
                return None
            study = timeline.study_of(connection, ReceivedId(number))
            events = timeline.trace(connection, ReceivedId(number))
        viewed(self._database, who, f"received:{number}")
        return Object(
            number=number,
            study=study,
            events=[
                Event(
                    at=each.at,
                    until=each.at,
                    project=each.project,
                    what=each.what,
                    detail=each.detail,
                    objects=1,
                )
                for each in events
                if projects is None or each.project in projects | {""}
            ],
        )

    def patient(self, who: Who, number: int) -> PatientStudies | None:
        """One identity and its studies."""
        projects = who.projects(Permission.SEE_PATIENTS)
        with reading(self._database) as connection:
            found = search.patients_by_number(connection, [number]).get(number)
            rows = search.studies(connection, Filter(patient=number, projects=projects), most=200)
            if found is None or (projects is not None and not rows):
                return None
            lines = _lines(connection, rows)
        viewed(self._database, who, f"patient:{number}")
        return PatientStudies(patient=_patient(found), studies=lines)


class NodeSearch:
    """Finds things in the catalogue of this node."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def find(self, who: Who, text: str) -> list[Hit]:
        """What the text may mean of what `who` may see, the most exact first."""
        projects = who.projects(Permission.SEE_PATIENTS)
        with reading(self._database) as connection:
            found = lookup.lookup(connection, text)
            rows = search.studies_by_number(connection, _numbers(each.study for each in found), projects)
            lines = {line.number: line for line in _lines(connection, list(rows.values()))}
            numbers = _numbers(each.patient for each in found)
            patients = search.patients_by_number(connection, numbers)
            if projects is not None:
                visible = search.patients_of(connection, numbers, projects)
                patients = {number: row for number, row in patients.items() if number in visible}
            objects = {
                number
                for number in _numbers(each.received for each in found)
                if projects is None or projects & timeline.claims(connection, ReceivedId(number))
            }
        hits = [
            Hit(
                meaning=each.meaning,
                study=lines[each.study] if each.study else None,
                patient=_patient(patients[each.patient]) if each.patient else None,
                object=each.received,
            )
            for each in found
            if each.study in lines or each.patient in patients or each.received in objects
        ]
        shown = [f"study:{each.study.number}" for each in hits if each.study]
        shown += [f"patient:{each.patient.number}" for each in hits if each.patient]
        viewed(self._database, who, "search", shown)
        return hits


def _filter(who: Who, wanted: Wanted) -> Filter:
    projects = who.projects(Permission.SEE_PATIENTS)
    if wanted.project:
        projects = frozenset({wanted.project}) & (projects if projects is not None else {wanted.project})
    return Filter(
        first_date=wanted.first_date,
        last_date=wanted.last_date,
        modality=wanted.modality,
        manufacturer=wanted.manufacturer,
        projects=projects,
    )


def _numbers(numbers: Iterable[int | None]) -> list[int]:
    return [number for number in numbers if number is not None]


def _lines(connection: Connection, rows: Sequence[StudyRow]) -> list[StudyLine]:
    patients = search.patients_by_number(connection, sorted({row.patient for row in rows}))
    return [
        StudyLine(
            number=row.number,
            patient=_patient(patients[row.patient]),
            date=row.date,
            accession=row.accession,
            description=row.description,
            modalities=list(row.modalities),
            manufacturers=list(row.manufacturers),
            series=row.series,
            instances=row.instances,
            size_bytes=row.size_bytes,
            last_arrival=row.last_arrival,
        )
        for row in rows
    ]


def _patient(row: PatientRow) -> Patient:
    return Patient(
        number=row.number,
        patient_id=row.patient_id,
        issuer=row.issuer,
        name=row.name,
        birth_date=row.birth_date,
        sex=row.sex,
    )
