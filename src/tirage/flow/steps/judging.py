"""Judge again what archives answered: after a decision, and whenever fetching is asked for.

A filter, a list of descriptions or an opt-out list may have changed since the archive was asked.
"""

from sqlalchemy import Connection

from tirage.acquire.optout import OptOuts
from tirage.flow.steps.resolve import want
from tirage.model.requests import Verdict
from tirage.policy.fields import Project
from tirage.store import fetches, judged

CHANGEABLE = judged.WAITING | {
    Verdict.WANTED,
    Verdict.MODALITY,
    Verdict.MANUFACTURER,
    Verdict.TOO_FEW_INSTANCES,
}
"""Verdicts that the record is enough to give anew (`store.judged`)."""


def judge_again(connection: Connection, project: Project, opted_out: OptOuts, at: int) -> None:
    """Want the studies that are wanted by now, and no more those that are not."""
    changed = judged.rejudge(connection, project, opted_out, CHANGEABLE)
    taken = [each.study for each in changed if each.verdict is Verdict.WANTED]
    dropped = [each.study for each in changed if each.verdict is not Verdict.WANTED]
    fetches.withdraw(connection, project.name, dropped, at)
    fetches.restore(connection, project.name, taken, at)
    want(connection, project.name, project, at)
