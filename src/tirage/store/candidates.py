"""Candidates for a release: proposed with fixed members, signed, and then released, voided or refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update

from tirage.deliver.release import Attachment, Member
from tirage.deliver.signing import OPEN, CandidateState, Statement
from tirage.model.custody import Stage
from tirage.model.identifiers import Digest, PolicyDigest, ProjectName, ReceivedId
from tirage.model.outcomes import Disposition
from tirage.store import releases, work
from tirage.store.outputs import output_of
from tirage.store.prepared import upsert
from tirage.store.schema import custody, output, received
from tirage.store.signed import candidate, candidate_file, candidate_member, wish
from tirage.store.work import WorkKind

SYSTEM = "worker"
"""Asks where the project proposes releases by itself."""


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A candidate as recorded; times in microseconds, `evidence` is JSON."""

    id: int
    project: ProjectName
    version: int
    state: CandidateState
    policy: PolicyDigest
    terms: Digest
    members: Digest
    statement: Digest
    signatures: int
    objects: int
    size_bytes: int
    evidence: str
    requester: str
    proposed_at: int
    ended_at: int | None
    ended_by: str
    why: str
    words: str
    release: int | None

    @property
    def is_open(self) -> bool:
        """Whether it may still become a release."""
        return self.state in OPEN


def get(connection: Connection, number: int) -> CandidateRow | None:
    """The candidate of this number."""
    row = connection.execute(select(candidate).where(candidate.c.id == number)).one_or_none()
    return None if row is None else _row(row)


def of_release(connection: Connection, release: int) -> CandidateRow | None:
    """The candidate that became a release."""
    row = connection.execute(select(candidate).where(candidate.c.release_id == release)).one_or_none()
    return None if row is None else _row(row)


def newest(connection: Connection, project: ProjectName) -> CandidateRow | None:
    """The project's last candidate, whatever became of it."""
    query = select(candidate).where(candidate.c.project == project).order_by(candidate.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _row(row)


def current(connection: Connection, project: ProjectName) -> CandidateRow | None:
    """The project's candidate that may still become a release; there is never more than one."""
    last = newest(connection, project)
    return last if last is not None and last.is_open else None


def waiting(connection: Connection) -> list[CandidateRow]:
    """Every candidate that may still become a release, oldest first."""
    is_open = candidate.c.state.in_([each.value for each in OPEN])
    return [
        _row(row) for row in connection.execute(select(candidate).where(is_open).order_by(candidate.c.id))
    ]


def listed(
    connection: Connection, projects: frozenset[str] | None, before: int | None, most: int
) -> list[CandidateRow]:
    """Candidates of these projects (None: of all), the newest first, from `before` on."""
    query = select(candidate).order_by(candidate.c.id.desc()).limit(most)
    if projects is not None:
        query = query.where(candidate.c.project.in_(sorted(projects)))
    if before is not None:
        query = query.where(candidate.c.id < before)
    return [_row(row) for row in connection.execute(query)]


def released_before(connection: Connection, row: CandidateRow) -> CandidateRow | None:
    """The candidate that became the project's release before this one."""
    return _released(connection, row.project, candidate.c.id < row.id)


def last_released(connection: Connection, project: ProjectName) -> CandidateRow | None:
    """The candidate that became the project's last release."""
    return _released(connection, project)


def released_with(connection: Connection, project: ProjectName, terms: Digest) -> CandidateRow | None:
    """The last candidate that became a release under these rules."""
    return _released(connection, project, candidate.c.terms == terms)


def released_under(connection: Connection, row: CandidateRow) -> CandidateRow | None:
    """The last candidate before this one that became a release under the same rules."""
    return _released(connection, row.project, candidate.c.id < row.id, candidate.c.terms == row.terms)


def _released(
    connection: Connection, project: ProjectName, *conditions: ColumnElement[bool]
) -> CandidateRow | None:
    query = (
        select(candidate)
        .where(
            candidate.c.project == project,
            candidate.c.state == CandidateState.RELEASED.value,
            *conditions,
        )
        .order_by(candidate.c.id.desc())
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    return None if found is None else _row(found)


def propose(
    connection: Connection,
    statement: Statement,
    members: Sequence[Member],
    attachments: Sequence[Attachment],
    evidence: str,
    at: int,
) -> int:
    """Fix what a release would hold; the candidate's number."""
    number = _insert(connection, statement, members, attachments, evidence, at)
    releases.fill(
        connection, {"candidate_id": number}, members, attachments, candidate_member, candidate_file
    )
    return number


def note_unsigned(
    connection: Connection,
    statement: Statement,
    members: Sequence[Member],
    attachments: Sequence[Attachment],
    evidence: str,
    release: int,
    at: int,
) -> int:
    """Record what went out without anybody's signature; its members are those of the release."""
    number = _insert(connection, statement, members, attachments, evidence, at)
    end(connection, number, CandidateState.RELEASED, SYSTEM, at, release=release)
    return number


def _insert(
    connection: Connection,
    statement: Statement,
    members: Sequence[Member],
    attachments: Sequence[Attachment],
    evidence: str,
    at: int,
) -> int:
    row = {
        "project": statement.project,
        "version": statement.version,
        "state": CandidateState.PROPOSED.value,
        "policy": statement.policy,
        "terms": statement.terms,
        "members": statement.members,
        "statement": statement.digest,
        "signatures": statement.signatures,
        "objects": statement.objects,
        "size_bytes": sum(member.output.size_bytes for member in members)
        + sum(each.size_bytes for each in attachments),
        "evidence": evidence,
        "requester": statement.requester,
        "proposed_at": at,
        "ended_by": "",
        "why": "",
        "words": "",
    }
    return int(connection.execute(insert(candidate).returning(candidate.c.id), row).scalar_one())


def members(connection: Connection, row: CandidateRow) -> list[Member]:
    """What the release would hold, in order of path."""
    query = (
        select(output, received.c.digest.label("source"), candidate_member.c.name)
        .join(candidate_member, candidate_member.c.received_id == output.c.received_id)
        .join(received, received.c.id == output.c.received_id)
        .where(
            candidate_member.c.candidate_id == row.id,
            candidate_member.c.output_digest == output.c.digest,
            output.c.project == row.project,
            output.c.policy == row.policy,
        )
    )
    found = [
        Member(ReceivedId(each.received_id), output_of(each), each.name) for each in connection.execute(query)
    ]
    return sorted(found, key=lambda each: each.name)


def numbers(connection: Connection, number: int) -> list[ReceivedId]:
    """The objects that the release would hold."""
    query = select(candidate_member.c.received_id).where(candidate_member.c.candidate_id == number)
    return [ReceivedId(each) for each in connection.scalars(query.order_by(candidate_member.c.received_id))]


def attachments(connection: Connection, number: int) -> list[Attachment]:
    """The tables that would go along, in order of path."""
    query = (
        select(candidate_file).where(candidate_file.c.candidate_id == number).order_by(candidate_file.c.name)
    )
    return [Attachment(row.name, row.digest, row.size_bytes) for row in connection.execute(query)]


def changed(connection: Connection, row: CandidateRow) -> dict[str, int]:
    """How many of the members are no longer what was proposed, by what they are now; none when all are."""
    joined = candidate_member.outerjoin(
        custody,
        and_(custody.c.received_id == candidate_member.c.received_id, custody.c.project == row.project),
    )
    differs = or_(
        custody.c.disposition.is_(None),
        custody.c.disposition != Disposition.PENDING.value,
        custody.c.stage != Stage.DEIDENTIFIED.value,
        custody.c.policy.is_(None),
        custody.c.policy != row.policy,
        custody.c.output_digest.is_(None),
        custody.c.output_digest != candidate_member.c.output_digest,
        custody.c.release_id.is_not(None),
    )
    query = (
        select(custody.c.disposition, custody.c.reason, func.count().label("objects"))
        .select_from(joined)
        .where(candidate_member.c.candidate_id == row.id, differs)
        .group_by(custody.c.disposition, custody.c.reason)
    )
    return {(each.reason or each.disposition or "erased"): each.objects for each in connection.execute(query)}


def end(
    connection: Connection,
    number: int,
    state: CandidateState,
    by: str,
    at: int,
    *,
    why: str = "",
    words: str = "",
    release: int | None = None,
) -> bool:
    """Record what became of an open candidate; False when it had ended before."""
    is_open = candidate.c.state.in_([each.value for each in OPEN])
    values = {
        "state": state.value,
        "ended_at": at,
        "ended_by": by,
        "why": why,
        "words": words,
        "release_id": release,
    }
    changing = update(candidate).where(candidate.c.id == number, is_open).values(values)
    return connection.execute(changing).rowcount == 1


def mark_signed(connection: Connection, number: int) -> None:
    """Record that enough people have signed."""
    changing = update(candidate).where(
        candidate.c.id == number, candidate.c.state == CandidateState.PROPOSED.value
    )
    connection.execute(changing.values(state=CandidateState.SIGNED.value))


# --- who asked --------------------------------------------------------------------------------------------


def ask(connection: Connection, project: ProjectName, requester: str, at: int) -> bool:
    """Record that somebody wants the project's next release; False when it is wanted already."""
    if not work.request(connection, WorkKind.RELEASE, project, at):
        return False
    row = {"project": project, "requester": requester, "asked_at": at}
    statement = upsert(wish)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["project"],
            set_={"requester": statement.excluded.requester, "asked_at": statement.excluded.asked_at},
        ),
        row,
    )
    return True


def requester(connection: Connection, project: ProjectName) -> str:
    """Who asked for the project's next release; `SYSTEM` when nobody did."""
    found = connection.execute(select(wish.c.requester).where(wish.c.project == project)).scalar()
    return found or SYSTEM


def fulfil(connection: Connection, project: ProjectName) -> None:
    """Strike off the wish for the project's next release."""
    work.fulfil(connection, WorkKind.RELEASE, project)
    connection.execute(delete(wish).where(wish.c.project == project))


def _row(row: Row[*tuple[object, ...]]) -> CandidateRow:
    return CandidateRow(
        row.id,
        ProjectName(row.project),
        row.version,
        CandidateState(row.state),
        PolicyDigest(row.policy),
        row.terms,
        row.members,
        row.statement,
        row.signatures,
        row.objects,
        row.size_bytes,
        row.evidence,
        row.requester,
        row.proposed_at,
        row.ended_at,
        row.ended_by,
        row.why,
        row.words,
        row.release_id,
    )
