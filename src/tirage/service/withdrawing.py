"""Calling back what was released: whose, who has copies, who was told."""

from dataclasses import dataclass

from tirage.errors import Permanent
from tirage.flow.steps import withdraw
from tirage.model.identifiers import ProjectName
from tirage.model.withdrawals import Cause
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts
from tirage.store import times, withdrawals
from tirage.store.database import reading
from tirage.store.withdrawals import Copy, Study, Withdrawal


class NothingReleased(Permanent):
    """Nothing that could be called back is released under this name."""

    code = "NOTHING_RELEASED"
    exit_code = 65
    remedy = (
        "Give the pseudonym or the study UID as the release has it; what was called back before stays so."
    )


@dataclass(frozen=True, slots=True)
class Called:
    """A withdrawal with its studies, every copy of them, and what each destination answered."""

    withdrawal: Withdrawal
    studies: tuple[Study, ...]
    copies: tuple[Copy, ...]
    told: dict[str, str]


def listed(parts: Parts, project: ProjectName | None = None) -> list[Called]:
    """Withdrawals, the newest first, of one project when asked for."""
    with reading(parts.database) as connection:
        return [
            Called(
                each,
                tuple(withdrawals.studies(connection, each.id)),
                tuple(withdrawals.copies(connection, each.id)),
                withdrawals.noted(connection, each.id),
            )
            for each in withdrawals.listed(connection, project)
        ]


def recall(
    parts: Parts, project: ProjectName, subject: str | None, study: str | None, why: str, account: str
) -> Called:
    """Call back a subject, or one study, by the names the release has; raises `NothingReleased`."""
    if project not in parts.rules:
        raise ProjectUnknown(f"no project is called {project}")
    with reading(parts.database) as connection:
        found = withdrawals.released(connection, project, subject=subject, study=study)
    at = times.micros(times.now())
    made = (
        withdraw.withdraw(parts.database, project, found, Cause.RECALL, why, account, at) if found else None
    )
    if made is None:
        raise NothingReleased(f"{project} has released nothing of it that was not called back")
    return next(each for each in listed(parts, project) if each.withdrawal.id == made.id)
