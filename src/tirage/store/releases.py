"""Releases: frozen first, written next, complete last; a version once frozen never changes its members."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, Table, distinct, func, insert, select, union, update

from tirage.deliver.release import Attachment, Member
from tirage.model.custody import Stage
from tirage.model.identifiers import Digest, PolicyDigest, ProjectName, ReceivedId, Uid
from tirage.model.outcomes import Disposition
from tirage.store.outputs import output_of
from tirage.store.prepared import pages
from tirage.store.reconciled import output_before
from tirage.store.requested import cohort, cohort_file, release_file
from tirage.store.schema import custody, output, received, release, release_member


class ReleaseState(StrEnum):
    """How far a release has come."""

    FROZEN = "frozen"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release as recorded; times in microseconds, `manifest` the digest of its `manifest.json`.

    `files` counts its objects and the tables that go with them, `lists` what describes and seals them.
    """

    id: int
    project: ProjectName
    version: int
    state: ReleaseState
    policy: PolicyDigest
    members: int
    files: int
    size_bytes: int
    frozen_at: int
    manifest: Digest | None
    lists: int


def next_version(connection: Connection, project: ProjectName) -> int:
    """The version the project's next release will have."""
    newest = select(func.max(release.c.version)).where(release.c.project == project)
    return (connection.execute(newest).scalar() or 0) + 1


def find(connection: Connection, project: ProjectName, version: int) -> ReleaseRow | None:
    """The project's release of this version."""
    query = _RELEASES.where(release.c.project == project, release.c.version == version)
    row = connection.execute(query).one_or_none()
    return None if row is None else _release(row)


def get(connection: Connection, number: int) -> ReleaseRow:
    """The release of this number."""
    return _release(connection.execute(_RELEASES.where(release.c.id == number)).one())


def listed(
    connection: Connection, project: ProjectName | None = None, state: ReleaseState | None = None
) -> list[ReleaseRow]:
    """Releases, oldest first, of one project or in one state when asked for."""
    query = _RELEASES.order_by(release.c.id)
    if project is not None:
        query = query.where(release.c.project == project)
    if state is not None:
        query = query.where(release.c.state == state.value)
    return [_release(row) for row in connection.execute(query)]


def newest(connection: Connection, project: ProjectName) -> int:
    """The number of the project's last complete release; 0 before there is one."""
    is_complete = (release.c.project == project) & (release.c.state == ReleaseState.COMPLETE.value)
    return connection.execute(select(func.max(release.c.id)).where(is_complete)).scalar() or 0


def freeze(
    connection: Connection,
    project: ProjectName,
    version: int,
    policy: PolicyDigest,
    members: Sequence[Member],
    attachments: Sequence[Attachment],
    lists: int,
    at: int,
) -> int:
    """Fix what the version holds, beside as many files as `lists` says; the release's number."""
    row = {
        "project": project,
        "version": version,
        "state": ReleaseState.FROZEN.value,
        "policy": policy,
        "members": len(members),
        "size_bytes": sum(member.output.size_bytes for member in members)
        + sum(each.size_bytes for each in attachments),
        "frozen_at": at,
        "lists": lists,
    }
    number = connection.execute(insert(release).returning(release.c.id), row).scalar_one()
    fill(connection, {"release_id": number}, members, attachments, release_member, release_file)
    numbers = [member.received for member in members]
    for page in pages(numbers):
        connection.execute(
            update(custody)
            .where(custody.c.project == project, custody.c.received_id.in_(page))
            .values(release_id=number)
        )
    return int(number)


def fill(
    connection: Connection,
    whose: Mapping[str, int],
    members: Sequence[Member],
    attachments: Sequence[Attachment],
    into: Table,
    beside: Table,
) -> None:
    """Record objects in the table `into` and files in `beside`; `whose` names the column and its number."""
    rows = [
        {
            **whose,
            "received_id": member.received,
            "output_digest": member.output.digest,
            "name": member.name,
        }
        for member in members
    ]
    connection.execute(insert(into), rows)
    if attachments:
        files = [
            {**whose, "name": each.name, "digest": each.digest, "size_bytes": each.size_bytes}
            for each in attachments
        ]
        connection.execute(insert(beside), files)


def members(connection: Connection, number: int, wanted: Sequence[ReceivedId] | None = None) -> list[Member]:
    """What the release holds, in order of path; only `wanted` of it when these are named."""
    kept = get(connection, number)
    # What was made anew since under another link is kept aside, for the releases that hold it; where that was
    # taken back, the same bytes stand in both.
    rows: dict[str, Member] = {}
    for table in (output, output_before):
        query = (
            select(table, received.c.digest.label("source"), release_member.c.name)
            .join(
                release_member,
                (release_member.c.received_id == table.c.received_id)
                & (release_member.c.output_digest == table.c.digest),
            )
            .join(received, received.c.id == table.c.received_id)
            .where(
                release_member.c.release_id == number,
                table.c.project == kept.project,
                table.c.policy == kept.policy,
            )
        )
        for page in [None] if wanted is None else pages(wanted):
            found = query if page is None else query.where(release_member.c.received_id.in_(page))
            for row in connection.execute(found):
                rows[row.name] = Member(ReceivedId(row.received_id), output_of(row), row.name)
    return [rows[name] for name in sorted(rows)]


def paths(connection: Connection, number: int) -> list[tuple[str, ReceivedId]]:
    """The path of each object of the release, in order."""
    query = select(release_member.c.name, release_member.c.received_id)
    rows = connection.execute(query.where(release_member.c.release_id == number))
    return sorted((row.name, ReceivedId(row.received_id)) for row in rows)


def before(connection: Connection, number: int, studies: Iterable[Uid]) -> dict[Uid, int]:
    """How many objects earlier versions hold of each of these studies; a study of which none is left out."""
    kept = get(connection, number)
    found: dict[Uid, set[str]] = {}
    for page in pages(sorted(studies)):
        for table in (output, output_before):
            query = (
                select(table.c.study, release_member.c.name)
                .join(
                    release_member,
                    (release_member.c.received_id == table.c.received_id)
                    & (release_member.c.output_digest == table.c.digest),
                )
                .join(release, release.c.id == release_member.c.release_id)
                .where(
                    release.c.project == kept.project,
                    release.c.version < kept.version,
                    table.c.project == kept.project,
                    table.c.policy == release.c.policy,
                    table.c.study.in_(page),
                )
            )
            for row in connection.execute(query):
                found.setdefault(Uid(row.study), set()).add(row.name)
    return {study: len(names) for study, names in found.items()}


def attachments(connection: Connection, number: int) -> list[Attachment]:
    """The tables that go with the release, in order of path."""
    query = select(release_file).where(release_file.c.release_id == number).order_by(release_file.c.name)
    return [Attachment(row.name, row.digest, row.size_bytes) for row in connection.execute(query)]


def unreleased_tables(connection: Connection, project: ProjectName) -> list[Attachment]:
    """The public tables of the project's cohorts that no release holds, each under its cohort's version."""
    query = (
        select(cohort.c.version, cohort_file.c.name, cohort_file.c.digest, cohort_file.c.size_bytes)
        .join(cohort, cohort.c.id == cohort_file.c.cohort_id)
        .where(cohort.c.project == project)
        .order_by(cohort.c.version, cohort_file.c.name)
    )
    known = select(release_file.c.name).join(release, release.c.id == release_file.c.release_id)
    released = set(connection.execute(known.where(release.c.project == project)).scalars())
    found = [
        Attachment(f"tables/{row.version:04d}/{row.name}", row.digest, row.size_bytes)
        for row in connection.execute(query)
    ]
    return [each for each in found if each.name not in released]


def names(connection: Connection, project: ProjectName, wanted: Sequence[str]) -> dict[str, Digest]:
    """Those of the paths in `wanted` that a release of the project holds, and with which object."""
    found: dict[str, Digest] = {}
    for page in pages(wanted):
        query = (
            select(release_member.c.name, release_member.c.output_digest)
            .join(release, release.c.id == release_member.c.release_id)
            .where(release.c.project == project, release_member.c.name.in_(page))
        )
        found |= {row.name: row.output_digest for row in connection.execute(query)}
    return found


def complete(connection: Connection, number: int, manifest: Digest, at: int) -> bool:
    """Record that the release stands on disk, and that its objects are released; False when it was known."""
    is_frozen = (release.c.id == number) & (release.c.state == ReleaseState.FROZEN.value)
    changes = {"state": ReleaseState.COMPLETE.value, "manifest_digest": manifest, "completed_at": at}
    if connection.execute(update(release).where(is_frozen).values(changes)).rowcount == 0:
        return False
    connection.execute(
        update(custody)
        .where(custody.c.release_id == number, custody.c.disposition == Disposition.PENDING.value)
        .values(stage=Stage.RELEASED.value, disposition=Disposition.RELEASED.value, reason="", updated_at=at)
    )
    return True


def patients(connection: Connection, number: int) -> int:
    """How many patients the release is about."""
    kept = get(connection, number)
    of_both = union(
        *(
            select(table.c.pseudonym)
            .join(
                release_member,
                (release_member.c.received_id == table.c.received_id)
                & (release_member.c.output_digest == table.c.digest),
            )
            .where(
                release_member.c.release_id == number,
                table.c.project == kept.project,
                table.c.policy == kept.policy,
            )
            for table in (output, output_before)
        )
    ).subquery()
    return connection.execute(select(func.count(distinct(of_both.c.pseudonym)))).scalar_one()


# Receipts are kept by digest: two tables of the same bytes are one file to a destination.
_TABLES = (
    select(func.count(distinct(release_file.c.digest)))
    .where(release_file.c.release_id == release.c.id)
    .scalar_subquery()
)
_RELEASES = select(release, (release.c.members + _TABLES).label("files"))


def _release(row: Row[*tuple[object, ...]]) -> ReleaseRow:
    return ReleaseRow(
        row.id,
        ProjectName(row.project),
        row.version,
        ReleaseState(row.state),
        PolicyDigest(row.policy),
        row.members,
        row.files,
        row.size_bytes,
        row.frozen_at,
        row.manifest_digest,
        row.lists,
    )
