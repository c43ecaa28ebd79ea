"""A node: everything the command line can ask of one, put together from its parts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from tirage.deliver.release import label
from tirage.flow.sheet.pairs import Pair
from tirage.flow.steps.signing import Signed
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.outcomes import Disposition, Refused
from tirage.model.records import Origin, OriginKind, Tally
from tirage.service.build import (
    Parts,
    make_intake,
    make_objects,
    make_originals,
    make_parts,
    make_senders,
)
from tirage.service.checks import Check
from tirage.service.connections import check_archive, check_destination, check_requests
from tirage.service.reports import (
    Asked,
    Endpoints,
    Failure,
    ImportLine,
    ImportReport,
    Progress,
    Proposal,
    ReleaseSummary,
    TimelineLine,
)
from tirage.settings import Settings
from tirage.store import contents, deliveries, dispositions, releases, studies, timeline, times, work
from tirage.store.contents import Catalogued
from tirage.store.database import check, open_database, reading, upgrade
from tirage.store.ownership import INTAKE, StoreInUse, own
from tirage.store.work import WorkKind

Stages = dict[str, int]


class Node:
    """An opened node; a context manager. Opening needs the master key and takes no lock."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._parts: Parts | None = None

    def __enter__(self) -> Self:
        self._parts = make_parts(self.settings)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._parts is not None:
            self._parts.close()
            self._parts = None

    @property
    def parts(self) -> Parts:
        """What the node is made of; only while it is open."""
        assert self._parts is not None, "the node is not open"
        return self._parts

    def serve(self, ready: Callable[[Endpoints], None], stop: threading.Event) -> None:
        """Receive, process and answer monitoring until `stop`; raises `StoreInUse` when another node does."""
        from tirage.service.serving import serve

        with own(self.settings.identified):
            self._sweep()
            serve(self.settings, ready, stop)

    def work(self, stop: threading.Event) -> None:
        """Be one more worker of a node on PostgreSQL, on this or another host that shares its folders."""
        from tirage.service.watchers import make_watchers
        from tirage.service.worker import work_until, working

        with working(self.settings, self.parts) as pipeline:
            work_until(stop, pipeline, *make_watchers(self.settings, self.parts))

    def import_files(
        self, path: Path, project: ProjectName | None, progress: Callable[[Progress], None]
    ) -> ImportReport:
        """Take in a folder, a ZIP file or a DICOMDIR; nothing is processed yet."""
        from tirage.flow.steps.intake import openers, take_in

        inputs = openers(path)
        if isinstance(inputs, Refused):
            line = ImportLine(1, Disposition.QUARANTINED.value, inputs.reason.value)
            return ImportReport(project, (line,))
        batch = f"import-{times.now():%Y%m%dT%H%M%S}"
        origin = Origin(OriginKind.IMPORT, batch=batch)
        projects = (project,) if project is not None else ()
        lines = []
        self._sweep()
        with own(self.settings.identified, shared=True, name=INTAKE):
            intake = make_intake(self.settings, self.parts)
            for taken in take_in(intake, inputs, origin, projects):
                refusal = taken.refusal.value if taken.refusal else ""
                standing = Disposition.QUARANTINED.value if refusal else Disposition.PENDING.value
                lines.append(ImportLine(taken.index, standing, refusal, taken.received, taken.digest))
                progress(Progress(len(lines), len(inputs)))
        return self.outcomes(ImportReport(project, tuple(lines)))

    def outcomes(self, report: ImportReport) -> ImportReport:
        """The same report with where each object stands now."""
        name = report.project or ProjectName("")
        numbers = [line.received for line in report.lines if line.received is not None]
        with reading(self.parts.database) as connection:
            found = studies.standings(connection, name, numbers)
        return replace(
            report,
            lines=tuple(
                replace(line, disposition=found[line.received][0], reason=found[line.received][1])
                if line.received in found
                else line
                for line in report.lines
            ),
        )

    def run_until_idle(self, progress: Callable[[Stages], None], timeout_s: float) -> bool:
        """Work off everything due, waiting for no quiet time; False when `timeout_s` ran out first.

        Where a serving node's worker has the work already, wait for it instead. What fails is tried again
        later and not waited for: `failures` says what.
        """
        return self._work(lambda: False, progress, timeout_s)

    def ask_release(self, project: ProjectName, account: str, signer: str = "") -> Asked:
        """Record that the project's release is asked for; raises `ProjectUnknown` or `NameNoSignature`."""
        from tirage.service.asking import ask

        return ask(self.parts, project, account, signer)

    def proposals(self) -> list[Proposal]:
        """What waits for signatures."""
        from tirage.service.signing import proposals

        with reading(self.parts.database) as connection:
            return proposals(connection)

    def sign_release(self, project: ProjectName, account: str, shown: tuple[str, str]) -> Signed:
        """Sign what is proposed, as an account that shows its password and its code of this moment."""
        from tirage.service import signing
        from tirage.service.vouching import make_vouching

        vouching = make_vouching(self.parts)
        return signing.sign(self.parts, vouching, project, account, shown)

    def refuse_release(self, project: ProjectName, account: str, shown: tuple[str, str], words: str) -> None:
        """Decline what is proposed, as an account that shows its password and its code of this moment."""
        from tirage.service import signing
        from tirage.service.vouching import make_vouching

        vouching = make_vouching(self.parts)
        signing.refuse(self.parts, vouching, project, account, shown, words)

    def run_until_released(
        self, project: ProjectName, progress: Callable[[Stages], None], timeout_s: float
    ) -> bool:
        """Work, or wait for a serving node's worker, until the release that was asked for stands."""
        from tirage.service.asking import is_answered

        def is_done() -> bool:
            with reading(self.parts.database) as connection:
                return is_answered(connection, project)

        return self._work(is_done, progress, timeout_s)

    def run_until_answered(
        self, project: ProjectName, progress: Callable[[], None], timeout_s: float
    ) -> bool:
        """Work, or wait for a serving node's worker, until the project's rows were asked for."""
        return self._work(
            lambda: not self._is_asked(WorkKind.QUERY, project), lambda _: progress(), timeout_s
        )

    def run_until_fetched(self, project: ProjectName, progress: Callable[[], None], timeout_s: float) -> bool:
        """Work and receive, or wait for a serving node's worker, until the project's studies were fetched."""

        def is_done() -> bool:
            return not self._is_asked(WorkKind.FETCH, project)

        return self._work(is_done, lambda _: progress(), timeout_s, receives=True)

    def failures(self) -> list[Failure]:
        """What failed and waits to be tried again."""
        from tirage.service.waiting import failures

        return failures(self.settings)

    def awaiting(self) -> dict[str, int]:
        """How many verified objects wait until someone asks for a release, by project; those with some."""
        from tirage.service.asking import awaiting

        with reading(self.parts.database) as connection:
            counts = {str(name): awaiting(connection, name, each) for name, each in self.parts.rules.items()}
        return {name: count for name, count in counts.items() if count}

    def stages(self) -> Stages:
        """How many objects have come through each stage; an object counts in every stage behind it."""
        with reading(self.parts.database) as connection:
            last = studies.stages(connection)
            delivered = deliveries.objects_delivered(connection)
        counts, so_far = {}, 0
        for stage in reversed(last):
            so_far += last[stage]
            counts[stage] = so_far
        return dict(reversed(counts.items())) | {"delivered": delivered}

    def tallies(self) -> dict[str, Tally]:
        """Where objects stand, by project; under '' those that no project claims."""
        with reading(self.parts.database) as connection:
            return {str(name): tally for name, tally in dispositions.tallies(connection).items()}

    def listed(self, project: str, reason: str, most: int = 1000) -> list[ReceivedId]:
        """Numbers of the objects that did not go on for that reason, in the order they came."""
        with reading(self.parts.database) as connection:
            return dispositions.listed(connection, ProjectName(project), reason, most)

    def releases(self) -> list[ReleaseSummary]:
        """Every complete release with what its destinations answered."""
        return list(self._releases())

    def trace(self, handle: str) -> list[TimelineLine]:
        """Everything that happened to the objects a handle means; empty when it means none."""
        with reading(self.parts.database) as connection:
            events = [
                event
                for number in timeline.find(connection, handle)
                for event in timeline.trace(connection, number)
            ]
        return [
            TimelineLine(times.moment(event.at), event.project, event.what, event.detail) for event in events
        ]

    def catalogue_size(self) -> int:
        """How many objects the catalogue has a header of."""
        return contents.count(self.parts.database)

    def catalogue(self) -> Iterator[Catalogued]:
        """Every object of the catalogue, in the order they came."""
        return contents.every_header(self.parts.database)

    def pairs(self, study_uid: str, project: ProjectName) -> list[Pair]:
        """A study's originals, each with its output in a project or why there is none; both are files."""
        originals, objects = make_originals(self.settings), make_objects(self.settings)
        with reading(self.parts.database) as connection:
            found = contents.study_in_project(connection, study_uid, project)
        return [
            Pair(
                originals.path(each.original),
                objects.path(each.output) if each.output and objects.has(each.output) else None,
                each.reason or ("" if each.output else "no output yet"),
                each.findings,
            )
            for each in found
        ]

    def checks(self) -> list[Check]:
        """What only an opened node can tell: databases, the crosswalk's key, the destinations."""
        from tirage.service.checks import check_crosswalk

        found = [
            Check("database", True, check(self.parts.database)),
            check_crosswalk(self.settings, self.parts.crosswalk.old_key_id),
        ]
        found += [check_archive(access) for access in self.parts.archives.values()]
        senders = make_senders(self.settings)
        for name, rules in self.parts.rules.items():
            found += [check_destination(senders, name, spec) for spec in rules.project.destinations]
            if rules.project.redcap is not None:
                found.append(check_requests(self.parts, self.settings, name))
        return found

    def _releases(self) -> Iterator[ReleaseSummary]:
        with reading(self.parts.database) as connection:
            for row in releases.listed(connection, state=releases.ReleaseState.COMPLETE):
                rules = self.parts.rules.get(row.project)
                expected = [spec.name for spec in rules.project.destinations] if rules else []
                answers = deliveries.tally(connection, row.id)
                yield ReleaseSummary(
                    row.project,
                    label(row.version),
                    self.settings.releases / row.project / label(row.version),
                    row.members,
                    row.files + row.lists,
                    releases.patients(connection, row.id),
                    {name: answers.get(name, {}) for name in expected},
                )

    def _is_asked(self, kind: WorkKind, project: ProjectName) -> bool:
        with reading(self.parts.database) as connection:
            return project in work.requested(connection, kind)

    def _work(
        self,
        is_done: Callable[[], bool],
        progress: Callable[[Stages], None],
        timeout_s: float,
        *,
        receives: bool = False,
    ) -> bool:
        from tirage.service.receiving import receiving
        from tirage.service.waiting import wait_until
        from tirage.service.worker import work_until_idle, working

        def report() -> None:
            progress(self.stages())

        if receives:
            self._sweep()
        try:
            # The listener first, and last to go: a run that is taken up again asks an archive at once.
            with (
                receiving(self.settings, self.parts) if receives else nullcontext(),
                working(self.settings, self.parts, hurries=True) as pipeline,
            ):
                return work_until_idle(pipeline, report, timeout_s)
        except StoreInUse:
            return wait_until(self.settings, self.parts, is_done, report, timeout_s)

    def _sweep(self) -> None:
        """Delete what killed writers left, unless somebody writes just now."""
        try:
            with own(self.settings.identified, name=INTAKE):
                make_originals(self.settings).sweep()
        except StoreInUse:
            return


def open_node(settings: Settings) -> Node:
    """The node of these settings; enter it to open it."""
    return Node(settings)


def create_node(settings: Settings) -> None:
    """Make a node's folders and the tables of its database."""
    for folder in (settings.originals, settings.objects, settings.releases):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = open_database(settings.catalogue_url)
    upgrade(database)
    database.dispose()
