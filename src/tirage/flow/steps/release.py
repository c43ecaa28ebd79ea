"""Make a release: freeze its members in the record, write it beside its final place, rename, record.

Each of the three is safe to repeat; between any two of them a crash leaves a release that the next try
finishes, with the same members and the same bytes.
"""

import hashlib
import os
import shutil
from pathlib import Path

from sqlalchemy import Connection

from tirage.deliver import lists
from tirage.deliver.release import Approval, Release, label
from tirage.deliver.signing import CandidateState
from tirage.errors import Permanent
from tirage.faults import reach
from tirage.flow.context import Context
from tirage.flow.steps import contents, evidence, propose, review, signing
from tirage.model.identifiers import Digest, ProjectName, short
from tirage.store import audit, candidates, linked, optouts, outputs, releases, signatures, studies, work
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.signing import load_signing_key
from tirage.store.times import micros, moment
from tirage.store.work import WorkKind


class ObjectMissing(Permanent):
    """An object of a release is not on disk, or not as long as it was."""

    code = "OBJECT_MISSING"
    remedy = "Run `tirage doctor`; restore the research zone from its backup or have the object made again."


def folder_of(context: Context, project: ProjectName, version: int) -> Path:
    """Where a release stands on disk."""
    return context.releases / project / label(version)


def freeze(context: Context, name: ProjectName, version: int) -> int:
    """Fix what the version holds; its number, or 0 when nothing is left to release.

    Who asked for the release has it with this transaction: a second one takes a second word.
    """
    rules = context.rules_of(name)
    policy, now = rules.profile.digest, context.clock()
    desk = signing.desk_of(context)
    opted_out = optouts.read(context.lists, rules.project)

    def unit(connection: Connection) -> int:
        known = releases.find(connection, name, version)
        if known is not None:
            return known.id
        if rules.signatures:
            return _freeze_signed(connection, desk, name, version)
        if not rules.is_automatic and name not in work.requested(connection, WorkKind.RELEASE):
            return 0
        left = candidates.current(connection, name)
        if left is not None and signing.void_if_changed(connection, desk, left) is None:
            return 0
        if not rules.project.is_expired(now.date()) and not review.is_done(connection, name, rules):
            return 0
        members = propose.sift(connection, name, rules, opted_out, now)
        if releases.next_version(connection, name) != version:
            return 0
        requester = candidates.requester(connection, name)
        candidates.fulfil(connection, name)
        if not members:
            return 0
        tables = releases.unreleased_tables(connection, name)
        number = releases.freeze(
            connection, name, version, policy, members, tables, _lists(connection, name), micros(now)
        )
        shown = evidence.written(rules, evidence.unsigned(connection, rules, context.software))
        statement = propose.statement(rules, version, members, tables, shown, requester)
        candidates.note_unsigned(connection, statement, members, tables, shown, number, micros(now))
        _note_frozen(connection, name, version, number, statement.digest, micros(now))
        return number

    number = repeated(context.database, unit)
    reach("release:after-freeze")
    return number


def _freeze_signed(connection: Connection, desk: signing.Desk, name: ProjectName, version: int) -> int:
    """Freeze what enough people have signed, unless it has changed since; then it is void."""
    row, at = candidates.current(connection, name), micros(desk.clock())
    if row is None or row.state is not CandidateState.SIGNED or row.version != version:
        return 0
    if signing.void_if_changed(connection, desk, row) is not None:
        return 0
    if releases.next_version(connection, name) != version:
        return 0
    members, tables = candidates.members(connection, row), candidates.attachments(connection, row.id)
    if len(members) != row.objects:
        raise ObjectMissing(f"candidate:{row.id} lost members from the record")
    number = releases.freeze(
        connection, name, version, row.policy, members, tables, _lists(connection, name), at
    )
    candidates.end(connection, row.id, CandidateState.RELEASED, candidates.SYSTEM, at, release=number)
    _note_frozen(connection, name, version, number, row.statement, at)
    return number


def _lists(connection: Connection, name: ProjectName) -> int:
    return len(lists.lists(has_linker=linked.has_extract(connection, name)))


def _note_frozen(
    connection: Connection, name: ProjectName, version: int, number: int, statement: Digest, at: int
) -> None:
    row = releases.get(connection, number)
    detail: audit.Detail = {
        "project": name,
        "version": version,
        "objects": row.members,
        "policy": short(row.policy),
        "statement": statement,
    }
    audit.append(connection, [Line(candidates.SYSTEM, "freeze", f"release:{number}", detail)], at)
    reach("release:before-freeze")


def dismiss(context: Context, name: ProjectName) -> None:
    """Strike off the request for a release that would hold nothing."""
    policy = context.rules_of(name).profile.digest

    def unit(connection: Connection) -> None:
        is_working = studies.is_working(connection, name, policy)
        if is_working or outputs.unreleased(connection, name, policy):
            return
        candidates.fulfil(connection, name)
        line = Line("worker", "release-nothing", f"project:{name}")
        audit.append(connection, [line], context.micros())

    repeated(context.database, unit)


def write(context: Context, number: int) -> Digest:
    """Put the release on disk, whole or not at all; the digest of its `manifest.json`."""
    release = load(context, number)
    folder = folder_of(context, release.project, release.version)
    if not folder.exists():
        key = load_signing_key(context.signing_key)
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        folders = {part}
        for member in release.members:
            target = part / member.name
            _make(target.parent, folders)
            _place(context.objects.path(member.output.digest), target, member.output.size_bytes)
        for table in release.attachments:
            target = part / table.name
            _make(target.parent, folders)
            _place(context.objects.path(table.digest), target, table.size_bytes)
        contents.describe(context, release, number, part, key)
        for each in sorted(folders, reverse=True):
            _flush(each)
        reach("release:before-rename")
        part.rename(folder)
        reach("release:after-rename")
    # Flushed even when it was there: a crash may have come between the rename and this.
    _flush(folder.parent)
    _flush(context.releases)
    return _digest((folder / lists.MANIFEST).read_bytes())


def complete(context: Context, number: int, digest: Digest) -> None:
    """Record that the release stands, and its objects as released."""

    def unit(connection: Connection) -> None:
        at = context.micros()
        if releases.complete(connection, number, digest, at):
            row = releases.get(connection, number)
            detail: audit.Detail = {
                "project": row.project,
                "version": row.version,
                "objects": row.members,
                "manifest": digest,
            }
            audit.append(connection, [Line("worker", "release", f"release:{number}", detail)], at)
        reach("release:before-complete")

    repeated(context.database, unit)
    reach("release:after-complete")


def load(context: Context, number: int) -> Release:
    """The release as frozen."""
    with reading(context.database) as connection:
        row = releases.get(connection, number)
        members = releases.members(connection, number)
        tables = releases.attachments(connection, number)
        approvals = _approvals(connection, number)
    if len(members) != row.members:
        raise ObjectMissing(f"release:{number} lost members from the record")
    return Release(
        row.project,
        row.version,
        moment(row.frozen_at),
        row.policy,
        context.rules_of(row.project).profile.edition,
        tuple(members),
        tuple(tables),
        approvals,
        lists.named(row.lists),
    )


def _approvals(connection: Connection, number: int) -> tuple[Approval, ...]:
    candidate = candidates.of_release(connection, number)
    given = signatures.listed(connection, candidate.id) if candidate else []
    return tuple(
        Approval(each.account, moment(each.signed_at), each.statement) for each in given if each.counts
    )


def sweep(context: Context) -> int:
    """Delete what interrupted writes left behind; how many there were. Only while nothing is written."""
    left = [path for path in context.releases.glob("*/*.part") if path.is_dir()]
    for path in left:
        shutil.rmtree(path)
    return len(left)


def _make(folder: Path, made: set[Path]) -> None:
    missing = []
    while folder not in made:
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        made.add(each)


def _place(source: Path, target: Path, size_bytes: int) -> None:
    """A second name for the object's bytes, or a copy where the file system knows no second names."""
    try:
        if source.stat().st_size != size_bytes:
            raise ObjectMissing("an object is not as long as it was")
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
            _flush(target)
    except FileNotFoundError as error:
        raise ObjectMissing("an object of the release is not on disk") from error


def _digest(content: bytes) -> Digest:
    return Digest(hashlib.sha256(content).hexdigest())


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
