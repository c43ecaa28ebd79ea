"""Erase a study everywhere: in the record at once, its files right after, and what comes of it again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from tirage.faults import reach
from tirage.flow.context import Context
from tirage.flow.steps import withdraw
from tirage.model.identifiers import ProjectName
from tirage.model.outcomes import Refused
from tirage.model.reasons import RejectReason
from tirage.model.withdrawals import Cause
from tirage.store import audit, discards, erasures, withdrawals
from tirage.store.audit import Line
from tirage.store.database import reading, repeated, writing
from tirage.store.discards import Place
from tirage.store.erasures import Tombstone
from tirage.store.withdrawals import Study

if TYPE_CHECKING:
    from tirage.flow.steps.catalogue import Read

MOST = 500
"""Files that are deleted in one transaction."""


def erase(database: Engine, study: int, why: str, by: str, at: int) -> Tombstone | None:
    """Erase a study; its files are deleted by the worker. None when there is no such study."""

    def unit(connection: Connection) -> Tombstone | None:
        released = _released(connection, study)
        tombstone = erasures.erase(connection, study, why, by, at)
        if tombstone is not None:
            detail = {
                "objects": tombstone.objects,
                "released": tombstone.released,
                "tombstone": tombstone.id,
            }
            for project, copies in released.items():
                withdraw.record(connection, project, copies, Cause.ERASED, why, by, at)
            audit.append(connection, [Line(by, "erase", f"study:{study}", detail)], at)
        reach("erase:before-commit")
        return tombstone

    return repeated(database, unit)


def _released(connection: Connection, study: int) -> dict[ProjectName, list[Study]]:
    """What projects have released of a study, under their own names for it."""
    objects = erasures.objects(connection, study)
    found = {
        project: withdrawals.released(connection, project, objects=objects)
        for project in erasures.projects(connection, study)
        if project
    }
    return {project: copies for project, copies in found.items() if copies}


def lift(database: Engine, number: int, by: str, at: int) -> Tombstone | None:
    """Let an erased study come in again; None for an unknown tombstone."""

    def unit(connection: Connection) -> Tombstone | None:
        before = erasures.find(connection, number)
        lifted = erasures.lift(connection, number, by, at)
        if before is not None and before.lifted_at is None:
            audit.append(connection, [Line(by, "lift", f"study:{before.study}", {"tombstone": number})], at)
        return lifted

    return repeated(database, unit)


def without_erased(connection: Connection, read: "Sequence[Read]", at: int) -> "list[Read]":
    """What was read, without a word of what was erased: rejected, and its bytes listed for deletion."""
    graves = erasures.among(connection, [each.received for each in read])
    of_studies = erasures.studies(connection, {each.summary.study for each in read if each.summary})
    for each in read:
        if each.summary is not None and each.summary.study in of_studies:
            graves[each.received] = of_studies[each.summary.study]
    erasures.bury(connection, sorted(graves.items()), at)
    refused = Refused(RejectReason.ERASED)
    return [
        replace(each, summary=None, verdict=refused) if each.received in graves else each for each in read
    ]


def discard(context: Context) -> None:
    """Delete the files that no record needs any more; what a crash leaves undone is found again."""
    with reading(context.database) as connection:
        if not discards.is_due(connection):
            return
    stores = {Place.ORIGINALS: context.originals, Place.OBJECTS: context.objects}
    while True:
        # Locked meanwhile: a tombstone is not lifted, nor an object put back, while its file goes.
        with writing(context.database) as connection:
            found = discards.due(connection, MOST)
            reach("erase:before-unlink")
            for each in found:
                if not each.is_needed:
                    stores[each.place].remove(each.digest)
        for place, store in stores.items():
            store.flush_folders(each.digest for each in found if each.place is place)
        reach("erase:after-unlink")
        with writing(context.database) as connection:
            discards.strike(connection, [each.id for each in found])
        if len(found) < MOST:
            return
