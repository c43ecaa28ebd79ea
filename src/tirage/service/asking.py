"""Ask for a project's next release; the word is kept with the name of who gave it."""

from sqlalchemy import Connection

from tirage.deliver.signing import CandidateState
from tirage.errors import Permanent
from tirage.flow.context import Rules
from tirage.flow.due import is_made_unasked
from tirage.model.identifiers import ProjectName, short
from tirage.service.build import Parts
from tirage.service.reports import Asked
from tirage.store import audit, candidates, outputs, releases, studies, times, work
from tirage.store.audit import Line
from tirage.store.database import repeated
from tirage.store.releases import ReleaseState
from tirage.store.work import WorkKind


class ProjectUnknown(Permanent):
    """The node has no project of that name."""

    code = "PROJECT_UNKNOWN"
    exit_code = 66
    remedy = "Name a project of the node: `tirage status` lists them, its projects folder holds their files."


class NameNoSignature(Permanent):
    """The project's releases are signed by people who show who they are; a name alone signs nothing."""

    code = "NAME_NO_SIGNATURE"
    exit_code = 77
    remedy = (
        "Leave `--by` out: the release is proposed, and signed at the console or with `tirage release sign`."
    )


def ask(parts: Parts, name: ProjectName, account: str, signer: str) -> Asked:
    """Record that the project's next release is asked for, by whom, and who signs it, in one transaction.

    `account` is who asks, `signer` a member of staff whose name the audit keeps where no signature is needed.
    Nothing is recorded when there is nothing to release, or when it is asked for or proposed already.
    """
    rules = parts.rules.get(name)
    if rules is None:
        raise ProjectUnknown(f"no project {name} on this node")
    if rules.signatures and signer:
        raise NameNoSignature(f"a release of {name} is signed by account")
    detail: dict[str, str | int] = {"account": account, "policy": short(rules.profile.digest)}
    if signer:
        detail["signed"] = signer

    def unit(connection: Connection) -> Asked:
        if candidates.current(connection, name) is not None:
            return Asked.ALREADY
        waiting = outputs.unreleased(connection, name, rules.profile.digest)
        if not waiting and not studies.is_working(connection, name, rules.profile.digest):
            is_frozen = bool(releases.listed(connection, name, ReleaseState.FROZEN))
            return Asked.ALREADY if is_frozen else Asked.NOTHING
        at = times.micros(times.now())
        if not candidates.ask(connection, name, account, at):
            return Asked.ALREADY
        counted = detail | {"objects": waiting.objects if waiting else 0}
        audit.append(connection, [Line(account, "request-release", f"project:{name}", counted)], at)
        return Asked.ASKED

    return repeated(parts.database, unit)


def is_answered(connection: Connection, name: ProjectName) -> bool:
    """Whether nobody waits for the node: no release is asked for, signed and not made, or half-made."""
    is_asked = name in work.requested(connection, WorkKind.RELEASE)
    row = candidates.current(connection, name)
    if row is not None and row.state is CandidateState.SIGNED:
        return False
    return not is_asked and not releases.listed(connection, name, ReleaseState.FROZEN)


def awaiting(connection: Connection, name: ProjectName, rules: Rules) -> int:
    """How many verified objects wait until someone asks for the project's release."""
    last = candidates.newest(connection, name)
    if last is not None and last.is_open:
        return 0
    if is_made_unasked(rules, last) or name in work.requested(connection, WorkKind.RELEASE):
        return 0
    waiting = outputs.unreleased(connection, name, rules.profile.digest)
    return waiting.objects if waiting else 0
