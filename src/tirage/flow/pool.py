"""Processes that work on single objects, so that a crash or a hang costs one object and never the worker."""

import faulthandler
import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

Job = TypeVar("Job")
Answer = TypeVar("Answer")

TRIES_ALONE = 2

LIMIT_S = 900.0
"""How long one job may go without a sign of life: a decoder that hangs never gives one."""


class Crashed:
    """The answer for a job that took its process with it or hung, twice, with nothing else running there."""


class Pool:
    """Calls a function on many jobs in child processes; answers in the jobs' order. Safe for many threads.

    A child that gives no sign of life for `limit_s` seconds ends itself.
    """

    def __init__(self, workers: int, preload: Sequence[str] = (), limit_s: float = LIMIT_S) -> None:
        # A fork server: the worker has threads and connections, which a forked child must not inherit.
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._workers = workers
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._executor: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[Job], Answer], jobs: Sequence[Job]) -> list[Answer | Crashed]:
        """The answer for each job. What `function` raises is raised here; a dead child is `Crashed`."""
        executor, futures = self._submit(function, jobs)
        answers: list[Answer | Crashed | None] = [None] * len(jobs)
        suspects = []
        for place, future in enumerate(futures):
            try:
                answers[place] = future.result()
            except BrokenProcessPool:
                suspects.append(place)
        for place in suspects:
            self._discard(executor)
            answers[place] = self._alone(function, jobs[place])
        return [answer for answer in answers if answer is not None]

    def close(self) -> None:
        """Let the children go when what they are doing is done."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True, cancel_futures=True)

    def _submit(
        self, function: Callable[[Job], Answer], jobs: Sequence[Job]
    ) -> tuple[ProcessPoolExecutor, list[Future[Answer]]]:
        while True:
            with self._lock:
                if self._executor is None:
                    self._executor = self._made(self._workers)
                executor = self._executor
            try:
                return executor, [executor.submit(_limited, function, job, self._limit_s) for job in jobs]
            except BrokenProcessPool:
                self._discard(executor)

    def _alone(self, function: Callable[[Job], Answer], job: Job) -> Answer | Crashed:
        for _ in range(TRIES_ALONE):
            with self._made(1) as executor:
                try:
                    return executor.submit(_limited, function, job, self._limit_s).result()
                except BrokenProcessPool:
                    continue
        return Crashed()

    def _made(self, workers: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(workers, mp_context=self._context, initializer=_end_with_parent)

    def _discard(self, executor: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._executor is executor:
                self._executor = None
        executor.shutdown(wait=False, cancel_futures=True)


def show_life(limit_s: float = LIMIT_S) -> None:
    """Begin the time limit anew, in a child; a job that takes one object after another calls it for each."""
    if multiprocessing.parent_process() is not None:
        # This watch needs no Python lock: a codec that hangs may hold it for ever.
        faulthandler.dump_traceback_later(limit_s, exit=True)


def _limited(function: Callable[[Job], Answer], job: Job, limit_s: float) -> Answer:
    show_life(limit_s)
    try:
        return function(job)
    finally:
        faulthandler.cancel_dump_traceback_later()


def _end_with_parent() -> None:
    """Make this child end when the worker dies: a killed worker cannot tell its children to."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_end, args=(parent,), daemon=True).start()


def _wait_and_end(parent: "multiprocessing.process.BaseProcess") -> None:
    parent.join()
    os._exit(1)
