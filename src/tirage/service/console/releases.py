"""Answers `tirage.web.api.releases`."""

from typing import Any

import orjson
from sqlalchemy import Connection

from tirage.deliver.difference import changes
from tirage.deliver.release import label
from tirage.deliver.signing import Unfit, Voided, why_not
from tirage.flow.ledger.leaving import picture
from tirage.flow.steps import signing
from tirage.model.identifiers import Digest, ProjectName
from tirage.model.people import Permission, Who
from tirage.service.asking import ask
from tirage.service.build import Parts
from tirage.service.signing import VOID_WORDS, WORDS, desk
from tirage.service.vouching import TooManyTries, Vouching
from tirage.settings import Settings
from tirage.store import candidates, signatures
from tirage.store.candidates import CandidateRow
from tirage.store.database import reading
from tirage.web.api import releases as api
from tirage.web.api.paging import Page, cursor
from tirage.web.api.problems import Problem, forbidden, stale


class NodeReleases:
    """What is proposed to leave a node, and who signed it."""

    def __init__(self, settings: Settings, parts: Parts, vouching: Vouching) -> None:
        self._settings, self._parts, self._vouching = settings, parts, vouching

    def listed(self, who: Who, before: int | None, most: int) -> Page[api.ReleaseLine]:
        """Candidates of the projects `who` may see, the newest first."""
        projects = who.projects(Permission.SEE_RELEASES)
        with reading(self._parts.database) as connection:
            rows = candidates.listed(connection, projects, before, most + 1)
            lines = [api.ReleaseLine(**_line(connection, row)) for row in rows[:most]]
        return Page(items=lines, next=cursor([lines[-1].number]) if len(rows) > most else None)

    def release(self, who: Who, number: int) -> api.Release | None:
        """One candidate and everything people judge it by."""
        with reading(self._parts.database) as connection:
            row = self._row(connection, who, number)
            return None if row is None else self._release(connection, who, row)

    def ask(self, who: Who, project: str) -> api.Asked | None:
        """Ask for the project's next release."""
        name = ProjectName(project)
        if name not in self._parts.rules or not who.may(Permission.ASK_RELEASE, project):
            return None
        return api.Asked(outcome=ask(self._parts, name, who.account, "").value)

    def sign(self, who: Who, number: int, signature: api.Signature) -> api.Release | None:
        """Sign; raises `Problem` for whoever may not, and where anything has changed."""
        with reading(self._parts.database) as connection:
            row = self._row(connection, who, number)
        if row is None:
            return None
        self._check(who, row.project, signature.password)
        done = signing.sign(desk(self._parts), number, who.account, Digest(signature.statement))
        if isinstance(done, Voided):
            words = f"{VOID_WORDS[done]}: it is void, with every signature on it; a new one is proposed"
            raise Problem(409, "CANDIDATE_VOID", words)
        if done is Unfit.OTHER_STATEMENT:
            raise stale()
        if isinstance(done, Unfit):
            raise Problem(409, "NOT_YOURS_TO_SIGN", WORDS[done])
        return self.release(who, number)

    def refuse(self, who: Who, number: int, reason: str) -> api.Release | None:
        """Decline; raises `Problem` for what has ended before."""
        with reading(self._parts.database) as connection:
            row = self._row(connection, who, number)
        if row is None:
            return None
        if not who.may(Permission.SIGN_RELEASE, row.project):
            raise forbidden(Permission.SIGN_RELEASE)
        if not signing.refuse(desk(self._parts), number, who.account, reason.replace("\0", " ")):
            raise Problem(409, "NOT_YOURS_TO_SIGN", WORDS[Unfit.ENDED])
        return self.release(who, number)

    def manifest(self, who: Who, number: int) -> bytes | None:
        """The manifest of what was released; None while nothing was."""
        with reading(self._parts.database) as connection:
            row = self._row(connection, who, number)
        if row is None or row.release is None:
            return None
        path = self._settings.releases / row.project / label(row.version) / "manifest.json"
        return path.read_bytes() if path.is_file() else None

    def attrition(self, who: Who, number: int) -> str | None:
        """The attrition picture as SVG."""
        with reading(self._parts.database) as connection:
            row = self._row(connection, who, number)
        counts = _evidence(row).get("attrition") if row is not None else None
        return picture(counts, row.project, label(row.version)) if row is not None and counts else None

    def _release(self, connection: Connection, who: Who, row: CandidateRow) -> api.Release:
        you = _you(connection, who, row, confirms=self._vouching.asks(who.account))
        return _release(connection, row, you)

    def _row(self, connection: Connection, who: Who, number: int) -> CandidateRow | None:
        row = candidates.get(connection, number)
        return row if row is not None and who.may(Permission.SEE_RELEASES, row.project) else None

    def _check(self, who: Who, project: ProjectName, password: str) -> None:
        if not who.may(Permission.SIGN_RELEASE, project):
            raise forbidden(Permission.SIGN_RELEASE)
        if not self._vouching.asks(who.account):
            return
        try:
            is_confirmed = self._vouching.confirms(who.account, password)
        except TooManyTries as error:
            raise Problem(429, error.code, str(error)) from error
        if not is_confirmed:
            raise Problem(403, "NOT_CONFIRMED", "this is not your password; nothing was signed")


def _line(connection: Connection, row: CandidateRow) -> dict[str, Any]:
    given = sum(each.counts for each in signatures.listed(connection, row.id))
    return {
        "number": row.id,
        "project": row.project,
        "version": label(row.version),
        "state": row.state.value,
        "objects": row.objects,
        "size_bytes": row.size_bytes,
        "given": given,
        "needed": row.signatures,
        "requester": row.requester,
        "proposed_at": row.proposed_at,
        "ended_at": row.ended_at,
        "ended_by": row.ended_by,
        "why": VOID_WORDS.get(Voided(row.why), row.why) if row.why in list(Voided) else row.why,
    }


def _release(connection: Connection, row: CandidateRow, you: api.You) -> api.Release:
    evidence = _evidence(row)
    return api.Release(
        **_line(connection, row),
        statement=row.statement,
        policy=row.policy,
        terms=row.terms,
        words=row.words,
        evidence=api.Evidence.model_validate(evidence) if "counts" in evidence else None,
        signatures=[
            api.Given(
                account=each.account,
                signed_at=each.signed_at,
                statement=each.statement,
                voided_at=each.voided_at,
                why=each.why,
            )
            for each in signatures.listed(connection, row.id)
        ],
        before=_before(connection, row, evidence),
        you=you,
    )


def _you(connection: Connection, who: Who, row: CandidateRow, *, confirms: bool) -> api.You:
    if not who.may(Permission.SIGN_RELEASE, row.project):
        words = "Your roles do not include signing releases of this project."
        return api.You(may_sign=False, may_refuse=False, confirms=False, why_not="no-permission", words=words)
    unfit = why_not(signing.standing(connection, row), who.account)
    return api.You(
        may_sign=unfit is None,
        may_refuse=row.is_open,
        confirms=confirms,
        why_not=unfit.value if unfit else "",
        words=WORDS[unfit] if unfit else "",
    )


def _before(connection: Connection, row: CandidateRow, evidence: dict[str, Any]) -> api.Before | None:
    last = candidates.released_before(connection, row)
    if last is None:
        return None
    rules = _evidence(last).get("rules")
    differs = changes(rules, evidence["rules"]) if rules is not None and "rules" in evidence else None
    earlier = candidates.released_under(connection, row) if row.terms != last.terms else None
    return api.Before(
        version=label(last.version),
        changes=[api.Change(field=each.field, before=each.before, now=each.now) for each in differs]
        if differs is not None
        else None,
        returns_to=label(earlier.version) if earlier is not None else None,
    )


def _evidence(row: CandidateRow) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(row.evidence)
    return found
