"""Answers `tirage.web.api.withdrawals`."""

from dataclasses import asdict

from tirage.model.identifiers import ProjectName
from tirage.model.people import Permission, Who
from tirage.service import withdrawing
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts
from tirage.service.withdrawing import Called, NothingReleased
from tirage.web.api.problems import not_found
from tirage.web.api.withdrawals import Copy, Recalling, Withdrawal, WithdrawnStudy


class NodeWithdrawals:
    """What this node's projects called back."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def listed(self, who: Who) -> list[Withdrawal]:
        """What was called back in the projects that `who` may see, the newest first."""
        return [
            _shown(each)
            for each in withdrawing.listed(self._parts)
            if who.may(Permission.SEE_RELEASES, each.withdrawal.project)
        ]

    def recall(self, who: Who, wanted: Recalling) -> Withdrawal:
        """Call studies back."""
        if not who.may(Permission.ASK_RELEASE, wanted.project):
            raise not_found("project")
        try:
            made = withdrawing.recall(
                self._parts,
                ProjectName(wanted.project),
                wanted.subject,
                wanted.study,
                wanted.why.strip(),
                who.account,
            )
        except (ProjectUnknown, NothingReleased):
            raise not_found("released study") from None
        return _shown(made)


def _shown(called: Called) -> Withdrawal:
    each = called.withdrawal
    return Withdrawal(
        id=each.id,
        project=each.project,
        number=each.number,
        cause=each.cause.value,
        why=each.why,
        made_by=each.made_by,
        made_at=each.made_at,
        studies=[WithdrawnStudy(**asdict(one)) for one in called.studies],
        copies=[Copy(**asdict(one)) for one in called.copies],
        told=called.told,
    )
