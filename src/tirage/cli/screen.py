"""How things look on a terminal of 80 columns, and as JSON for programs."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from shutil import which
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from tirage.model.records import Tally

PATIENCE_S = 2.0
"""No bar is shown for what takes no longer."""

EXPLAINED = {
    "released": "de-identified, verified, in a release",
    "held": "waiting for a person",
    "rejected": "not wanted by the project",
    "quarantined": "cannot be trusted as DICOM",
    "pending": "still on their way",
}
COLOURS = {"released": "green", "held": "yellow", "rejected": "cyan", "quarantined": "red", "pending": "blue"}


def console() -> "Console":
    """Standard output for people."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


def command() -> str:
    """How this program was called, for commands that are shown to be copied: `tirage` or its path."""
    called = sys.argv[0]
    return "tirage" if which("tirage") == called or not called.endswith("tirage") else called


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json_text(value))


def json_text(value: Any) -> str:
    """One JSON document, to be read by people too."""
    return json.dumps(value, ensure_ascii=False, default=str, indent=2) + "\n"


def bars(target: "Console", *, hidden: bool = False, rate: str = "") -> "Progress":
    """Progress bars with counts and elapsed time; only their last state when not on a terminal.

    `rate` names what is counted, for work that takes long: its rate and the time left are shown, too.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """How many in a minute."""

        def render(self, task: Task) -> Text:
            return Text(f"{60 * task.speed:,.0f} {rate}/min" if task.speed else "", style="dim")

    extra: list[ProgressColumn] = [Rate(), TextColumn("left"), TimeRemainingColumn()] if rate else []
    return Progress(
        TextColumn("  {task.description:<15}"),
        BarColumn(bar_width=None if rate else 36),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        *extra,
        console=target,
        disable=hidden,
    )


@contextmanager
def late_bar(title: str, *, hidden: bool = False) -> Iterator[Callable[[int, int], None]]:
    """What moves a bar to so many of so many (0: unknown), which is shown once the work takes two seconds."""
    from rich.console import Console

    progress = bars(Console(stderr=True), hidden=hidden)
    task = progress.add_task(title, total=None)
    started = monotonic()

    def advance(done: int, total: int) -> None:
        if not progress.live.is_started and monotonic() - started > PATIENCE_S:
            progress.start()
        progress.update(task, completed=done, total=total or None)

    try:
        yield advance
    finally:
        progress.stop()


def print_tally(target: "Console", tally: "Tally") -> None:
    """Where a project's objects stand: each disposition, its reasons below it, the sum at the end."""
    from rich.table import Table

    from tirage.model.advice import meaning

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 1))
    table.add_column(min_width=13, no_wrap=True)
    table.add_column(justify="right", min_width=6)
    table.add_column()
    for name, explained in EXPLAINED.items():
        count = getattr(tally, name)
        if name == "pending" and not count:
            continue
        style = COLOURS[name] if count else "dim"
        table.add_row(f"  {name}", f"{count:,}", explained, style=style)
        for reason, number in sorted(tally.reasons.items(), key=lambda item: -item[1]):
            if number and disposition(reason) == name:
                table.add_row("", f"{number:,}", f"  {reason:<21} {meaning(reason)}")
    sign = "=" if tally.is_conserved else "≠"
    words = (
        "received: every object is accounted for"
        if tally.is_conserved
        else "received: THE SUM DOES NOT MATCH"
    )
    table.add_row(
        "", f"{tally.received:,}", f"{sign} {words}", style="bold" if tally.is_conserved else "bold red"
    )
    target.print(table)


def print_awaiting(target: "Console", project: str, count: int) -> None:
    """That so many objects of a project wait until someone asks for its release."""
    noun = "verified object waits" if count == 1 else "verified objects wait"
    target.print(f"  {count:,} {noun} for `tirage release make {project}`.", soft_wrap=True)


def disposition(reason: str) -> str:
    """The disposition a reason of that name puts an object into; empty for an unknown one."""
    from tirage.model.outcomes import disposition_of
    from tirage.model.reasons import HoldReason, QuarantineReason, RejectReason

    for kind in (QuarantineReason, HoldReason, RejectReason):
        if reason in kind.__members__:
            return str(disposition_of(kind[reason]))
    return ""


def tally_json(tally: "Tally") -> dict[str, Any]:
    """A tally as JSON."""
    from dataclasses import asdict

    return asdict(tally) | {"conserved": tally.is_conserved}


def print_rows(target: "Console", headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """A plain table with headings and no frame."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    target.print(table)


def size_words(size_bytes: int) -> str:
    """A size a person can read: 12.3 MB."""
    size, unit = float(size_bytes), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"


def by_name(values: Mapping[str, int]) -> str:
    """Counts in a row: `3 delivered, 1 failed`."""
    return ", ".join(f"{count:,} {name}" for name, count in values.items() if count)
