"""Writing instances into the catalogue by the batch, keeping the sums of their study and series right.

Reading it is in `store.search`; whole headers are in `store.headers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select, update

from tirage.catalog.settle import expected_instances
from tirage.model.custody import Stage
from tirage.model.identifiers import ReceivedId, Uid
from tirage.model.records import InstanceSummary, PatientIdentity
from tirage.store import conflicts, headers, persons
from tirage.store.names import fold
from tirage.store.prepared import Prepared, pages, upsert
from tirage.store.schema import custody, header, instance, patient, received, series, study

Entry = tuple[ReceivedId, InstanceSummary]

_ADD_HEADER = Prepared(upsert(header), header.columns.keys())
_ADD_INSTANCE = Prepared(upsert(instance), instance.columns.keys())
_MOVE_ON = Prepared(
    update(custody)
    .where(custody.c.received_id == bindparam("number"), custody.c.stage == bindparam("before"))
    .values(study_id=bindparam("study"), stage=bindparam("after"), updated_at=bindparam("at"))
)


@dataclass(slots=True)
class _Sum:
    """What a batch adds to a study or series."""

    instances: int = 0
    size_bytes: int = 0
    first_arrival: int = 2**62
    last_arrival: int = 0
    modalities: set[str] = field(default_factory=set)
    manufacturers: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)

    def add(self, fact: "_Fact", summary: InstanceSummary) -> None:
        self.instances += 1
        self.size_bytes += fact.size_bytes
        self.first_arrival = min(self.first_arrival, fact.received_at)
        self.last_arrival = max(self.last_arrival, fact.received_at)
        self.modalities.add(summary.attributes.get("Modality", ""))
        self.manufacturers.add(summary.attributes.get("Manufacturer", ""))
        self.announced.add(summary.attributes.get("NumberOfStudyRelatedInstances", ""))


@dataclass(frozen=True, slots=True)
class _Fact:
    size_bytes: int
    received_at: int


def record(connection: Connection, entries: Sequence[Entry], at: int) -> set[int]:
    """Catalogue `entries` in this transaction, at the time `at` (microseconds); the studies they belong to.

    Every project's custody of them moves on to `CATALOGUED`. What was catalogued before is left as it is, so
    repeating a batch changes nothing. About 1,000 entries at a time are best.
    """
    facts, known = _facts(connection, entries), _known(connection, entries)
    fresh = list({n: (n, summary) for n, summary in entries if n not in known}.values())
    places = _place(connection, fresh, facts)
    if fresh:
        _ADD_INSTANCE.run(connection, [_instance(n, summary, places[n], at) for n, summary in fresh])
        _ADD_HEADER.run(connection, headers.rows(connection, [(n, summary.header) for n, summary in fresh]))
    studies = known | {number: place.study for number, place in places.items()}
    moves = [
        {
            "number": number,
            "study": studies[number],
            "before": Stage.RECEIVED.value,
            "after": Stage.CATALOGUED.value,
            "at": at,
        }
        for number in sorted(studies)
    ]
    if moves:
        _MOVE_ON.run(connection, moves)
    conflicts.mark(connection, [summary for _, summary in fresh])
    return set(studies.values())


@dataclass(frozen=True, slots=True)
class _Place:
    patient: int
    study: int
    series: int


def _facts(connection: Connection, entries: Sequence[Entry]) -> dict[ReceivedId, _Fact]:
    facts = {}
    for page in pages(number for number, _ in entries):
        wanted = select(received.c.id, received.c.size_bytes, received.c.received_at)
        for row in connection.execute(wanted.where(received.c.id.in_(page))):
            facts[ReceivedId(row.id)] = _Fact(row.size_bytes, row.received_at)
    return facts


def _known(connection: Connection, entries: Sequence[Entry]) -> dict[ReceivedId, int]:
    known = {}
    for page in pages(number for number, _ in entries):
        wanted = select(instance.c.received_id, instance.c.study_id).where(instance.c.received_id.in_(page))
        known.update({ReceivedId(row.received_id): row.study_id for row in connection.execute(wanted)})
    return known


def _place(
    connection: Connection, fresh: Sequence[Entry], facts: dict[ReceivedId, _Fact]
) -> dict[ReceivedId, _Place]:
    patients = _patients(connection, {summary.patient for _, summary in fresh})
    studies = _studies(connection, fresh, facts, patients)
    serieses = _serieses(connection, fresh, facts, studies)
    return {
        number: _Place(
            patients[_identity(summary.patient)],
            studies[summary.study],
            serieses[summary.series, studies[summary.study]],
        )
        for number, summary in fresh
    }


def _identity(one: PatientIdentity) -> tuple[str, ...]:
    return (one.patient_id, one.issuer, one.name, one.birth_date, one.sex)


def _patients(connection: Connection, identities: set[PatientIdentity]) -> dict[tuple[str, ...], int]:
    names = ("patient_id", "issuer", "name", "birth_date", "sex")
    rows = [
        dict(zip(names, identity, strict=True)) | {"folded": fold(identity[2])}
        for identity in sorted(set(map(_identity, identities)))
    ]
    if rows:
        connection.execute(upsert(patient).on_conflict_do_nothing(index_elements=names), rows)
    found: dict[tuple[str, ...], int] = {}
    for page in pages({identity.patient_id for identity in identities}):
        for row in connection.execute(select(patient).where(patient.c.patient_id.in_(page))):
            found[row.patient_id, row.issuer, row.name, row.birth_date, row.sex] = int(row.id)
    persons.index(connection, {found[_identity(each)]: each for each in identities})
    return found


def _studies(
    connection: Connection,
    fresh: Sequence[Entry],
    facts: dict[ReceivedId, _Fact],
    patients: dict[tuple[str, ...], int],
) -> dict[Uid, int]:
    sums: dict[Uid, _Sum] = {}
    rows: dict[Uid, dict[str, Any]] = {}
    for number, summary in fresh:
        sums.setdefault(summary.study, _Sum()).add(facts[number], summary)
        if summary.study not in rows:
            rows[summary.study] = _study(summary, patients[_identity(summary.patient)], facts[number])
    if rows:
        ordered = [rows[uid] for uid in sorted(rows)]
        connection.execute(upsert(study).on_conflict_do_nothing(index_elements=["uid"]), ordered)
    numbers = {}
    for page in pages(sorted(rows)):
        locked = select(study).where(study.c.uid.in_(page)).order_by(study.c.id).with_for_update()
        for row in connection.execute(locked).all():
            numbers[Uid(row.uid)] = int(row.id)
            connection.execute(
                update(study).where(study.c.id == row.id).values(_grown(row, sums[Uid(row.uid)]))
            )
    return numbers


def _grown(row: Any, added: _Sum) -> dict[str, Any]:
    announced = expected_instances(added.announced) or 0
    return {
        "instances": row.instances + added.instances,
        "size_bytes": row.size_bytes + added.size_bytes,
        "first_arrival": min(row.first_arrival, added.first_arrival),
        "last_arrival": max(row.last_arrival, added.last_arrival),
        "modalities": _joined(row.modalities, added.modalities),
        "manufacturers": _joined(row.manufacturers, added.manufacturers),
        "expected_instances": max(row.expected_instances or 0, announced) or None,
    }


def _joined(text: str, added: set[str]) -> str:
    return "\\".join(sorted((set(text.split("\\")) | added) - {""}))


def _serieses(
    connection: Connection,
    fresh: Sequence[Entry],
    facts: dict[ReceivedId, _Fact],
    studies: dict[Uid, int],
) -> dict[tuple[Uid, int], int]:
    sums: dict[tuple[Uid, int], _Sum] = {}
    rows: dict[tuple[Uid, int], dict[str, Any]] = {}
    for number, summary in fresh:
        key = (summary.series, studies[summary.study])
        sums.setdefault(key, _Sum()).add(facts[number], summary)
        rows.setdefault(key, _series(summary, key[1]))
    if not rows:
        return {}
    ordered = [rows[key] for key in sorted(rows)]
    adding = upsert(series).on_conflict_do_nothing(index_elements=["uid", "study_id"])
    connection.execute(adding, ordered)
    numbers, growth = {}, []
    for page in pages(sorted({uid for uid, _ in rows})):
        wanted = select(series.c.id, series.c.uid, series.c.study_id).where(series.c.uid.in_(page))
        for row in connection.execute(wanted):
            key = (Uid(row.uid), row.study_id)
            if key in sums:
                numbers[key] = int(row.id)
                growth.append(
                    {
                        "series_row": row.id,
                        "added": sums[key].instances,
                        "more": sums[key].size_bytes,
                        "last": sums[key].last_arrival,
                    }
                )
    connection.execute(
        update(series)
        .where(series.c.id == bindparam("series_row"))
        .values(
            instances=series.c.instances + bindparam("added"),
            size_bytes=series.c.size_bytes + bindparam("more"),
            last_arrival=case(
                (series.c.last_arrival > bindparam("last"), series.c.last_arrival), else_=bindparam("last")
            ),
        ),
        growth,
    )
    _count_series(connection, {study_id for _, study_id in rows})
    return numbers


def _count_series(connection: Connection, studies: set[int]) -> None:
    counted = select(func.count()).where(series.c.study_id == study.c.id).scalar_subquery()
    for page in pages(sorted(studies)):
        connection.execute(update(study).where(study.c.id.in_(page)).values(series_count=counted))


def _study(summary: InstanceSummary, patient_id: int, fact: _Fact) -> dict[str, Any]:
    text = summary.attributes.get
    return {
        "uid": summary.study,
        "patient_id": patient_id,
        "study_date": text("StudyDate", ""),
        "study_time": text("StudyTime", ""),
        "accession": text("AccessionNumber", ""),
        "description": text("StudyDescription", ""),
        "modalities": "",
        "manufacturers": "",
        "series_count": 0,
        "instances": 0,
        "size_bytes": 0,
        "first_arrival": fact.received_at,
        "last_arrival": fact.received_at,
        "conflict": "",
    }


def _series(summary: InstanceSummary, study_id: int) -> dict[str, Any]:
    text = summary.attributes.get
    return {
        "uid": summary.series,
        "study_id": study_id,
        "modality": text("Modality", ""),
        "number": text("SeriesNumber", ""),
        "description": text("SeriesDescription", ""),
        "body_part": text("BodyPartExamined", ""),
        "protocol": text("ProtocolName", ""),
        "manufacturer": text("Manufacturer", ""),
        "model": text("ManufacturerModelName", ""),
        "station": text("StationName", ""),
        "instances": 0,
        "size_bytes": 0,
        "last_arrival": 0,
    }


def _instance(number: ReceivedId, summary: InstanceSummary, place: _Place, at: int) -> dict[str, Any]:
    return {
        "received_id": number,
        "sop_instance": summary.sop_instance,
        "sop_class": summary.sop_class,
        "study_id": place.study,
        "series_id": place.series,
        "patient_id": place.patient,
        "number": summary.attributes.get("InstanceNumber", ""),
        "catalogued_at": at,
    }
