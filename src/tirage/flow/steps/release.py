"""Make a release: freeze its members in the record, write it beside its final place, rename, record.

Each of the three is safe to repeat; between any two of them a crash leaves a release that the next try
finishes, with the same members and the same bytes.
"""

import hashlib
import os
import shutil
from pathlib import Path

from sqlalchemy import Connection

from tirage.deliver import manifest
from tirage.deliver.arrange import arrange
from tirage.deliver.release import Release, choose, label
from tirage.errors import Permanent
from tirage.faults import reach
from tirage.flow.context import Context
from tirage.flow.steps import consent, review, verdicts
from tirage.model.identifiers import Digest, ProjectName, short
from tirage.model.outcomes import Held
from tirage.model.reasons import HoldReason
from tirage.store import audit, optouts, outputs, releases, studies, work
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.times import micros, moment
from tirage.store.work import WorkKind

MANIFEST, TABLE, SUMS = "manifest.json", "manifest.parquet", "SHA256SUMS"
LISTS = (MANIFEST, TABLE, SUMS)
"""The files of a release that are not its objects, in the order they are delivered: the sums last."""


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
    is_expired = rules.project.is_expired(now.date())
    opted_out = optouts.read(context.lists, rules.project)

    def unit(connection: Connection) -> int:
        known = releases.find(connection, name, version)
        if known is not None:
            return known.id
        if not rules.is_automatic and name not in work.requested(connection, WorkKind.RELEASE):
            return 0
        if not is_expired and not review.is_done(connection, name, rules):
            return 0
        waiting = outputs.candidates(connection, name, policy)
        waiting = consent.without_opted_out(connection, name, waiting, opted_out, micros(now))
        if is_expired:
            work.fulfil(connection, WorkKind.RELEASE, name)
            expired = [(candidate.received, Held(HoldReason.PROJECT_EXPIRED)) for candidate in waiting]
            verdicts.record(connection, name, expired, micros(now))
            return 0
        taken = releases.names(connection, name, [arrange(candidate.output) for candidate in waiting])
        members, held = choose(waiting, taken)
        verdicts.record(connection, name, held, micros(now))
        if releases.next_version(connection, name) != version:
            return 0
        work.fulfil(connection, WorkKind.RELEASE, name)
        if not members:
            return 0
        tables = releases.unreleased_tables(connection, name)
        number = releases.freeze(connection, name, version, policy, members, tables, micros(now))
        detail: audit.Detail = {
            "project": name,
            "version": version,
            "objects": len(members),
            "policy": short(policy),
        }
        audit.append(connection, [Line("worker", "freeze", f"release:{number}", detail)], micros(now))
        reach("release:before-freeze")
        return number

    number = repeated(context.database, unit)
    reach("release:after-freeze")
    return number


def dismiss(context: Context, name: ProjectName) -> None:
    """Strike off the request for a release that would hold nothing."""
    policy = context.rules_of(name).profile.digest

    def unit(connection: Connection) -> None:
        is_working = studies.is_working(connection, name, policy)
        if is_working or outputs.unreleased(connection, name, policy):
            return
        work.fulfil(connection, WorkKind.RELEASE, name)
        line = Line("worker", "release-nothing", f"project:{name}")
        audit.append(connection, [line], context.micros())

    repeated(context.database, unit)


def write(context: Context, number: int) -> Digest:
    """Put the release on disk, whole or not at all; the digest of its `manifest.json`."""
    release = load(context, number)
    folder = folder_of(context, release.project, release.version)
    if not folder.exists():
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
        _describe(release, part, context.software)
        for each in sorted(folders, reverse=True):
            _flush(each)
        reach("release:before-rename")
        part.rename(folder)
        reach("release:after-rename")
    # Flushed even when it was there: a crash may have come between the rename and this.
    _flush(folder.parent)
    _flush(context.releases)
    return _digest((folder / MANIFEST).read_bytes())


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
    if len(members) != row.members:
        raise ObjectMissing(f"release:{number} lost members from the record")
    edition = context.rules_of(row.project).profile.edition
    made = moment(row.frozen_at)
    return Release(row.project, row.version, made, row.policy, edition, tuple(members), tuple(tables))


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


def _describe(release: Release, part: Path, software: str) -> None:
    contents = {MANIFEST: manifest.summary(release, software), TABLE: manifest.table(release)}
    digests = {name: _digest(content) for name, content in contents.items()}
    contents[SUMS] = manifest.checksums(release, digests)
    for name, content in contents.items():
        path = part / name
        path.write_bytes(content)
        path.chmod(0o444)
        _flush(path)


def _digest(content: bytes) -> Digest:
    return Digest(hashlib.sha256(content).hexdigest())


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
