"""Which identities as received are which person of a project, and which of them wait for a decision."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection, delete, select, text, update

from tirage.link.match import Candidate, search_keys
from tirage.link.normalise import is_placeholder, patient_key
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Disposition
from tirage.model.reasons import HoldReason
from tirage.model.records import Confidential, PatientIdentity
from tirage.store import corrections
from tirage.store.database import is_postgres
from tirage.store.names import fold
from tirage.store.prepared import Prepared, pages, upsert
from tirage.store.reconciled import identity_conflict, identity_key, member, person
from tirage.store.schema import custody, instance, patient

_IDENTITY = (patient.c.patient_id, patient.c.issuer, patient.c.name, patient.c.birth_date, patient.c.sex)
_UNWANTED = (Disposition.REJECTED.value, Disposition.QUARANTINED.value)
_ADD_KEY = Prepared(upsert(identity_key).on_conflict_do_nothing(), ("key", "patient_id"))
RECONCILING = 0x7265_636F_6E63  # with the project's hash: one process at a time says who is who


class State(StrEnum):
    """How far a conflict has come."""

    OPEN = "open"
    """Nothing of it goes on."""

    FLAGGED = "flagged"
    """It went on as a new patient, as the project wants; a person may still look."""

    CLOSED = "closed"


@dataclass(frozen=True, slots=True, repr=False)
class Identity(Confidential):
    """An identity as received or corrected, by the number of its row.

    `rewrites` are the received ones that a correction says are rightly written so, under the same identifier.
    """

    number: int
    identity: PatientIdentity
    rewrites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Person(Confidential):
    """A person of a project: the identity it began with, and whether another has the same identifier."""

    anchor: int
    identity: PatientIdentity
    is_apart: bool


def index(connection: Connection, identities: Mapping[int, PatientIdentity]) -> None:
    """Make identities, by the number of their rows, ones that can be looked up."""
    rows = [
        {"key": key, "patient_id": number}
        for number, identity in sorted(identities.items())
        for key in sorted(search_keys(identity))
    ]
    if rows:
        _ADD_KEY.run(connection, rows)


def of_study(
    connection: Connection, project: ProjectName, study: int, *, writes: bool = False
) -> list[Identity] | None:
    """The identities that the study's objects name, of those the project has and has not rejected.

    A corrected identity is one of its own; None when it has no row yet and nothing may be written.
    """
    query = (
        select(patient.c.id, *_IDENTITY)
        .distinct()
        .join(instance, instance.c.patient_id == patient.c.id)
        .join(custody, (custody.c.received_id == instance.c.received_id) & (custody.c.project == project))
        .where(instance.c.study_id == study, custody.c.disposition.not_in(_UNWANTED))
    )
    rows = {row[0]: PatientIdentity(*row[1:]) for row in connection.execute(query)}
    corrected = corrections.laid(connection, study, rows)
    found = {number: Identity(number, each) for number, each in rows.items() if number not in corrected}
    for before, identity in sorted(corrected.items()):
        number = number_of(connection, identity)
        if number is None and writes:
            number = add(connection, identity)
        if number is None:
            return None
        each = found.get(number, Identity(number, identity))
        if number != before and patient_key(identity) == patient_key(rows[before]):
            each = replace(each, rewrites=(*each.rewrites, before))
        found[number] = each
    named = [each for _, each in sorted(found.items())]
    return [each for each in named if not is_placeholder(each.identity.patient_id)]


def number_of(connection: Connection, identity: PatientIdentity) -> int | None:
    """The row of exactly this identity."""
    values = (identity.patient_id, identity.issuer, identity.name, identity.birth_date, identity.sex)
    same = (column == value for column, value in zip(_IDENTITY, values, strict=True))
    return connection.execute(select(patient.c.id).where(*same)).scalar()


def add(connection: Connection, identity: PatientIdentity) -> int:
    """A row for an identity that nothing was received of: a correction gave it; its number."""
    row = {
        "patient_id": identity.patient_id,
        "issuer": identity.issuer,
        "name": identity.name,
        "folded": fold(identity.name),
        "birth_date": identity.birth_date,
        "sex": identity.sex,
    }
    connection.execute(upsert(patient).on_conflict_do_nothing(), row)
    number = number_of(connection, identity)
    assert number is not None
    index(connection, {number: identity})
    return number


def identities(connection: Connection, numbers: Iterable[int]) -> dict[int, PatientIdentity]:
    """Identities by the numbers of their rows."""
    found = {}
    for page in pages(sorted(set(numbers))):
        for row in connection.execute(select(patient.c.id, *_IDENTITY).where(patient.c.id.in_(page))):
            found[int(row[0])] = PatientIdentity(*row[1:])
    return found


def anchors(connection: Connection, project: ProjectName, numbers: Iterable[int]) -> dict[int, int]:
    """Which person each identity is; those that are nobody yet are left out."""
    found = {}
    for page in pages(sorted(set(numbers))):
        query = select(member.c.patient_id, member.c.anchor)
        query = query.where(member.c.project == project, member.c.patient_id.in_(page))
        found.update({row.patient_id: row.anchor for row in connection.execute(query)})
    return found


def members(connection: Connection, project: ProjectName, anchor: int) -> list[Identity]:
    """Every identity that is the person, in the order they came."""
    query = (
        select(patient.c.id, *_IDENTITY)
        .join(member, member.c.patient_id == patient.c.id)
        .where(member.c.project == project, member.c.anchor == anchor)
        .order_by(patient.c.id)
    )
    return [Identity(row[0], PatientIdentity(*row[1:])) for row in connection.execute(query)]


def namesakes(connection: Connection, project: ProjectName, study: int) -> list[PatientIdentity]:
    """Every identity of the persons that the study's objects name in the project."""
    named = of_study(connection, project, study) or []
    found = set(anchors(connection, project, (each.number for each in named)).values())
    return [each.identity for anchor in sorted(found) for each in members(connection, project, anchor)]


def get(connection: Connection, project: ProjectName, anchor: int) -> Person:
    """The person with this anchor."""
    query = (
        select(person.c.is_apart, *_IDENTITY)
        .join(patient, patient.c.id == person.c.anchor)
        .where(person.c.project == project, person.c.anchor == anchor)
    )
    row = connection.execute(query).one()
    return Person(anchor, PatientIdentity(*row[1:]), row.is_apart)


def candidates(connection: Connection, project: ProjectName, identity: PatientIdentity) -> list[Candidate]:
    """Every identity of the project's persons that `identity` may be, by its identifier or demographics."""
    # In two steps: asked at once, SQLite begins with everybody in the project.
    keyed = select(identity_key.c.patient_id).where(identity_key.c.key.in_(sorted(search_keys(identity))))
    found = []
    for page in pages(sorted(set(connection.execute(keyed).scalars()))):
        query = (
            select(patient.c.id, member.c.anchor, *_IDENTITY)
            .join(member, member.c.patient_id == patient.c.id)
            .where(member.c.project == project, member.c.patient_id.in_(page), patient.c.id.in_(page))
            .order_by(patient.c.id)
        )
        found += [Candidate(row[0], row[1], PatientIdentity(*row[2:])) for row in connection.execute(query)]
    return found


def alone(connection: Connection, project: ProjectName) -> None:
    """Wait until no other process says who is who in the project, and keep it so to the transaction's end."""
    if is_postgres(connection):
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:project, :key))")
        connection.execute(lock, {"project": project, "key": RECONCILING})


def begin(connection: Connection, project: ProjectName, anchor: int, at: int) -> None:
    """Make a person of an identity, the one it was before where it was one.

    Where another person has its identifier already, its demographics count for its pseudonym too.
    """
    same = patient.alias()
    identity = identities(connection, [anchor])[anchor]
    has_other = select(person.c.anchor).join(same, same.c.id == person.c.anchor)
    has_other = has_other.where(
        person.c.project == project,
        person.c.anchor != anchor,
        person.c.is_apart.is_(False),
        same.c.patient_id == identity.patient_id,
        same.c.issuer == identity.issuer,
    )
    is_apart = connection.execute(has_other.limit(1)).first() is not None
    row = {"project": project, "anchor": anchor, "is_apart": is_apart, "made_at": at}
    connection.execute(upsert(person).on_conflict_do_nothing(), row)


def join(connection: Connection, project: ProjectName, changes: Mapping[int, int | None]) -> None:
    """Say of each identity which person it is now; None for nobody."""
    for number, anchor in sorted(changes.items()):
        if anchor is None:
            connection.execute(
                delete(member).where(member.c.project == project, member.c.patient_id == number)
            )
            continue
        row = {"project": project, "patient_id": number, "anchor": anchor}
        adding = upsert(member)
        connection.execute(
            adding.on_conflict_do_update(
                index_elements=["project", "patient_id"], set_={"anchor": adding.excluded.anchor}
            ),
            row,
        )


def dispute(
    connection: Connection,
    project: ProjectName,
    number: int,
    rival: int | None,
    reason: HoldReason,
    state: State,
    at: int,
) -> None:
    """Record that an identity is in conflict; one that was settled before is in conflict again."""
    row = {
        "project": project,
        "patient_id": number,
        "rival_id": rival,
        "reason": reason.value,
        "state": state.value,
        "opened_at": at,
    }
    adding = upsert(identity_conflict)
    again = {name: adding.excluded[name] for name in ("rival_id", "reason", "state", "opened_at")}
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=["project", "patient_id"],
            set_=again,
            where=identity_conflict.c.state != state.value,
        ),
        row,
    )


def doubted(connection: Connection, project: ProjectName, numbers: Iterable[int]) -> list[int]:
    """Those of these identities that wait for a person's decision."""
    found: list[int] = []
    for page in pages(sorted(set(numbers))):
        query = select(identity_conflict.c.patient_id).where(
            identity_conflict.c.project == project,
            identity_conflict.c.patient_id.in_(page),
            identity_conflict.c.state == State.OPEN.value,
        )
        found += connection.execute(query).scalars()
    return sorted(found)


def settle(connection: Connection, project: ProjectName, numbers: Iterable[int]) -> None:
    """Close the conflicts of these identities."""
    connection.execute(
        update(identity_conflict)
        .where(
            identity_conflict.c.project == project, identity_conflict.c.patient_id.in_(sorted(set(numbers)))
        )
        .values(state=State.CLOSED.value)
    )
