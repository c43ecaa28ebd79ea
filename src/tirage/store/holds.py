"""What did not go on, study by study: counts, pages, and the objects of one.

Everything here reads the index over custody's stopped rows, and begins where the page before ended.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal_column, select

from tirage.model.identifiers import Digest, ProjectName, ReceivedId
from tirage.model.outcomes import Disposition, disposition_of
from tirage.model.records import Confidential, Finding
from tirage.review.decide import REASONS
from tirage.store.prepared import pages
from tirage.store.schema import custody, finding, instance, patient, received, series, study

NO_STUDY = 0
"""In place of a study's number: objects that could not be read far enough to have one."""

Pair = tuple[ProjectName, str]
Place = tuple[str, str, int]
"""Project, reason and study after which a page begins."""

_STOPPED = custody.c.reason != literal_column("''")
"""Spelt out, not bound: only then does SQLite see that the index over stopped rows will do."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many objects of a project did not go on for a reason: in all, and by when that was."""

    project: ProjectName
    reason: str
    objects: int
    older: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The objects of one study that did not go on in a project for one reason; `since` in microseconds."""

    project: ProjectName
    reason: str
    study: int
    objects: int
    since: int
    sample: ReceivedId

    @property
    def place(self) -> Place:
        """Where a page that follows begins."""
        return self.project, self.reason, self.study


@dataclass(frozen=True, slots=True, repr=False)
class About(Confidential):
    """What a person recognises a study by."""

    study: int
    patient: int
    date: str
    description: str
    accession: str
    modalities: str
    instances: int
    patient_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """One object that did not go on; `modality` and `number` are empty when it was never read."""

    received: ReceivedId
    digest: Digest
    size_bytes: int
    disposition: Disposition
    reason: str
    since: int
    modality: str
    number: str
    findings: tuple[Finding, ...]


def counts(connection: Connection, before: Sequence[int]) -> list[Count]:
    """Every project and reason with objects; `older` counts those stopped before each of `before`."""
    ages = [func.sum(case((custody.c.updated_at < at, 1), else_=0)) for at in before]
    query = (
        select(custody.c.project, custody.c.reason, func.count(), *ages)
        .where(_STOPPED)
        .group_by(custody.c.project, custody.c.reason)
        .order_by(custody.c.project, custody.c.reason)
    )
    return [
        Count(ProjectName(row[0]), row[1], row[2], tuple(int(each) for each in row[3:]))
        for row in connection.execute(query)
    ]


def pairs(connection: Connection, projects: Collection[str] | None = None) -> list[Pair]:
    """The projects and reasons with objects, in order; found by skipping through the index."""
    found: list[Pair] = []
    last: ColumnElement[bool] = _STOPPED
    while True:
        query = select(custody.c.project, custody.c.reason).where(_STOPPED, last)
        row = connection.execute(query.order_by(custody.c.project, custody.c.reason).limit(1)).first()
        if row is None:
            return found
        if projects is None or row.project in projects:
            found.append((ProjectName(row.project), row.reason))
        same = and_(custody.c.project == row.project, custody.c.reason > row.reason)
        last = (
            same
            if connection.execute(query.where(same).limit(1)).first()
            else (custody.c.project > row.project)
        )


def groups(
    connection: Connection,
    chosen: Sequence[Pair],
    after: Place | None = None,
    most: int = 50,
    before: int | None = None,
) -> list[Group]:
    """One page of the studies with objects stopped so, in order of project, reason and arrival.

    `before` leaves out studies of which every object was stopped later (microseconds).
    """
    found: list[Group] = []
    for pair in sorted(chosen):
        if after is not None and pair < after[:2]:
            continue
        start = after[2] if after is not None and pair == after[:2] else None
        found += _groups(connection, pair, start, most - len(found), before)
        if len(found) >= most:
            break
    return found


def _groups(
    connection: Connection, pair: Pair, after: int | None, most: int, before: int | None
) -> Iterator[Group]:
    first = func.min(custody.c.updated_at)
    columns = (func.count().label("objects"), first.label("since"), func.min(custody.c.received_id))
    which = [custody.c.project == pair[0], custody.c.reason == pair[1], _STOPPED]
    late = [] if before is None else [first < before]
    if after is None:
        row = connection.execute(
            select(*columns).where(*which, custody.c.study_id.is_(None)).having(func.count() > 0, *late)
        ).first()
        if row is not None:
            most -= 1
            yield Group(*pair, NO_STUDY, row[0], row[1], ReceivedId(row[2]))
    query = (
        select(custody.c.study_id, *columns)
        .where(*which, custody.c.study_id > (after or NO_STUDY))
        .group_by(custody.c.study_id)
        .having(func.count() > 0, *late)
        .order_by(custody.c.study_id)
        .limit(max(most, 0))
    )
    for row in connection.execute(query):
        yield Group(*pair, row[0], row[1], row[2], ReceivedId(row[3]))


def about(connection: Connection, numbers: Collection[int]) -> dict[int, About]:
    """What a person recognises studies by; studies that are gone are left out."""
    found = {}
    for page in pages(sorted(numbers)):
        query = (
            select(study, patient.c.patient_id.label("known_as"), patient.c.name)
            .join(patient, patient.c.id == study.c.patient_id)
            .where(study.c.id.in_(page))
        )
        for row in connection.execute(query):
            found[row.id] = About(
                row.id,
                row.patient_id,
                row.study_date,
                row.description,
                row.accession,
                row.modalities,
                row.instances,
                row.known_as,
                row.name,
            )
    return found


def objects(
    connection: Connection,
    project: ProjectName,
    reason: str,
    study_id: int,
    after: int = 0,
    most: int = 50,
) -> list[Stopped]:
    """One page of the objects of a study that did not go on for a reason, with what was found in them."""
    query = (
        select(
            custody.c.received_id,
            custody.c.disposition,
            custody.c.reason,
            custody.c.updated_at,
            received.c.digest,
            received.c.size_bytes,
            series.c.modality,
            instance.c.number,
        )
        .join(received, received.c.id == custody.c.received_id)
        .outerjoin(instance, instance.c.received_id == custody.c.received_id)
        .outerjoin(series, series.c.id == instance.c.series_id)
        .where(_of(project, reason, study_id), custody.c.received_id > after)
        .order_by(custody.c.received_id)
        .limit(most)
    )
    rows = connection.execute(query).all()
    seen = _findings(connection, project, [row.received_id for row in rows])
    return [
        Stopped(
            ReceivedId(row.received_id),
            row.digest,
            row.size_bytes,
            Disposition(row.disposition),
            row.reason,
            row.updated_at,
            row.modality or "",
            row.number or "",
            tuple(seen.get(row.received_id, ())),
        )
        for row in rows
    ]


def numbers(
    connection: Connection, project: ProjectName, reason: str, study_id: int, most: int
) -> list[ReceivedId]:
    """At most `most` of the objects of a study that did not go on for a reason."""
    query = select(custody.c.received_id).where(_of(project, reason, study_id))
    return [
        ReceivedId(each) for each in connection.scalars(query.order_by(custody.c.received_id).limit(most))
    ]


def among(
    connection: Connection, project: ProjectName, wanted: Sequence[ReceivedId]
) -> dict[str, list[ReceivedId]]:
    """Those of `wanted` that did not go on in the project, by reason."""
    found: dict[str, list[ReceivedId]] = {}
    for page in pages(wanted):
        query = select(custody.c.received_id, custody.c.reason).where(
            custody.c.project == project, custody.c.received_id.in_(page), _STOPPED
        )
        for row in connection.execute(query.order_by(custody.c.received_id)):
            found.setdefault(row.reason, []).append(ReceivedId(row.received_id))
    return found


def original(connection: Connection, number: ReceivedId) -> tuple[Digest, list[ProjectName]] | None:
    """Under which digest an object is kept, and the projects that have it; None for an unknown one."""
    digest = connection.scalar(select(received.c.digest).where(received.c.id == number))
    if digest is None:
        return None
    having = select(custody.c.project).where(custody.c.received_id == number)
    return digest, [ProjectName(name) for name in connection.scalars(having)]


def disposition(reason: str) -> str:
    """The disposition that objects stopped for the reason of that name are in."""
    known = REASONS.get(reason)
    return disposition_of(known).value if known is not None else ""


def _of(project: ProjectName, reason: str, study_id: int) -> ColumnElement[bool]:
    is_in = custody.c.study_id == study_id if study_id != NO_STUDY else custody.c.study_id.is_(None)
    return and_(custody.c.project == project, custody.c.reason == reason, is_in, _STOPPED)


def _findings(
    connection: Connection, project: ProjectName, wanted: Sequence[int]
) -> dict[int, list[Finding]]:
    found: dict[int, list[Finding]] = {}
    for page in pages(wanted):
        query = select(finding).where(
            finding.c.received_id.in_(page), finding.c.project == project, finding.c.superseded_at.is_(None)
        )
        for row in connection.execute(query.order_by(finding.c.id)):
            found.setdefault(row.received_id, []).append(Finding(row.place, row.kind, row.view or None))
    return found
