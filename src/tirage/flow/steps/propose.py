"""Propose a release: fix what it would hold and the numbers people judge it by, before anybody signs.

What must not leave is sifted out first; then the numbers are worked out by reading alone; then one
transaction makes the candidate, if every member is still what it was.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from tirage.acquire.optout import OptOuts
from tirage.deliver.arrange import arrange
from tirage.deliver.release import Attachment, Member, choose
from tirage.deliver.signing import Statement, list_digest
from tirage.errors import Transient
from tirage.faults import reach
from tirage.flow.context import Context, Rules
from tirage.flow.steps import consent, review, verdicts
from tirage.flow.steps.evidence import gather
from tirage.model.identifiers import Digest, ProjectName, short
from tirage.model.outcomes import Held
from tirage.model.reasons import HoldReason
from tirage.store import audit, candidates, optouts, outputs, releases
from tirage.store.audit import Line
from tirage.store.database import repeated
from tirage.store.times import micros


class CandidateMoved(Transient):
    """An object changed while its release was being proposed."""

    code = "CANDIDATE_MOVED"
    remedy = "Nothing to do: the release is proposed anew with what is ready then."


def propose(context: Context, name: ProjectName, after: int) -> int:
    """Propose the project's next release; the candidate's number, or 0 when there is nothing to propose.

    `after` is the number of the project's last candidate: where there is a later one, that is the answer.
    """
    rules, now = context.rules_of(name), context.clock()
    opted_out = optouts.read(context.lists, rules.project)

    def first(connection: Connection) -> int | tuple[list[Member], list[Attachment], int]:
        last = candidates.newest(connection, name)
        if last is not None and last.id > after:
            return last.id
        if not rules.project.is_expired(now.date()) and not review.is_done(connection, name, rules):
            return 0
        members = sift(connection, name, rules, opted_out, now)
        if not members:
            candidates.fulfil(connection, name)
            return 0
        version = releases.next_version(connection, name)
        return members, releases.unreleased_tables(connection, name), version

    found = repeated(context.database, first)
    if isinstance(found, int):
        return found
    members, tables, version = found
    evidence = gather(context, rules, members)

    def second(connection: Connection) -> int:
        last = candidates.newest(connection, name)
        if last is not None and last.id > after:
            return last.id
        requester = candidates.requester(connection, name)
        said = statement(rules, version, members, tables, evidence, requester)
        at = context.micros()
        number = candidates.propose(connection, said, members, tables, evidence, at)
        made = candidates.get(connection, number)
        assert made is not None
        if candidates.changed(connection, made) or releases.next_version(connection, name) != version:
            raise CandidateMoved(f"objects of {name} changed meanwhile")
        candidates.fulfil(connection, name)
        detail: audit.Detail = {
            "project": name,
            "version": version,
            "objects": len(members),
            "policy": short(rules.profile.digest),
            "statement": said.digest,
            "signatures": rules.signatures,
        }
        audit.append(connection, [Line(requester, "propose-release", f"candidate:{number}", detail)], at)
        reach("propose:before-commit")
        return number

    number = repeated(context.database, second)
    reach("propose:after-commit")
    return number


def sift(
    connection: Connection, name: ProjectName, rules: Rules, opted_out: OptOuts, now: datetime
) -> list[Member]:
    """What a release made now would hold; what must not leave goes no further, each with its reason."""
    at = micros(now)
    waiting = outputs.candidates(connection, name, rules.profile.digest)
    waiting = consent.without_opted_out(connection, name, waiting, opted_out, at)
    if rules.project.is_expired(now.date()):
        expired = [(each.received, Held(HoldReason.PROJECT_EXPIRED)) for each in waiting]
        verdicts.record(connection, name, expired, at)
        return []
    taken = releases.names(connection, name, [arrange(each.output) for each in waiting])
    members, held = choose(waiting, taken)
    verdicts.record(connection, name, held, at)
    return members


def statement(
    rules: Rules,
    version: int,
    members: Sequence[Member],
    tables: Sequence[Attachment],
    evidence: str,
    requester: str,
) -> Statement:
    """What is signed of a release that would hold this."""
    return Statement(
        project=rules.project.name,
        version=version,
        policy=rules.profile.digest,
        terms=rules.terms,
        members=list_digest(members, tables),
        evidence=Digest(hashlib.sha256(evidence.encode()).hexdigest()),
        objects=len(members),
        requester=requester,
        signatures=rules.signatures,
    )
