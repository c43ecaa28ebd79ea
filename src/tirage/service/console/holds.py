"""Answers `tirage.web.api.holds`."""

from collections.abc import Sequence

from tirage.flow.steps import holds as step
from tirage.model.advice import advice, meaning
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.people import Permission, Who
from tirage.review.remedies import REASONS, ways
from tirage.service.build import Parts, make_originals
from tirage.service.console.fresh import Fresh
from tirage.service.console.thumbnails import Picture, Thumbnails
from tirage.service.console.viewing import viewed_on
from tirage.service.waiting import failures
from tirage.settings import Settings
from tirage.store import holds, times
from tirage.store.database import reading
from tirage.store.holds import Count, Group, Stopped
from tirage.web.api.holds import (
    FailedRun,
    Filter,
    HeldObject,
    HeldStudy,
    HoldCount,
    Resolution,
    Resolved,
    Seen,
)
from tirage.web.api.paging import Page, cursor, place
from tirage.web.api.problems import not_found

NOBODYS = "-"
"""In an address, in place of a project's name: what belongs to none."""

DAY = 86_400_000_000
KEPT_S = 10.0
"""How old counts may be: counting is the one thing here that takes longer the more there is."""


class NodeHolds:
    """What did not go on at this node."""

    def __init__(self, settings: Settings, parts: Parts, thumbnails: Thumbnails) -> None:
        self._settings, self._parts, self._thumbnails = settings, parts, thumbnails
        self._originals = make_originals(settings)
        self._counted = Fresh(self._count, KEPT_S, KEPT_S)

    def counts(self, who: Who) -> Sequence[HoldCount]:
        """By project and reason, as far as `who` may see."""
        return [
            HoldCount(
                project=each.project,
                reason=each.reason,
                disposition=holds.disposition(each.reason),
                meaning=meaning(each.reason),
                next=advice(each.reason),
                ways=sorted(ways(REASONS[each.reason])),
                objects=each.objects,
                older_than_a_day=each.older[0],
                older_than_a_week=each.older[1],
                older_than_a_month=each.older[2],
            )
            for each in self._counted.get()
            if _may(who, Permission.SEE_PATIENTS, each.project) and each.reason in REASONS
        ]

    def page(self, who: Who, wanted: Filter, cursor_: str, most: int) -> Page[HeldStudy]:
        """Studies with objects that did not go on."""
        start = place(cursor_, str, str, int)
        after = None if start is None else (str(start[0]), str(start[1]), int(start[2]))
        before = self._micros() - wanted.age * DAY if wanted.age else None
        with reading(self._parts.database) as connection:
            chosen = [pair for pair in holds.pairs(connection) if _is_wanted(who, wanted, *pair)]
            found = holds.groups(connection, chosen, after, most, before)
            known = holds.about(connection, {each.study for each in found})
        viewed_on(self._parts.database, who, "holds", [f"study:{number}" for number in known])
        items = [_study(each, known.get(each.study)) for each in found]
        return Page(items=items, next=cursor(list(found[-1].place)) if len(found) == most else None)

    def objects(
        self, who: Who, project: str, reason: str, study: int, cursor_: str, most: int
    ) -> Page[HeldObject]:
        """The objects of one study that did not go on for a reason."""
        name, start = _name(project), place(cursor_, int)
        if not _may(who, Permission.SEE_PATIENTS, name):
            raise not_found("hold")
        after = 0 if start is None else int(start[0])
        with reading(self._parts.database) as connection:
            found = holds.objects(connection, name, reason, study, after, most)
        if not found and not after:
            raise not_found("hold")
        viewed_on(self._parts.database, who, "holds", [f"study:{study}"] if study else [])
        last = cursor([int(found[-1].received)]) if len(found) == most else None
        return Page(items=[_object(each) for each in found], next=last)

    def failed(self, who: Who) -> Sequence[FailedRun]:
        """What failed and waits to be tried again, by kind and error: no project's own."""
        return [
            FailedRun(kind=each.kind, error=each.error, runs=each.runs) for each in failures(self._settings)
        ]

    def resolve(self, who: Who, wanted: Resolution) -> Resolved:
        """Carry out a decision."""
        project, to = ProjectName(wanted.project), ProjectName(wanted.to)
        if not _may(who, Permission.RESOLVE_HOLDS, project):
            raise not_found("hold")
        if to and not (to in self._parts.rules and who.may(Permission.RESOLVE_HOLDS, to)):
            raise not_found("project")
        rules = self._parts.rules.get(project)
        policy = rules.profile.digest if rules else None
        decision = step.Decision(wanted.way, project, who.account, wanted.why.strip(), to, policy)
        targets = [
            step.Wanted(each.reason, each.study, tuple(ReceivedId(number) for number in each.objects))
            for each in wanted.targets
        ]
        done = step.decide(self._parts.database, decision, targets, self._micros())
        self._counted.forget()
        return Resolved(objects=done.objects, studies=done.studies)

    def thumbnail(self, who: Who, received: int) -> Picture:
        """A small picture of an original and its media type."""
        with reading(self._parts.database) as connection:
            found = holds.original(connection, ReceivedId(received))
        if found is None or not any(_may(who, Permission.SEE_PATIENTS, name) for name in found[1]):
            raise not_found("object")
        viewed_on(self._parts.database, who, "holds", [f"received:{received}"])
        return self._thumbnails.of(found[0], self._originals.path(found[0]))

    def _count(self) -> list[Count]:
        now = self._micros()
        with reading(self._parts.database) as connection:
            return holds.counts(connection, [now - days * DAY for days in (1, 7, 30)])

    def _micros(self) -> int:
        return times.micros(times.now())


def _may(who: Who, permission: Permission, project: str) -> bool:
    """What belongs to no project is for those who may do it in every one."""
    return who.may(permission, project) if project else who.everywhere(permission)


def _is_wanted(who: Who, wanted: Filter, project: str, reason: str) -> bool:
    return (
        (not wanted.project or project == _name(wanted.project))
        and wanted.reason in ("", reason)
        and wanted.disposition in ("", holds.disposition(reason))
        and _may(who, Permission.SEE_PATIENTS, project)
    )


def _name(project: str) -> ProjectName:
    return ProjectName("" if project == NOBODYS else project)


def _study(group: Group, about: holds.About | None) -> HeldStudy:
    known = {}
    if about is not None:
        known = {
            "patient_id": about.patient_id,
            "patient_name": about.name,
            "study_date": about.date,
            "description": about.description,
            "accession": about.accession,
            "modalities": about.modalities,
        }
    return HeldStudy(
        project=group.project,
        reason=group.reason,
        disposition=holds.disposition(group.reason),
        study=group.study,
        objects=group.objects,
        since=group.since,
        sample=group.sample,
        patient=about.patient if about else 0,
        **known,
    )


def _object(each: Stopped) -> HeldObject:
    return HeldObject(
        received=each.received,
        digest=each.digest[:12],
        size_bytes=each.size_bytes,
        since=each.since,
        modality=each.modality,
        number=each.number,
        findings=[Seen(where=one.where, kind=one.kind, view=one.view or "") for one in each.findings],
    )
