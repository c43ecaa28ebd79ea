"""Transfer requests that a project keeps in REDCap: loaded as its cohort, answered in the same records."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from tirage.acquire.cohort.identifiers import trimmed
from tirage.acquire.outcome import decide, decide_study
from tirage.acquire.standing import Decision, StudyStanding
from tirage.acquire.transfers import (
    Standing,
    Status,
    Transfer,
    read_fields,
    status_of,
    table_of,
    transfers,
    written,
    written_fields,
)
from tirage.errors import Permanent, Transient
from tirage.model.cohorts import Field
from tirage.model.identifiers import ProjectName
from tirage.model.requests import Match, Resolution
from tirage.model.tables import Table
from tirage.network import redcap as api
from tirage.network.https import Service
from tirage.policy.fields import Project
from tirage.policy.redcap import Redcap as Section
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts
from tirage.service.cohorts import Loaded, load
from tirage.service.lists import Order
from tirage.settings import Settings
from tirage.store import audit, cohorts, standings, times
from tirage.store.arrivals import Arrival, arrivals
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.progress import progress
from tirage.store.standings import Requested
from tirage.store.vault import Vault

EVERY = timedelta(minutes=5)
LOOK_S, ANSWER_S = 5.0, 60.0
"""How long REDCap may take over an answer: a schedule that loads from it waits for that long."""


class RedcapUnnamed(Permanent):
    """The project file names no REDCap project."""

    code = "REDCAP_UNNAMED"
    exit_code = 78
    remedy = "Add a `redcap` section to the project file; docs/guides/destinations.md has an example."


class RedcapFields(Permanent):
    """The REDCap project lacks fields, or the instrument, that the project file names."""

    code = "REDCAP_FIELDS"
    exit_code = 78
    remedy = (
        "Correct the names in the `redcap` section, or add the fields to the REDCap project's instrument."
    )


class RedcapNotKept(Permanent):
    """What was written to REDCap reads differently there."""

    code = "REDCAP_NOT_KEPT"
    exit_code = 65
    remedy = (
        "Check that no field that the status goes to is calculated, or read only for the token's user, and "
        "that a locked record is unlocked; then `tirage redcap push PROJECT`."
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """What a REDCap project has: its version, how many requests, which fields a status cannot go to."""

    version: str
    requests: int
    unwritten: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pushed:
    """How many requests stand how, and how many rows had to be written for it."""

    standings: dict[Standing, int]
    written: int


@dataclass(frozen=True, slots=True)
class _Read:
    """The requests as they are now, and the fields there are."""

    requests: list[Transfer]
    known: frozenset[str]
    record: str


def check(parts: Parts, settings: Settings, name: ProjectName) -> Checked:
    """Ask for version, fields and requests; raises what `requests` raises."""
    section = _section(parts, name)
    with _opened(settings, section) as redcap:
        read = _read(redcap, section)
        unwritten = tuple(each for each in written_fields(section) if each not in read.known)
        return Checked(redcap.version(), len(read.requests), unwritten)


def requests(parts: Parts, settings: Settings, name: ProjectName) -> Table:
    """The project's requests as a list that can be loaded.

    Raises `RedcapUnnamed`, `RedcapFields`, `RedcapUnreachable`, `RedcapRefused` or `RedcapContradicts`.
    """
    section = _section(parts, name)
    with _opened(settings, section) as redcap:
        return table_of(_read(redcap, section).requests, section.fields)


def pull(parts: Parts, settings: Settings, name: ProjectName, account: str) -> Loaded:
    """Load the requests as the project's next cohort, whole or not at all; `account` is who loads them."""
    return load(parts, settings, name, Order(requests(parts, settings, name)), account)


def push(parts: Parts, settings: Settings, name: ProjectName, account: str) -> Pushed:
    """Write where requests stand to those that say otherwise, and prove it by reading them back.

    Pushing again writes nothing while nothing changed. Raises `RedcapNotKept` and what `requests` raises.
    """
    section, project = _section(parts, name), parts.rules[name].project
    with _opened(settings, section) as redcap:
        read = _read(redcap, section)
        statuses = _statuses(parts, project, read.requests)
        wanted = [written(status, section, read.known) for status in statuses]
        pairs = list(zip(read.requests, wanted, strict=True))
        changed = [{**dict(each.key), **row} for each, row in pairs if not _says(each, row)]
        if changed:
            redcap.write(changed)
            again = {_key(each): each for each in _read(redcap, section).requests}
            lost = sum(_key(each) not in again or not _says(again[_key(each)], row) for each, row in pairs)
            if lost:
                raise RedcapNotKept(f"{lost} of {len(pairs)} requests do not say what was written")
            detail: audit.Detail = {"rows": len(changed)}
            line = Line(account, "redcap-push", f"project:{name}", detail)
            at = times.micros(times.now())
            repeated(parts.database, lambda connection: audit.append(connection, [line], at))
    return Pushed(dict(Counter(status.standing for status in statuses)), len(changed))


@dataclass(slots=True)
class Statuses:
    """Writes back to REDCap what became of requests, every five minutes; a fault is logged and passes."""

    settings: Settings
    parts: Parts
    clock: times.Clock = times.now
    _looks_at: datetime | None = field(default=None, init=False)

    def look(self) -> None:
        """Push the statuses of every project that has requests in REDCap."""
        now = self.clock()
        if self._looks_at is not None and now < self._looks_at:
            return
        self._looks_at = now + EVERY
        log = structlog.get_logger("tirage.redcap")
        for name, rules in self.parts.rules.items():
            if rules.project.redcap is None:
                continue
            try:
                push(self.parts, self.settings, name, "worker")
            except (Transient, Permanent) as error:
                log.warning("status not written to REDCap", project=name, code=error.code)


def writing_back(settings: Settings, parts: Parts, stop: threading.Event) -> None:
    """Keep the statuses in REDCap until stopped, beside the worker: a silent REDCap holds up nothing else."""
    statuses = Statuses(settings, parts)
    while not stop.wait(LOOK_S):
        statuses.look()


def _section(parts: Parts, name: ProjectName) -> Section:
    if name not in parts.rules:
        raise ProjectUnknown(f"no project {name} on this node")
    section = parts.rules[name].project.redcap
    if section is None:
        raise RedcapUnnamed(f"{name} keeps no requests in REDCap")
    return section


@contextmanager
def _opened(settings: Settings, section: Section) -> Iterator[api.Redcap]:
    token = Vault(settings.secrets).text(section.token)
    ca = settings.projects / section.ca if section.ca else None
    service = Service(section.url, ca, answer_timeout_s=ANSWER_S)
    with api.opened(service, token) as redcap:
        yield redcap


def _read(redcap: api.Redcap, section: Section) -> _Read:
    """Every request; raises `RedcapFields` where a field that says what is asked for is not there."""
    listed = redcap.fields()
    known, record = frozenset(listed), next(iter(listed), "")
    needed = (section.fields.project, *read_fields(section.fields))
    missing = [each for each in needed if each not in known]
    if missing:
        raise RedcapFields(f"the REDCap project has no field {', '.join(missing)}")
    if section.instrument not in listed.values():
        raise RedcapFields(f"the REDCap project has no instrument {section.instrument}")
    status = (each for each in written_fields(section) if each in known)
    asked = dict.fromkeys((record, *needed, *status, f"{section.instrument}_complete"))
    rows = redcap.records(tuple(asked))
    if any(name not in row for row in rows for name in (record, section.fields.project)):
        raise RedcapFields("the token's user may not export every field that is needed")
    return _Read(transfers(rows, section, record), known, record)


def _statuses(parts: Parts, project: Project, read: Sequence[Transfer]) -> list[Status]:
    with reading(parts.database) as connection:
        newest = cohorts.newest(connection, project.name)
        rows = list(standings.requested(connection, project, newest.version)) if newest else []
        arrived = arrivals(connection, project.name)
        here = progress(connection, project)
    by_words = {_words(row): row for row in rows}
    statuses = []
    for each in read:
        row = by_words.get(_asked(each.texts))
        if row is None:
            statuses.append(Status(Standing.WAITING))
            continue
        studies = {seen.study: seen.standing.objects for seen in row.seen if _is_asked_for(seen.standing)}
        decision = decide(row.standing)
        uid = row.request.study
        if row.standing.resolution is Resolution.OPEN and uid in here:
            # Sent to the node without being asked for: no archive will ever answer for it.
            studies = {uid: here[uid].objects}
            decision = decide_study(StudyStanding(objects=here[uid].objects, release=here[uid].release))
        delivered = sum(objects.delivered for objects in studies.values())
        statuses.append(_status(decision, delivered, [arrived[uid] for uid in studies if uid in arrived]))
    return statuses


def _status(decision: Decision, delivered: int, arrived: Sequence[Arrival]) -> Status:
    at = times.moment(max(each.at for each in arrived)) if arrived else None
    return status_of(decision, delivered, at, sorted(each.study for each in arrived if each.study))


def _is_asked_for(standing: StudyStanding) -> bool:
    return standing.match is Match.AS_ASKED


def _words(row: Requested) -> tuple[str, str]:
    asked = row.request
    named = asked.study or asked.accession or asked.patient_id or asked.national_id
    return named, asked.participant


def _asked(texts: Mapping[Field, str]) -> tuple[str, str]:
    """What a request asks for, as `_words` has it once it is loaded."""
    order = (Field.STUDY, Field.ACCESSION, Field.PATIENT_ID)
    named = next(filter(None, (trimmed(texts.get(field, "")) for field in order)), "")
    national = "".join(texts.get(Field.NATIONAL_ID, "").split())
    return named or national, trimmed(texts.get(Field.PARTICIPANT, ""))


def _says(request: Transfer, row: Mapping[str, str]) -> bool:
    return all(request.said.get(name, "") == value for name, value in row.items())


def _key(request: Transfer) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in sorted(request.key.items()))
