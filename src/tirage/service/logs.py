"""What a node writes about itself: one JSON object a line on standard error, and in a file when asked for.

Ours are events with codes, counts and handles. What libraries say may hold values of the objects they were
given, so of theirs only the logger, the level and the place in the code are kept; of an exception nobody
expected, its class and where it was raised.
"""

import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TextIO, cast

import structlog

from tirage.settings import Settings

OURS = "tirage"


@contextmanager
def quiet(settings: Settings) -> Iterator[None]:
    """Log to the file of the settings alone, or nowhere: for commands whose screen belongs to a person."""
    path = settings.folder / settings.log.file if settings.log.file else Path(os.devnull)
    with path.open("a", encoding="utf-8", buffering=1) as file:
        _write_to(file, logging.getLevelNamesMapping()[settings.log.level.upper()])
        try:
            yield
        finally:
            structlog.reset_defaults()


def configure(settings: Settings) -> None:
    """Write logs as the settings say; once, when a process starts."""
    level = logging.getLevelNamesMapping()[settings.log.level.upper()]
    target: TextIO | _Both = sys.stderr
    if settings.log.file is not None:
        target = _Both(settings.folder / settings.log.file)
    _write_to(cast(TextIO, target), level)
    root = logging.getLogger()
    root.handlers = [_Relay()]
    root.setLevel(max(level, logging.WARNING))
    logging.getLogger(OURS).setLevel(level)
    # Texts of warnings quote values (pydicom's do): none is shown, here or as a log line.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    sys.excepthook = _tell
    threading.excepthook = lambda args: _tell(args.exc_type, args.exc_value, args.exc_traceback)


def _write_to(target: TextIO, level: int) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=True,
    )


class _Relay(logging.Handler):
    """Hands records of the standard library's logging on: ours as they are, others without their words."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger().bind(logger=record.name)
        method = getattr(log, record.levelname.lower(), log.error)
        if record.name.split(".")[0] == OURS:
            method(record.getMessage())
        else:
            method("library", at=f"{record.filename}:{record.lineno}")


class _Both:
    """Standard error and a file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def write(self, text: str) -> int:
        sys.stderr.write(text)
        return self._file.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
        self._file.flush()


def _tell(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    frames = traceback.extract_tb(trace)
    at = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    code = getattr(error, "code", "")
    structlog.get_logger("tirage").critical("crashed", error=kind.__name__, code=str(code), at=at)
