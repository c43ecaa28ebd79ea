"""Answers `tirage.web.api.erasures`."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tirage.flow.steps import erasing
from tirage.model.people import Permission, Who
from tirage.service.build import Parts
from tirage.store import erasures, times
from tirage.store.database import reading
from tirage.store.erasures import Tombstone
from tirage.web.api.erasures import Copy, Erasing, Erasure
from tirage.web.api.paging import Page, cursor, place
from tirage.web.api.problems import Problem, not_found

ERASE = Permission.ERASE_STUDIES
Found = tuple[Erasure, Sequence[Copy]]


class NodeErasures:
    """Erased studies of this node."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def page(self, who: Who, cursor_: str, most: int) -> Page[Erasure]:
        """Erased studies, the newest first; those of other projects are left out."""
        start = place(cursor_, int)
        before = None if start is None else int(start[0])
        with reading(self._parts.database) as connection:
            found = erasures.listed(connection, before, most)
            seen = [each for each in found if _may_see(connection, who, each.id)]
        last = cursor([found[-1].id]) if len(found) == most else None
        return Page(items=[_erasure(each) for each in seen], next=last)

    def find(self, who: Who, tombstone: int) -> Found:
        """One erased study, and its copies."""
        with reading(self._parts.database) as connection:
            found = erasures.find(connection, tombstone)
            if found is None or not _may_see(connection, who, tombstone):
                raise not_found("erased study")
            return _erasure(found), _copies(connection, tombstone)

    def erase(self, who: Who, wanted: Erasing) -> Found:
        """Erase a study in every project that has it."""
        with reading(self._parts.database) as connection:
            projects = erasures.projects(connection, wanted.study)
        mine = [name for name in projects if (who.may(ERASE, name) if name else who.everywhere(ERASE))]
        if not mine:
            raise not_found("study")
        if len(mine) < len(projects):
            detail = "other projects have this study, too; ask somebody who may erase it there"
            raise Problem(403, "FORBIDDEN", detail)
        at = times.micros(times.now())
        made = erasing.erase(self._parts.database, wanted.study, wanted.why.strip(), who.account, at)
        if made is None:
            raise not_found("study")
        with reading(self._parts.database) as connection:
            return _erasure(made), _copies(connection, made.id)

    def lift(self, who: Who, tombstone: int) -> Found:
        """Let an erased study come in again."""
        self.find(who, tombstone)
        erasing.lift(self._parts.database, tombstone, who.account, times.micros(times.now()))
        return self.find(who, tombstone)


def _may_see(connection: Connection, who: Who, tombstone: int) -> bool:
    projects = erasures.projects_of(connection, tombstone)
    return who.everywhere(ERASE) or (bool(projects) and all(who.may(ERASE, name) for name in projects))


def _copies(connection: Connection, tombstone: int) -> list[Copy]:
    return [
        Copy(
            project=each.project,
            version=each.version,
            destination=each.destination,
            status=each.status,
            objects=each.objects,
        )
        for each in erasures.recalls(connection, tombstone)
    ]


def _erasure(found: Tombstone) -> Erasure:
    return Erasure(
        tombstone=found.id,
        study=found.study,
        objects=found.objects,
        released=found.released,
        size_bytes=found.size_bytes,
        why=found.why,
        erased_by=found.erased_by,
        erased_at=found.erased_at,
        lifted_by=found.lifted_by,
        lifted_at=found.lifted_at,
    )
