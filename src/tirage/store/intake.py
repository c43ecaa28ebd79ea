"""Taking objects into keeping: durable bytes, a durable record, and only then an answer.

Many associations write and flush their own files, side by side: the file system joins their flushes. The
first to have one ready records it together with all that became ready while the transaction before ran. So a
lone association never waits for company, and many share the cost.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from tirage.errors import TirageError
from tirage.faults import reach
from tirage.model.custody import Acceptance, Incoming, StoreUnavailable
from tirage.model.identifiers import Digest, ProjectName, Uid
from tirage.model.records import Arrival, Origin
from tirage.store import ledger, times
from tirage.store.blobs import BlobStore, IncomingBlob
from tirage.store.ledger import Kept
from tirage.store.part10 import file_meta

Routes = Callable[[Origin], tuple[ProjectName, ...]]
"""Which projects claim what comes from an origin; none: it is held NO_PROJECT."""

PATIENCE_S = 60.0


@dataclass(slots=True)
class _Waiting:
    arrival: Arrival
    kept: Kept | None = None
    fault: TirageError | None = None


class DurableIntake:
    """The node's intake. Safe to use from many threads.

    Parameters
    ----------
    blobs, engine
        Where bytes and records go.
    routes
        Asked once an object.
    clock
        Tells the time of arrival.
    """

    def __init__(
        self, blobs: BlobStore, engine: Engine, routes: Routes, clock: times.Clock = times.now
    ) -> None:
        self._blobs = blobs
        self._engine = engine
        self._routes = routes
        self._clock = clock
        self._ready: list[_Waiting] = []
        self._adding = threading.Lock()
        self._committing = threading.Lock()

    def begin(self, origin: Origin, sop_class: Uid, sop_instance: Uid, transfer_syntax: Uid) -> Incoming:
        """Start one object of an association; see `tirage.model.custody.Intake`."""
        blob = self._blobs.receive()
        blob.write(file_meta(sop_class, sop_instance, transfer_syntax))
        return _IncomingObject(self, blob, origin, (sop_class, sop_instance, transfer_syntax))

    def keep(
        self,
        blob: IncomingBlob,
        origin: Origin,
        stated: tuple[Uid, Uid, Uid],
        projects: tuple[ProjectName, ...] | None = None,
        object_digest: Digest | None = None,
    ) -> Kept:
        """Make a written object durable and recorded.

        `stated` is SOP class, SOP instance and transfer syntax; `projects` defaults to the routes' answer,
        `object_digest` to the digest of the bytes.
        """
        digest, size = blob.commit()
        sop_class, sop_instance, transfer_syntax = stated
        waiting = _Waiting(
            Arrival(
                digest=digest,
                object_digest=object_digest or digest,
                size_bytes=size,
                transfer_syntax=transfer_syntax,
                stated_sop_class=sop_class,
                stated_sop_instance=sop_instance,
                origin=origin,
                received_at=self._clock(),
                projects=self._routes(origin) if projects is None else projects,
            )
        )
        kept = self._settled(waiting)
        if kept.digest != digest:
            # The same object is here with another file meta: no record names, or ever will, these bytes.
            self._blobs.remove(digest)
        return kept

    def receive(self) -> IncomingBlob:
        """Room for one object's bytes, for what is written whole (imports)."""
        return self._blobs.receive()

    def _settled(self, waiting: _Waiting) -> Kept:
        with self._adding:
            self._ready.append(waiting)
        if not self._committing.acquire(timeout=PATIENCE_S):
            raise StoreUnavailable("the database did not answer in time")
        try:
            # Whoever had the lock before may have committed this one among others.
            if waiting.kept is None and waiting.fault is None:
                with self._adding:
                    group, self._ready = self._ready, []
                self._commit(group)
        finally:
            self._committing.release()
        if waiting.kept is None:
            raise waiting.fault or StoreUnavailable("the record was abandoned")
        return waiting.kept

    def _commit(self, group: list[_Waiting]) -> None:
        try:
            self._commit_together(group)
        except TirageError as fault:
            for waiting in group:
                waiting.fault = fault
        except SQLAlchemyError as error:
            self._commit_singly(group, error)

    def _commit_together(self, group: list[_Waiting]) -> None:
        recorded = ledger.record(self._engine, [waiting.arrival for waiting in group])
        reach("receive:after-commit")
        for waiting, kept in zip(group, recorded, strict=True):
            waiting.kept = kept

    def _commit_singly(self, group: list[_Waiting], error: SQLAlchemyError) -> None:
        # One object the database will not take must not refuse its neighbours.
        if len(group) == 1:
            group[0].fault = StoreUnavailable(f"the database refused the record: {type(error).__name__}")
            group[0].fault.__cause__ = error
            return
        for waiting in group:
            self._commit([waiting])


class _IncomingObject:
    __slots__ = ("_blob", "_intake", "_origin", "_stated")

    def __init__(
        self, intake: DurableIntake, blob: IncomingBlob, origin: Origin, stated: tuple[Uid, Uid, Uid]
    ) -> None:
        self._intake = intake
        self._blob = blob
        self._origin = origin
        self._stated = stated

    def write(self, data: memoryview) -> None:
        self._blob.write(data)

    def commit(self) -> Acceptance:
        return self._intake.keep(self._blob, self._origin, self._stated).acceptance

    def abort(self) -> None:
        self._blob.abort()
