"""Load a list of requests into a project, whole or not at all, and look at what was loaded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from tirage.errors import Permanent
from tirage.model.cohorts import Checked
from tirage.model.identifiers import ProjectName
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts, make_objects
from tirage.service.lists import Advance, Order, ReadList, quiet, read_list
from tirage.settings import Settings
from tirage.store import audit, cohorts, times
from tirage.store.audit import Line
from tirage.store.blobs import BlobStore
from tirage.store.cohorts import Cohort, CohortFile, Difference, Kept
from tirage.store.database import reading, repeated
from tirage.store.spool import Spool
from tirage.store.tables.extract import keep_public


class ListChanged(Permanent):
    """A public file was not the same when it was copied."""

    code = "LIST_CHANGED"
    remedy = "Somebody writes to the extract. Wait until it is finished, or copy it, and load it again."


class CohortUnknown(Permanent):
    """Nothing was loaded for the project, or not so many versions."""

    code = "COHORT_UNKNOWN"
    exit_code = 66
    remedy = "`tirage cohort show PROJECT` lists its versions; `tirage cohort load` loads the first one."


class Loading(StrEnum):
    """What came of loading a list."""

    LOADED = "loaded"
    UNCHANGED = "nothing new"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of it: `cohort` is the version that counts now, none when nothing was ever loaded."""

    loading: Loading
    checked: Checked
    cohort: Cohort | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a project's list, its files, and every version there is."""

    cohort: Cohort
    files: tuple[CohortFile, ...]
    versions: tuple[Cohort, ...]
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True)
class ReadyList:
    """A checked list that can be made the project's next version, in a transaction of the caller's."""

    project: ProjectName
    checked: Checked
    is_new: bool
    again: bool
    files: Sequence[CohortFile]
    spool: Spool

    def keep(self, connection: Connection, account: str) -> Loaded:
        """Make it the next version, with its line of the audit; not when a row is wrong or nothing is new."""
        latest = cohorts.newest(connection, self.project)
        if not self.checked.is_sound:
            return Loaded(Loading.REFUSED, self.checked, latest)
        if not self.is_new or _is_same(latest, self.checked, self.again):
            return Loaded(Loading.UNCHANGED, self.checked, latest)
        return Loaded(Loading.LOADED, self.checked, self._record(connection, account))

    def _record(self, connection: Connection, account: str) -> Cohort:
        at, checked = times.micros(times.now()), self.checked
        added = cohorts.add(
            connection, self.project, checked.kind, checked.digest, checked.requests, at, account
        )
        cohorts.add_rows(connection, added.id, self.spool.pages())
        cohorts.add_files(connection, added.id, self.files)
        counts: dict[str, str | int] = {
            "version": added.version,
            "kind": checked.kind.value,
            "rows": checked.rows,
            "requests": checked.requests,
            "files": len(self.files),
        }
        audit.append(connection, [Line(account, "load-cohort", f"project:{self.project}", counts)], at)
        return added


def load(
    parts: Parts,
    settings: Settings,
    project: ProjectName,
    order: Order,
    account: str,
    advance: Advance = quiet,
) -> Loaded:
    """Check a list and make it the project's next version, in one transaction with its line of the audit.

    Refused as a whole when one of its rows is wrong; nothing new when the newest version says the same.
    `account` is who loads it. Raises `ProjectUnknown` and what `read_list` raises.
    """
    with ready(parts, settings, project, order, advance) as listed:
        return repeated(parts.database, lambda connection: listed.keep(connection, account))


@contextmanager
def ready(
    parts: Parts, settings: Settings, project: ProjectName, order: Order, advance: Advance = quiet
) -> Iterator[ReadyList]:
    """Check a list and keep its public files; raises `ProjectUnknown` and what `read_list` raises."""
    if project not in parts.rules:
        raise ProjectUnknown(f"no project {project} on this node")
    with reading(parts.database) as connection:
        known = cohorts.known(connection, project) if order.window.asks_known else {}
        newest = cohorts.newest(connection, project)
    with Spool(settings.identified) as spool:
        listed = read_list(order, known, advance, spool.add)
        checked = listed.checked
        is_new = checked.is_sound and not _is_same(newest, checked, order.again)
        files = _keep(make_objects(settings), listed) if is_new else []
        yield ReadyList(project, checked, is_new, order.again, files, spool)


def show(parts: Parts, project: ProjectName, version: int | None = None) -> Shown:
    """A version of a project's list, the newest one without a number. Raises `CohortUnknown`."""
    with reading(parts.database) as connection:
        cohort = find_cohort(connection, project, version)
        return Shown(
            cohort,
            tuple(cohorts.files(connection, cohort.id)),
            tuple(cohorts.versions(connection, project)),
            cohorts.resolutions(connection, cohort.id),
        )


def rows(parts: Parts, cohort: Cohort) -> list[Kept]:
    """Every request of a version. They identify."""
    with reading(parts.database) as connection:
        return list(cohorts.requests(connection, cohort.id))


def difference(
    parts: Parts, project: ProjectName, old: int | None = None, new: int | None = None
) -> tuple[Cohort, Cohort, Difference]:
    """How a version differs from an earlier one; the two newest without numbers. Raises `CohortUnknown`."""
    with reading(parts.database) as connection:
        later = find_cohort(connection, project, new)
        earlier = find_cohort(connection, project, old if old is not None else later.version - 1)
        return earlier, later, cohorts.difference(connection, earlier.id, later.id)


def _is_same(cohort: Cohort | None, checked: Checked, again: bool) -> bool:
    return cohort is not None and cohort.digest == checked.digest and not again


def _keep(objects: BlobStore, listed: ReadList) -> list[CohortFile]:
    """The public files, safely in the store before anything is recorded of them."""
    kept = []
    for file in listed.files:
        try:
            digest, size_bytes = keep_public(objects, file)
        except OSError as error:
            raise ListChanged("a public file went away while it was read") from error
        if digest != file.digest:
            raise ListChanged("a public file changed while it was read")
        kept.append(CohortFile(file.name, digest, size_bytes))
    return kept


def find_cohort(connection: Connection, project: ProjectName, version: int | None) -> Cohort:
    """A version of a project's list, the newest one without a number; raises `CohortUnknown`."""
    newest = cohorts.newest(connection, project)
    found = newest if version is None else cohorts.find(connection, project, version)
    if found is None:
        said = "nothing was loaded" if newest is None else f"there are versions 1 to {newest.version}"
        raise CohortUnknown(f"{project}: {said}")
    return found
