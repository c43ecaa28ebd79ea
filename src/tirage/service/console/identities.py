"""Answers `tirage.web.api.identities`."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from tirage.errors import Permanent
from tirage.flow.steps import deciding
from tirage.flow.steps.deciding import IdentityChanged, Plan
from tirage.link.decide import Choice
from tirage.link.match import FIELDS, compare
from tirage.model.advice import advice, meaning
from tirage.model.outcomes import Disposition
from tirage.model.people import Permission, Who
from tirage.model.records import PatientIdentity
from tirage.service.build import Parts
from tirage.service.console.viewing import viewed
from tirage.store import persons, rulings, times
from tirage.store.database import reading
from tirage.store.persons import State
from tirage.store.rulings import Touched
from tirage.web.api.identities import (
    Conflict,
    ConflictLine,
    Count,
    Decided,
    Deciding,
    Effect,
    Made,
    Option,
    Side,
    Wanted,
)
from tirage.web.api.paging import Page, cursor
from tirage.web.api.problems import stale
from tirage.web.api.studies import Patient

MOST_SIDES = 8


class NodeIdentities:
    """Who is who at this node."""

    def __init__(self, parts: Parts) -> None:
        self._database = parts.database

    def counts(self, who: Who) -> list[Count]:
        """How many conflicts there are."""
        with reading(self._database) as connection:
            found = rulings.counts(connection, who.projects(Permission.SEE_PATIENTS))
        return [
            Count(state=state, reason=reason, meaning=meaning(reason), conflicts=number)
            for (state, reason), number in sorted(found.items())
        ]

    def listed(self, who: Who, wanted: Wanted, after: int, most: int) -> Page[ConflictLine]:
        """A page of conflicts, the oldest first."""
        projects = who.projects(Permission.SEE_PATIENTS)
        if wanted.project:
            projects = frozenset({wanted.project}) & (projects if projects is not None else {wanted.project})
        with reading(self._database) as connection:
            rows = rulings.conflicts(
                connection, State(wanted.state), wanted.reason, projects, after, most + 1
            )
            known = persons.identities(
                connection, (n for row in rows for n in (row.patient, row.rival) if n is not None)
            )
        items = [_line(row, known) for row in rows[:most]]
        viewed(self._database, who, "identities", (f"patient:{each.patient.number}" for each in items))
        return Page(items=items, next=cursor([items[-1].number]) if len(rows) > most else None)

    def conflict(self, who: Who, number: int) -> Conflict | None:
        """One conflict."""
        with reading(self._database) as connection:
            row = rulings.conflict(connection, number)
            if row is None or not who.may(Permission.SEE_PATIENTS, row.project):
                return None
            found = self._found(connection, row)
        viewed(
            self._database,
            who,
            f"patient:{row.patient}",
            (f"patient:{s.patient.number}" for s in found.sides),
        )
        return found

    def decide(self, who: Who, number: int, wanted: Deciding, seen: str) -> Decided | None:
        """Carry out a decision."""
        with reading(self._database) as connection:
            row = rulings.conflict(connection, number)
            if row is None or not who.may(Permission.LINK_PATIENTS, row.project):
                return None
            candidates = {each.patient.number for each in self._found(connection, row).sides}
        other = wanted.other if wanted.choice == Choice.SAME.value else None
        if wanted.choice == Choice.SAME.value and other not in candidates:
            return None
        # One word for the whole page: whichever of its identities somebody decided about meanwhile.
        try:
            decision = deciding.decide(
                self._database,
                row.project,
                row.patient,
                Choice(wanted.choice),
                other,
                wanted.why.strip(),
                who.account,
                times.micros(times.now()),
                (seen, {row.patient, *candidates}) if seen else None,
            )
        except IdentityChanged as error:
            raise stale() from error
        return Decided(decision=decision)

    def undo(self, who: Who, decision: int, why: str) -> Decided | None:
        """Take a decision back."""
        with reading(self._database) as connection:
            made = rulings.decision(connection, decision)
        if made is None or not who.may(Permission.LINK_PATIENTS, made.project):
            return None
        at = times.micros(times.now())
        return Decided(decision=deciding.undo(self._database, decision, why.strip(), who.account, at))

    def _found(self, connection: Connection, row: rulings.Conflict) -> Conflict:
        project = row.project
        own = persons.identities(connection, [row.patient])[row.patient]
        candidates = {
            each.number: each.identity
            for each in persons.candidates(connection, project, own)
            if each.number != row.patient
        }
        if row.rival is not None and row.rival not in candidates:
            candidates |= persons.identities(connection, [row.rival])
        numbers = sorted(candidates, key=lambda number: (number != row.rival, number))[:MOST_SIDES]
        anchors = persons.anchors(connection, project, [row.patient, *numbers])
        sides = [_side(number, candidates[number], own, anchors.get(number), row.rival) for number in numbers]
        history = rulings.history(connection, project, {row.patient, *numbers})
        return Conflict(
            number=row.number,
            project=project,
            reason=row.reason,
            meaning=meaning(row.reason),
            next=advice(row.reason),
            state=row.state.value,
            opened_at=row.opened_at,
            etag=deciding.state(connection, project, {row.patient, *numbers}),
            patient=_patient(row.patient, own),
            person=anchors.get(row.patient),
            studies=rulings.studies(connection, [row.patient])[:200],
            sides=sides,
            options=self._options(connection, row, sides, anchors.get(row.patient)),
            history=[_made(connection, each) for each in history],
        )

    def _options(
        self, connection: Connection, row: rulings.Conflict, sides: Sequence[Side], person: int | None
    ) -> list[Option]:
        others = {
            side.person: side.patient.number for side in reversed(sides) if side.person not in (None, person)
        }
        wanted = [(Choice.SAME, other) for other in sorted(others.values(), key=lambda n: n != row.rival)]
        options = []
        for choice, other in [*wanted, (Choice.DIFFERENT, None)]:
            found = deciding.plan(connection, row.project, row.patient, choice, other)
            options.append(
                Option(
                    choice=choice.value,
                    other=other,
                    kind=found.kind.value,
                    effects=_effects(found.touched),
                    blocked=_blocked(found),
                )
            )
        return options


def _blocked(found: Plan) -> str:
    return "a release that is being made holds some of these objects" if found.is_under_way else ""


def _line(row: rulings.Conflict, known: dict[int, PatientIdentity]) -> ConflictLine:
    own = known[row.patient]
    return ConflictLine(
        number=row.number,
        project=row.project,
        reason=row.reason,
        meaning=meaning(row.reason),
        state=row.state.value,
        opened_at=row.opened_at,
        patient=_patient(row.patient, own),
        rival=None if row.rival is None else _side(row.rival, known[row.rival], own, None, row.rival),
    )


def _side(
    number: int, identity: PatientIdentity, own: PatientIdentity, person: int | None, rival: int | None
) -> Side:
    seen = compare(identity, own)
    return Side(
        patient=_patient(number, identity),
        person=person,
        is_rival=number == rival,
        agreement={field: seen[field].value for field in FIELDS},
    )


def _made(connection: Connection, each: rulings.Decision) -> Made:
    try:
        effects: list[Effect] | None = _effects(deciding.plan_undo(connection, each.number).touched)
    except Permanent:
        effects = None
    return Made(
        number=each.number,
        kind=each.kind.value,
        why=each.why,
        made_by=each.made_by,
        made_at=each.made_at,
        undone_by=each.undone_by,
        patients=sorted(each.changes) or [each.patient],
        undo=effects,
    )


def _effects(touched: Iterable[Touched]) -> list[Effect]:
    return [
        Effect(
            disposition=each.disposition.value,
            reason=each.reason,
            version=each.version,
            objects=each.objects,
            words=_words(each),
        )
        for each in touched
    ]


def _words(each: Touched) -> str:
    match each.disposition:
        case Disposition.HELD:
            return f"held {each.reason}: judged anew, and go on when nothing else holds them"
        case Disposition.RELEASED:
            return (
                f"in release {each.version}, which stays as it is: made anew under another pseudonym for a "
                "later release, or held"
            )
        case _:
            return "on their way to a release: made anew"


def _patient(number: int, identity: PatientIdentity) -> Patient:
    return Patient(
        number=number,
        patient_id=identity.patient_id,
        issuer=identity.issuer,
        name=identity.name,
        birth_date=identity.birth_date,
        sex=identity.sex,
    )
