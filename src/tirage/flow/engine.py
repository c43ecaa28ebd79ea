"""Durable execution: what was started is finished, whatever dies in between.

The only module that knows the library behind it (dbos 3.4). A *run* is one durable call of a registered
function; its id is derived from the work itself, so asking twice starts one run. What a run calls through
`step` is remembered when it returns and never repeated; a step interrupted before that is called again, so
steps must be idempotent. Arguments and results are stored in clear: opaque ids only.

Embedded (SQLite) there is one executor. On PostgreSQL peers adopt the runs of an executor that died.
"""

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, Serializer, SetWorkflowID, WorkflowStatus, error

from tirage.errors import Permanent, TirageError, Transient
from tirage.flow.lease import Lease

VERSION = "tirage-1"
"""Never changes with the software: the library ignores runs enqueued under another version."""

ATTEMPTS_OF_A_RUN = 20
"""How often a run may be found dead before it is put aside: a poisoned one must not restart for ever."""

ACTIVE = ("enqueued", "pending")
FAILED = ("error", "max_recovery_attempts_exceeded")
"""How a run stands that is on its way, in the order it goes through; and one that waits to be tried again."""

CANCELLED = "cancelled"
"""How a run stands that a person stopped: it waits until a person sets it going again."""

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]
T = TypeVar("T")


class RunFailed(Permanent):
    """A durable run ended in an error; says which kind, never with which words."""

    code = "RUN_FAILED"
    remedy = "Look at the error code with `tirage status`; the node tries again by itself."


@dataclass(frozen=True, slots=True)
class Run:
    """One durable run: its id, the function's name and how it stands, in lower case.

    `error` is the class and code of what it failed with, when failed runs were asked for; `began_ms` is in
    milliseconds since 1970.
    """

    id: str
    name: str
    status: str
    error: str = ""
    began_ms: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it unless it is redriven."""
        return self.status not in ("pending", "enqueued", "delayed")


class _Ids(Serializer):
    """JSON instead of pickle, and of an error its type and code alone."""

    def name(self) -> str:
        return "tirage-json"

    def serialize(self, data: Any) -> str:
        if isinstance(data, error.DBOSMaxStepRetriesExceeded) and data.errors:
            data = data.errors[-1]
        if isinstance(data, BaseException):
            code = data.code if isinstance(data, TirageError) else ""
            data = {"failed": type(data).__name__, "code": code}
        return json.dumps(data, separators=(",", ":"), allow_nan=False)

    def deserialize(self, serialized_data: str) -> Any:
        data = json.loads(serialized_data)
        if isinstance(data, dict) and data.keys() == {"failed", "code"}:
            return RunFailed(f"{data['failed']} {data['code']}".strip())
        return data


class _Anonymous(logging.Filter):
    """Takes arguments, messages and tracebacks out of the library's log: they may hold values of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        record.msg = f"durable execution: {record.filename}:{record.lineno} {kind}".rstrip()
        record.args = record.exc_info = record.exc_text = None
        return record.levelno >= logging.WARNING


class Engine:
    """Starts, remembers and finishes runs. One a process: the library behind it is a singleton."""

    def __init__(self, url: str, executor: str = "node", poll_s: float = 0.2) -> None:
        self._url = sa.make_url(url)
        self._executor = executor
        self._poll_s = poll_s
        self._lease: Lease | None = None
        self._database: sa.Engine | None = None
        self._functions: dict[str, Callable[..., Json]] = {}
        self._stopping = threading.Event()

    @property
    def is_embedded(self) -> bool:
        """Whether the state of runs is a file of this node, which one executor has to itself."""
        return self._url.get_backend_name() == "sqlite"

    @property
    def executor(self) -> str:
        """Name under which this process's runs are found again after it died."""
        return self._executor

    def is_stopping(self) -> bool:
        """Whether this process is about to end: long steps should come to theirs."""
        return self._stopping.is_set()

    def register(self, name: str, function: Callable[..., Json]) -> None:
        """Make `function` startable under `name`; before `start`."""
        limit = ATTEMPTS_OF_A_RUN
        self._functions[name] = DBOS.workflow(name=name, max_recovery_attempts=limit)(function)

    def start(self, queues: Mapping[str, int], shared: Mapping[str, int] | None = None) -> None:
        """Listen to queues and take up what a dead self left.

        `queues` gives runs at a time in this process by name, `shared` those in all processes together.
        """
        shared = shared or {}
        log = logging.getLogger("dbos")
        log.addFilter(_Anonymous())
        log.addHandler(logging.NullHandler())
        self._database = _open(self._url)
        if not self.is_embedded:
            self._lease = Lease(self._database, self._executor)
            self._executor = self._lease.name
        config: DBOSConfig = {
            "name": "tirage",
            "system_database_engine": self._database,
            "application_version": VERSION,
            "executor_id": self._executor,
            "serializer": _Ids(),
            "enable_otlp": False,
            "log_level": "WARNING",
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 0.2,
        }
        DBOS(config=config)
        DBOS.listen_queues([*queues, *shared])
        DBOS.launch()
        for name, at_a_time in queues.items():
            DBOS.register_queue(name, worker_concurrency=at_a_time, polling_interval_sec=self._poll_s)
        for name, at_a_time in shared.items():
            DBOS.register_queue(name, concurrency=at_a_time, polling_interval_sec=self._poll_s)

    def stop(self, patience_s: int = 10) -> None:
        """Let steps end for at most `patience_s` seconds; what is left is taken up at the next start."""
        self._stopping.set()
        # The library counts its patience in whole seconds, the first of them spent even when nothing runs.
        is_working = bool(self.runs(status="pending", limit=1))
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=patience_s if is_working else 0)
        if self._lease is not None:
            self._lease.close()
        if self._database is not None:
            self._database.dispose()

    def enqueue(self, queue: str, name: str, run_id: str, *arguments: Json) -> None:
        """Start `name` on `queue` as `run_id`; nothing happens if that run exists."""
        with SetWorkflowID(run_id):
            DBOS.enqueue_workflow(queue, self._functions[name], *arguments)

    def step(self, name: str, function: Callable[..., T], *arguments: Json, attempts: int = 5) -> T:
        """What `function` returns, now or remembered; `Transient` faults are retried with back-off."""
        return DBOS.run_step(
            {
                "name": name,
                "retries_allowed": attempts > 1,
                "max_attempts": max(attempts, 2),
                "interval_seconds": 0.5,
                "should_retry": lambda error: isinstance(error, Transient),
            },
            function,
            *arguments,
        )

    def runs(
        self, *, ids: list[str] | None = None, status: str | None = None, limit: int = 1000
    ) -> list[Run]:
        """The runs there are, oldest first."""
        found = DBOS.list_workflows(
            workflow_ids=ids,
            status=status.upper() if status else None,
            limit=limit,
            load_input=False,
            load_output=status == "error",
        )
        return [_run(each) for each in found]

    def progress(self) -> dict[str, int]:
        """How many runs stand where: status → count."""
        counts: dict[str, int] = {}
        for run in self.runs(limit=100_000):
            counts[run.status] = counts.get(run.status, 0) + 1
        return counts

    def cancel(self, run_id: str) -> None:
        """Stop a run before its next step."""
        DBOS.cancel_workflow(run_id)

    def redrive(self, run: Run, queue: str) -> None:
        """Set a run that failed, was cancelled or put aside going again, from the step that failed."""
        if run.status == "error":
            steps = DBOS.list_workflow_steps(run.id)
            failed = [step["function_id"] for step in steps if step["error"] is not None]
            DBOS.rewind_workflow(run.id, start_step=min(failed, default=1), queue_name=queue)
        elif run.is_over and run.status != "success":
            DBOS.resume_workflow(run.id, queue_name=queue)

    def forget(self, before_ms: int) -> None:
        """Delete finished runs that began before `before_ms` (milliseconds since 1970)."""
        over = DBOS.list_workflows(status="SUCCESS", load_input=False, load_output=False, limit=1000)
        DBOS.delete_workflows([run.workflow_id for run in over if (run.created_at or 0) < before_ms])

    def adopt(self) -> list[str]:
        """Take over the runs of executors that died; returns their names. Embedded: nobody else exists."""
        if self._lease is None:
            return []
        self._lease.keep()
        unfinished = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        adopted = []
        for name in sorted({run.executor_id or "" for run in unfinished} - {self._executor, ""}):
            with self._lease.over(name) as is_gone:
                if is_gone:
                    DBOS._recover_pending_workflows([name])
                    adopted.append(name)
        return adopted


class Onlooker:
    """Sees how runs stand, and stops or redrives one, beside the process that works on them; a context
    manager.
    """

    def __init__(self, url: str) -> None:
        self._database = _open(sa.make_url(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self._database.dispose()

    def runs(self, *statuses: str) -> list[Run]:
        """The runs that stand so, oldest first; none where nobody has worked yet."""
        if not self._is_begun():
            return []
        with self._client() as client:
            wanted = [status.upper() for status in statuses]
            return [_run(each) for each in client.list_workflows(status=wanted, load_input=False)]

    def find(self, run_id: str) -> Run | None:
        """The run of this id."""
        if not self._is_begun():
            return None
        with self._client() as client:
            found = client.list_workflows(workflow_ids=[run_id], load_input=False)
        return _run(found[0]) if found else None

    def cancel(self, run: Run) -> None:
        """Stop a run before its next step."""
        with self._client() as client:
            client.cancel_workflow(run.id)

    def redrive(self, run: Run, queue: str) -> None:
        """Set a run that failed or was cancelled going again, from the step that failed."""
        with self._client() as client:
            if run.status == "error":
                steps = client.list_workflow_steps(run.id)
                failed = [step["function_id"] for step in steps if step["error"] is not None]
                client.rewind_workflow(run.id, start_step=min(failed, default=1), queue_name=queue)
            else:
                client.resume_workflow(run.id, queue_name=queue)

    def _is_begun(self) -> bool:
        schema = None if self._database.dialect.name == "sqlite" else "dbos"
        return sa.inspect(self._database).has_table("workflow_status", schema=schema)

    @contextmanager
    def _client(self) -> Iterator[DBOSClient]:
        client = DBOSClient(system_database_engine=self._database, serializer=_Ids(), lazy=True)
        try:
            yield client
        finally:
            client.destroy()


def _run(found: WorkflowStatus) -> Run:
    return Run(
        found.workflow_id,
        found.name,
        found.status.lower(),
        str(found.error or ""),
        found.created_at or 0,
    )


def _open(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=8)
    engine = sa.create_engine(url, pool_size=20, max_overflow=0)

    @sa.event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        if sqlite3.sqlite_version_info < (3, 42):
            # On Python 3.12 and newer the library takes SQLite to know unixepoch('subsec'), as 3.42 does.
            connection.create_function("unixepoch", 1, lambda _: int(time.time()))

    return engine
