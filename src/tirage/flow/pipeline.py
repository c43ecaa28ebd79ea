"""The way of an object, as a table of runs; `tick` looks what is due and starts it.

What is due is read from the record alone. A run's id names its work, so looking again, from another process
or after a crash, starts nothing twice; and work whose run was never started is found by the next look.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from tirage.catalog.settle import Arrivals, Completeness, Completion, completeness
from tirage.deliver.release import Pace, is_due
from tirage.deliver.signing import CandidateState
from tirage.flow import due
from tirage.flow.context import Context, Rules
from tirage.flow.engine import ACTIVE, FAILED, Engine, Run
from tirage.flow.steps import (
    acquire,
    catalogue,
    deliver,
    erasing,
    fetch,
    prepare,
    propose,
    release,
    resolve,
    review,
    signing,
    withdraw,
)
from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.requests import FetchState
from tirage.store import candidates, dispositions, fetches, outputs, releases, studies, withdrawals, work
from tirage.store.candidates import CandidateRow
from tirage.store.database import reading, writing
from tirage.store.optouts import OptOutUnreadable
from tirage.store.releases import ReleaseState
from tirage.store.times import micros, moment
from tirage.store.work import WorkKind

QUEUES = {
    "resolve": 2,
    "catalogue": 1,
    "prepare": 2,
    "propose": 1,
    "release": 1,
    "deliver": 8,
    "call-back": 1,
    "tell": 2,
}
"""Each kind of run has a queue of its own; how many of it a worker does at a time."""

MOST_OF_A_CATALOGUE_RUN = 500
WATCHING_S, WATCHING_SHARE = 10.0, 20
"""Comparing what waits for signatures with the record takes a twentieth of the time at most."""

KEPT, CLEANING_S = timedelta(days=7), 3600.0
FIRST_RETRY_S, LONGEST_RETRY_S = 5.0, 600.0


@dataclass(slots=True)
class Pipeline:
    """Starts what is due. `hurries` waits for nothing: what has come is all there will be (imports)."""

    engine: Engine
    context: Context
    pace: Pace = field(default_factory=Pace)
    hurries: bool = False
    _watches_at: dict[str, float] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _cleans_at: float = 0.0
    _retries: dict[str, tuple[float, float]] = field(default_factory=dict)

    def start(self) -> None:
        """Begin to work; finds again what an earlier process left half-done."""
        for name, function in self._runs().items():
            self.engine.register(name, function)
        log = logging.getLogger(__name__)
        archives = self.context.archives.values()
        self.engine.start(QUEUES, {_queue(access.name): access.at_a_time for access in archives})
        if found := catalogue.requeue(self.context):
            log.warning("%d recorded objects had no work item; queued", found)
        with reading(self.context.database) as connection:
            left = work.claims(connection, work.WorkKind.CATALOGUE)
            tallies = dispositions.tallies(connection)
        for name, tally in tallies.items():
            if not tally.is_conserved:
                log.critical("objects of %s are unaccounted for: run tirage doctor", name or "no project")
        for claim in left:
            self._ask("catalogue", claim, claim)
        if self.hurries:
            for run in self.failed():
                self.engine.redrive(run, queue_of(run))

    def tick(self) -> None:
        """Start everything that is due now."""
        self.engine.adopt()
        self._resolve()
        self._fetch()
        self._catalogue()
        for name, rules in self.context.rules.items():
            self._prepare(name, rules)
            self._release(name, rules)
            self._call_back(name)
        self._tell()
        self._deliver()
        erasing.discard(self.context)
        self._retry()
        self._forget()

    def is_idle(self) -> bool:
        """Whether nothing runs and a look would start nothing; what failed and waits is idle."""
        # First: what a run that ended before this left to do is in the record.
        if self._active():
            return False
        started = self._asked | {run.id for run in self.failed()}
        with reading(self.context.database) as connection:
            runs = due.runs(connection, self.context.rules, self.context.archives, self.context.clock())
            return due.is_covered(runs, started)

    def failed(self) -> list[Run]:
        """The runs that failed and wait to be tried again."""
        return self._standing(*FAILED)

    def _runs(self) -> dict[str, Callable[..., None]]:
        context, step = self.context, self.engine.step

        def run_resolve(project: str, window: int) -> None:
            name = ProjectName(project)
            step("resolve", lambda: resolve.resolve(context, name, window, self.engine.is_stopping))

        def run_fetch(archive: str, run: str) -> None:
            step("fetch", lambda: fetch.fetch(context, archive, run, self.engine.is_stopping))

        def run_catalogue(claim: str) -> None:
            step("catalogue", lambda: catalogue.catalogue(context, claim))

        def run_prepare(project: str, study: int, last: int) -> None:
            name = ProjectName(project)
            numbers = step("link", lambda: prepare.link(context, name, study, ReceivedId(last)))
            for start in range(0, len(numbers), context.chunk):
                chunk = numbers[start : start + context.chunk]
                step("deidentify", lambda chunk=chunk: prepare.deidentify(context, name, study, chunk))

        def run_release(project: str, version: int) -> None:
            name = ProjectName(project)
            number = step("freeze", lambda: release.freeze(context, name, version))
            if number:
                manifest = step("write", lambda: release.write(context, number))
                step("complete", lambda: release.complete(context, number, manifest))

        def run_propose(project: str, after: int) -> None:
            step("propose", lambda: propose.propose(context, ProjectName(project), after))

        def run_call_back(project: str) -> None:
            step("call-back", lambda: withdraw.call_back(context, ProjectName(project)))

        def run_tell(number: int, destination: str) -> None:
            step("tell", lambda: withdraw.tell(context, number, destination))

        def run_deliver(number: int, destination: str) -> None:
            for piece in step("plan", lambda: deliver.plan(context, number)):
                # One attempt a run: failed tries are counted, and each waits longer than the one before.
                if not step("send", partial(deliver.send, context, number, destination, piece), attempts=1):
                    return

        return {
            "resolve": run_resolve,
            "fetch": run_fetch,
            "catalogue": run_catalogue,
            "prepare": run_prepare,
            "propose": run_propose,
            "release": run_release,
            "deliver": run_deliver,
            "call-back": run_call_back,
            "tell": run_tell,
        }

    def _resolve(self) -> None:
        with reading(self.context.database) as connection:
            runs = list(due.resolving(connection, self.context.rules))
        for run_id, name, window in runs:
            self._ask("resolve", run_id, name, window)

    def _fetch(self) -> None:
        """Keep as many runs at each archive as it allows, while studies are due there."""
        if not self.context.archives:
            return
        active = [run.id for run in self._active()]
        for access in self.context.archives.values():
            at_work = sum(run_id.startswith(due.fetch_prefix(access.name)) for run_id in active)
            with reading(self.context.database) as connection:
                runs = list(due.fetching(connection, self.context.rules, access, self.context.clock()))
            for run_id in runs[: max(access.at_a_time - at_work, 0)]:
                self._ask("fetch", run_id, access.name, run_id, queue=_queue(access.name))
        acquire.strike_off(self.context)

    def _catalogue(self) -> None:
        while True:
            with writing(self.context.database) as connection:
                claim = catalogue.take(connection, MOST_OF_A_CATALOGUE_RUN)
            if claim is None:
                return
            self._ask("catalogue", claim, claim)

    def _prepare(self, name: ProjectName, rules: Rules) -> None:
        digest, now = rules.profile.digest, self.context.clock()
        quiet = timedelta(0) if self.hurries else timedelta(seconds=rules.project.complete.quiet_s)
        with reading(self.context.database) as connection:
            waiting = studies.waiting(connection, name, digest)
            announced = fetches.announced(connection, name, [each.study for each in waiting])
        for each in waiting:
            run_id = due.prepare_id(name, each, digest)
            state, expected = announced.get(each.study, (None, each.expected))
            if run_id in self._asked or state is FetchState.WANTED:
                continue
            arrivals = Arrivals(each.instances, moment(each.last_arrival), expected)
            if completeness(arrivals, Completion(quiet), now) is Completeness.ARRIVING:
                continue
            with writing(self.context.database) as connection:
                studies.settle(connection, each.study, self.context.micros())
            self._ask("prepare", run_id, name, each.study, each.last)

    def _release(self, name: ProjectName, rules: Rules) -> None:
        with reading(self.context.database) as connection:
            frozen = releases.listed(connection, name, ReleaseState.FROZEN)
            waiting = outputs.unreleased(connection, name, rules.profile.digest)
            is_working = studies.is_working(connection, name, rules.profile.digest)
            version = releases.next_version(connection, name)
            asked_at = work.requested(connection, WorkKind.RELEASE).get(name)
            last = candidates.newest(connection, name)
        if frozen:
            # Read after `frozen`: the run that froze one is either listed here or has completed it.
            started = self._active() + self.failed()
            for each in frozen:
                run_id = due.release_id(name, each.version)
                if not any(run.id.split(":")[:3] == run_id.split(":") for run in started):
                    self._ask("release", run_id, name, each.version)
            return
        read_at = review.look_after(self.context, name, waiting, is_working)
        if last is not None and last.is_open:
            self._see_to(name, last)
            return
        pace = Pace(timedelta(0), timedelta.max) if self.hurries else self.pace
        if asked_at is not None:
            if waiting is None and not is_working:
                release.dismiss(self.context, name)
            elif waiting is not None:
                waiting = replace(waiting, oldest=max(waiting.oldest, moment(asked_at)))
                pace = replace(pace, quiet=timedelta(0))
        elif not due.is_made_unasked(rules, last):
            return
        if read_at is not None and waiting and is_due(waiting, is_working, pace, self.context.clock()):
            since = max(micros(waiting.newest), asked_at or 0, read_at)
            if rules.signatures:
                after = last.id if last else 0
                self._ask("propose", due.propose_id(name, after, since), name, after)
            else:
                self._ask("release", due.release_id(name, version, since), name, version)

    def _see_to(self, name: ProjectName, candidate: CandidateRow) -> None:
        """Void what has changed since it was proposed; release what enough people have signed."""
        began = time.monotonic()
        if self.hurries or began >= self._watches_at.get(name, 0.0):
            try:
                if signing.watch(signing.desk_of(self.context), candidate) is not None:
                    return
            except OptOutUnreadable as error:
                # Nothing leaves without it: the freeze reads it again, and fails for all to see.
                logging.getLogger(__name__).warning("candidate:%d not compared: %s", candidate.id, error.code)
            took = time.monotonic() - began
            self._watches_at[name] = began + max(WATCHING_S, WATCHING_SHARE * took)
        if candidate.state is CandidateState.SIGNED:
            run_id = due.release_id(name, candidate.version, candidate.id)
            self._ask("release", run_id, name, candidate.version)

    def _call_back(self, name: ProjectName) -> None:
        """Look who opted out, whenever the lists or the releases have changed."""
        try:
            mark = withdraw.mark_of(self.context, name)
        except OSError:
            return  # the next release fails for it, for all to see
        if mark:
            self._ask("call-back", f"call-back:{name}:{mark}", name)

    def _tell(self) -> None:
        with reading(self.context.database) as connection:
            untold = withdrawals.pending(connection)
        for number, destination in untold:
            self._ask("tell", due.tell_id(number, destination), number, destination)

    def _deliver(self) -> None:
        with reading(self.context.database) as connection:
            undelivered = due.undelivered(connection, self.context.rules, self.context.clock())
        # A run of an earlier opening that failed is the one to go on with.
        known = {run.id for run in self._standing(*ACTIVE, *FAILED)} if undelivered else set()
        for each in undelivered:
            stem = due.handover_prefix(each)
            if not any(run == stem or run.startswith(f"{stem}:") for run in known):
                self._ask("deliver", due.deliver_id(each), each.number, each.destination)

    def _ask(self, name: str, run_id: str, *arguments: str | int, queue: str = "") -> None:
        if run_id not in self._asked:
            self.engine.enqueue(queue or name, name, run_id, *arguments)
            self._asked.add(run_id)

    def _retry(self) -> None:
        """Set failed runs going again, each time after twice as long."""
        now, log = time.monotonic(), logging.getLogger(__name__)
        for run in self.failed():
            again_at, wait = self._retries.get(run.id, (0.0, FIRST_RETRY_S))
            if again_at == 0.0:
                # Who hurries ends, and then says itself what failed.
                level = logging.DEBUG if self.hurries else logging.WARNING
                what = run.error or run.status
                log.log(level, "run %s failed: %s; again in %.0f s", run.id, what, wait)
                self._retries[run.id] = (now + wait, min(2 * wait, LONGEST_RETRY_S))
            elif now >= again_at:
                self._retries[run.id] = (0.0, wait)
                self.engine.redrive(run, queue_of(run))

    def _forget(self) -> None:
        """Drop runs that ended long ago: what they did is in the record."""
        now = time.monotonic()
        if now >= self._cleans_at:
            self._cleans_at = now + CLEANING_S
            self.engine.forget(int((self.context.clock() - KEPT).timestamp() * 1000))

    def _active(self) -> list[Run]:
        return self._standing(*ACTIVE)

    def _standing(self, *statuses: str) -> list[Run]:
        return [run for status in statuses for run in self.engine.runs(status=status)]


def queue_of(run: Run) -> str:
    """The queue a run belongs to: that of its kind; fetching has one for each archive."""
    return _queue(run.id.split(":")[1]) if run.name == "fetch" else run.name


def _queue(archive: str) -> str:
    return f"fetch-{archive}"
