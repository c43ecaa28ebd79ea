"""The worker: a pipeline that looks what is due, again and again."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Protocol

import structlog

from tirage.errors import Transient
from tirage.flow.pipeline import Pipeline
from tirage.flow.steps import release
from tirage.network import libraries
from tirage.service.build import Parts, make_context, make_engine
from tirage.settings import Settings
from tirage.store.ownership import WORKER, own

TICK_S = 0.5
ABANDONED_S = 3600.0


class Watcher(Protocol):
    """Whoever looks now and then whether something is due."""

    def look(self) -> None:
        """Do what is due."""


@contextmanager
def working(settings: Settings, parts: Parts, *, hurries: bool = False) -> Iterator[Pipeline]:
    """A started pipeline, stopped at the end; on embedded databases the only one of the node."""
    libraries.load()
    engine = make_engine(settings)
    lock = own(settings.identified, name=WORKER) if engine.is_embedded else nullcontext()
    with lock:
        context = make_context(settings, parts)
        if engine.is_embedded:
            context.objects.sweep()
            release.sweep(context)
            shutil.rmtree(settings.outbox, ignore_errors=True)
        else:
            _sweep_old(context.objects.root / "tmp")
        pipeline = Pipeline(engine, context, hurries=hurries)
        pipeline.start()
        try:
            yield pipeline
        finally:
            engine.stop()
            context.pool.close()


def _sweep_old(folder: Path) -> None:
    """Delete what a worker that died left behind; other workers write here, but none for so long."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > ABANDONED_S:
                path.unlink()


def work_until(stop: threading.Event, pipeline: Pipeline, *watchers: Watcher) -> None:
    """Tick and have watchers look until stopped; what passes by itself (a restart) is waited out."""
    log = structlog.get_logger("tirage.worker")
    while not stop.is_set():
        try:
            for watcher in watchers:
                watcher.look()
            pipeline.tick()
        except Transient as error:
            log.warning("tick failed", code=error.code)
        stop.wait(TICK_S)


def work_until_idle(pipeline: Pipeline, progress: Callable[[], None], timeout_s: float) -> bool:
    """Tick until nothing is left to do; False when time ran out first."""
    deadline = time.monotonic() + timeout_s
    while True:
        pipeline.tick()
        progress()
        if pipeline.is_idle():
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
