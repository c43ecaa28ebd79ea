"""Sign or refuse a proposed release by command: by account and password, as at the console."""

from typing import NoReturn

from sqlalchemy import Connection

from tirage.deliver.release import label
from tirage.deliver.signing import Unfit, Voided
from tirage.errors import Permanent
from tirage.flow.steps import signing
from tirage.flow.steps.signing import Desk, Signed
from tirage.model.identifiers import ProjectName
from tirage.model.people import Permission
from tirage.service.build import Parts
from tirage.service.reports import Proposal
from tirage.service.vouching import Vouching
from tirage.store import candidates, signatures, times
from tirage.store.candidates import CandidateRow
from tirage.store.database import reading

WORDS = {
    Unfit.ENDED: "It has been decided already.",
    Unfit.OTHER_STATEMENT: "It has changed since you looked.",
    Unfit.ASKED_FOR_IT: "You asked for it: somebody else signs.",
    Unfit.REVIEWED_LAST: "You were the last to review it: somebody else signs.",
    Unfit.HAS_SIGNED: "You have signed it; the next signature is another person's.",
}
"""Why somebody may not sign, for a person."""

VOID_WORDS = {
    Voided.RULES_CHANGED: "the project's rules changed",
    Voided.OBJECTS_CHANGED: "objects of it changed",
    Voided.OPTED_OUT: "a patient opted out",
    Voided.PROJECT_EXPIRED: "the approval ran out",
    Voided.SAMPLE_FAILED: "a reviewer found a leak",
}
"""What made signatures void, for a person."""


class NotConfirmed(Permanent):
    """Password and code are not those of the account."""

    code = "NOT_CONFIRMED"
    exit_code = 77
    remedy = "Give the account's own password and its code of this moment. Each try is counted."


class NothingProposed(Permanent):
    """The project has no release that waits for signatures."""

    code = "NOTHING_PROPOSED"
    exit_code = 66
    remedy = "`tirage status` says what waits. `tirage release make PROJECT` asks for a release."


class NotYoursToSign(Permanent):
    """The account may not sign this release: its roles, or its own part in it, forbid it."""

    code = "NOT_YOURS_TO_SIGN"
    exit_code = 77
    remedy = "Have another approver of the project sign it."


class CandidateVoid(Permanent):
    """Something of the proposed release changed, so that every signature on it is void."""

    code = "CANDIDATE_VOID"
    exit_code = 75
    remedy = "Look at what is proposed anew, and sign that."


def proposals(connection: Connection) -> list[Proposal]:
    """What waits for signatures, or has them and is being made."""
    return [
        Proposal(
            row.project,
            label(row.version),
            row.id,
            row.objects,
            row.statement,
            sum(each.counts for each in signatures.listed(connection, row.id)),
            row.signatures,
            row.requester,
        )
        for row in candidates.waiting(connection)
    ]


def desk(parts: Parts) -> Desk:
    """What a command or the console signs with: the rules as the files say now."""
    parts.rules.look(now=True)
    return Desk(parts.database, parts.rules, parts.lists, times.now)


def sign(
    parts: Parts, vouching: Vouching, project: ProjectName, account: str, shown: tuple[str, str]
) -> Signed:
    """Sign what is proposed for the project; `shown` are password and code.

    Raises one of this module's errors when that cannot be.
    """
    row = _allowed(parts, vouching, project, account, shown)
    done = signing.sign(desk(parts), row.id, account, row.statement)
    if isinstance(done, Voided):
        raise CandidateVoid(f"{project} {label(row.version)} is void: {VOID_WORDS[done]}")
    if isinstance(done, Unfit):
        raise NotYoursToSign(WORDS[done].rstrip("."))
    return done


def refuse(
    parts: Parts, vouching: Vouching, project: ProjectName, account: str, shown: tuple[str, str], words: str
) -> None:
    """Decline what is proposed for the project."""
    row = _allowed(parts, vouching, project, account, shown)
    if not signing.refuse(desk(parts), row.id, account, words):
        _nothing(project)


def _allowed(
    parts: Parts, vouching: Vouching, project: ProjectName, account: str, shown: tuple[str, str]
) -> CandidateRow:
    """What is proposed, for an account that may sign it."""
    who = vouching.who(account, *shown)
    if who is None:
        raise NotConfirmed("account, password and code do not belong together")
    if not who.may(Permission.SIGN_RELEASE, project):
        raise NotYoursToSign(f"the roles of the account do not include signing releases of {project}")
    with reading(parts.database) as connection:
        row = candidates.current(connection, project)
    return row if row is not None else _nothing(project)


def _nothing(project: ProjectName) -> NoReturn:
    raise NothingProposed(f"nothing of {project} waits for a signature")
