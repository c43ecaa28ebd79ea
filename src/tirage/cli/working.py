"""A node's work as a command shows it: how far it has come, and what of it failed."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tirage.errors import Transient

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from tirage.service import Failure
    from tirage.service import Node as OpenNode

PATIENCE_S = 7 * 24 * 3600.0


class WorkFailed(Transient):
    """Some of the work failed; what it was about is kept, pending."""

    code = "WORK_FAILED"
    remedy = (
        "Look the codes up in docs/errors.md, run `tirage doctor`, then the same command again: "
        "it goes on where it stopped. A serving node tries again by itself."
    )


class WorkStalled(Transient):
    """The node has the work and does not go on with it."""

    code = "WORK_STALLED"
    remedy = (
        "Look into the log of `tirage serve`. It knows the projects that were there when it started: "
        "restart it after adding one."
    )


def bar(opened: "OpenNode", progress: "Bars", title: str, project: str = "") -> Callable[[object], None]:
    """What moves a new bar over the node's objects, or over those of one project.

    Objects that wait for somebody to ask for their release, or to sign it, are done with.
    """
    task = progress.add_task(title, total=None)

    def advance(_: object) -> None:
        tallies = [tally for name, tally in opened.tallies().items() if project in ("", name)]
        total = sum(tally.received for tally in tallies)
        waiting = sum(count for name, count in opened.awaiting().items() if project in ("", name))
        waiting += sum(each.objects for each in opened.proposals() if project in ("", each.project))
        left = sum(tally.pending for tally in tallies) - waiting
        progress.update(task, completed=total - left, total=total)

    return advance


def judge(failures: "Sequence[Failure]", is_done: bool) -> None:
    """Raise `WorkFailed` when something failed, `WorkStalled` when not everything was done."""
    if failures:
        listed = (
            f"{each.kind}: {each.runs} {'run' if each.runs == 1 else 'runs'} failed with "
            f"{each.error or 'no answer'}"
            for each in failures
        )
        raise WorkFailed("; ".join(listed))
    if not is_done:
        raise WorkStalled("not everything was done in the time there was")
