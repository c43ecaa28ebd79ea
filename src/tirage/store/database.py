"""Opening the database, and the two ways to speak to it: `reading` and `writing`.

SQLite by default, in WAL mode with `synchronous=FULL`: a commit that returned survives a power cut (with
`NORMAL` every one of them was lost in a measured cut). PostgreSQL by URL when one machine is outgrown.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from tirage.errors import Permanent
from tirage.model.custody import StoreUnavailable
from tirage.store import migrations

T = TypeVar("T")

BUSY_TIMEOUT_MS = 30_000
ATTEMPTS = 5
UPGRADE_LOCK = 0x7469_7261_6765  # any number that no other program locks
_READS_ONLY = "tirage_reads_only"
# PostgreSQL: serialization_failure, deadlock_detected. Both are cured by running the transaction again.
_REPEATABLE = frozenset({"40001", "40P01"})


class DatabaseNewer(Permanent):
    """The database was written by a later version of Tirage."""

    code = "DATABASE_NEWER"
    exit_code = 78
    remedy = "Install the version of Tirage that last ran on this database, or a later one."


class DatabaseUnknown(Permanent):
    """The database URL names a kind of database Tirage does not speak."""

    code = "DATABASE_UNKNOWN"
    exit_code = 78
    remedy = "Use sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME."


def open_database(url: str) -> Engine:
    """An engine for `url` (`sqlite:///FILE` or `postgresql+psycopg://…`); connects when first used.

    Transactions take the write lock at their start, so that two writers wait for each other instead of
    failing half-way; use `reading` where nothing is written.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        engine = create_engine(parsed, pool_size=8, max_overflow=24, pool_timeout=30, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if backend == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=8,
            max_overflow=24,
            pool_timeout=30,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": 5, "options": "-c synchronous_commit=on -c timezone=UTC"},
        )
    raise DatabaseUnknown(f"no such database kind: {backend}")


def _prepare_sqlite(connection: Any, entry: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: its own would be deferred.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "temp_store=MEMORY",
        "journal_size_limit=67108864",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get(_READS_ONLY, False)
    connection.exec_driver_sql("BEGIN DEFERRED" if reads_only else "BEGIN IMMEDIATE")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database and never waits for a writer."""
    try:
        with engine.connect().execution_options(**_reads_only(engine)) as connection:
            yield connection
    except OperationalError as error:
        raise _unavailable(error) from error


def _reads_only(engine: Engine) -> dict[str, Any]:
    if is_postgres(engine):
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return {_READS_ONLY: True}


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed and durable when the block ends, undone when it raises.

    Raises `StoreUnavailable` when the database does not answer, is full or cannot be written.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except OperationalError as error:
        raise _unavailable(error) from error


def repeated(engine: Engine, unit: Callable[[Connection], T]) -> T:
    """The result of `unit` in one transaction, run again when it collided with another (up to 5 times)."""
    for attempt in range(ATTEMPTS):
        try:
            with engine.begin() as connection:
                return unit(connection)
        except DBAPIError as error:
            is_repeatable = getattr(error.orig, "sqlstate", None) in _REPEATABLE
            is_lost = error.connection_invalidated
            if attempt == ATTEMPTS - 1 or not (is_repeatable or is_lost):
                if isinstance(error, OperationalError):
                    raise _unavailable(error) from error
                raise
            time.sleep(0.05 * 2**attempt)
    raise StoreUnavailable("the database kept refusing the transaction")


def upgrade(engine: Engine) -> None:
    """Bring the database's tables to this version, creating them when it is empty.

    One transaction under a lock: interrupted it leaves the database as it was, and of several processes one
    does the work while the others wait. Raises `DatabaseNewer` rather than touch what it does not know.
    """
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}

    def to_head(revision: Any, context: Any) -> Any:
        if not known.issuperset(context.get_current_heads()):
            raise DatabaseNewer("the database's version is not known here")
        return scripts._upgrade_revs("head", revision)

    with writing(engine) as connection:
        if is_postgres(connection):
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
        with EnvironmentContext(config, scripts, fn=to_head) as environment:
            environment.configure(connection=connection, fn=to_head, transactional_ddl=True)
            environment.run_migrations()


def is_postgres(connection: Connection | Engine) -> bool:
    """Whether this is PostgreSQL (otherwise SQLite)."""
    return connection.dialect.name == "postgresql"


def check(engine: Engine) -> str:
    """The database's name and version, for `tirage doctor`; raises `StoreUnavailable` without an answer."""
    with reading(engine) as connection:
        if is_postgres(connection):
            version = connection.execute(text("SHOW server_version")).scalar_one()
            return f"PostgreSQL {version}"
        return f"SQLite {connection.execute(text('SELECT sqlite_version()')).scalar_one()}"


def _unavailable(error: OperationalError) -> StoreUnavailable:
    # The driver's text may hold values of the statement: only its class goes on.
    return StoreUnavailable(f"database: {type(error.orig).__name__}")
