"""Call back what was released: record it, stop what is still to be delivered, tell whoever has copies."""

import hashlib
import os
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import Connection, Engine

from tirage.deliver import withdrawal as tombstones
from tirage.errors import Transient
from tirage.faults import reach
from tirage.flow.context import Context
from tirage.flow.steps import consent
from tirage.flow.steps.deliver import spec_of
from tirage.model.delivery import Consignment, Delivery
from tirage.model.identifiers import Digest, ProjectName, ResearchPath
from tirage.model.withdrawals import Cause
from tirage.store import audit, optouts, releases, withdrawals
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.signing import load_signing_key
from tirage.store.times import moment
from tirage.store.withdrawals import Study, Withdrawal

WORKER = "worker"


class NoticeIncomplete(Transient):
    """A destination that has copies could not be told that studies were withdrawn."""

    code = "NOTICE_INCOMPLETE"
    remedy = "Check the destination with `tirage destination test`; it is told again by itself."


def withdraw(
    database: Engine,
    project: ProjectName,
    studies: Collection[Study],
    cause: Cause,
    why: str,
    by: str,
    at: int,
) -> Withdrawal | None:
    """Call studies back; None when each was called back and not released since."""
    return repeated(database, lambda each: record(each, project, studies, cause, why, by, at))


def record(
    connection: Connection,
    project: ProjectName,
    studies: Collection[Study],
    cause: Cause,
    why: str,
    by: str,
    at: int,
) -> Withdrawal | None:
    """As `withdraw`, within a transaction."""
    made = withdrawals.make(connection, project, studies, cause, why, by, at)
    if made is not None:
        detail: audit.Detail = {
            "project": project,
            "cause": cause.value,
            "studies": len(withdrawals.studies(connection, made.id)),
            "destinations": len(withdrawals.recipients(connection, made.id)),
        }
        audit.append(connection, [Line(by, "withdraw", f"withdrawal:{made.id}", detail)], at)
    return made


def mark_of(context: Context, name: ProjectName) -> str:
    """What changes when somebody may have opted out of what is released: the lists, and the last release."""
    lists = context.rules_of(name).project.fetch.opt_out
    if not lists:
        return ""
    hashed = hashlib.sha256()
    for path in (context.lists / each for each in lists):
        status = path.stat()
        hashed.update(f"{path.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    with reading(context.database) as connection:
        newest = releases.newest(connection, name)
    return f"{hashed.hexdigest()[:16]}:{newest}" if newest else ""


def call_back(context: Context, name: ProjectName) -> None:
    """Withdraw the released studies of everybody who is on the project's opt-out lists now."""
    opted_out = optouts.read(context.lists, context.rules_of(name).project)
    found: set[Study] = set()
    with reading(context.database) as connection:
        for page in withdrawals.members(connection, name):
            out = consent.opted(connection, name, page, opted_out)
            if out:
                found |= set(withdrawals.released(connection, name, objects=out))
    if found:
        withdraw(context.database, name, found, Cause.OPT_OUT, "", WORKER, context.micros())


def tell(context: Context, number: int, destination: str) -> None:
    """Put the tombstone, and its signature, where the copies are; raises while that may still succeed."""
    with reading(context.database) as connection:
        row = withdrawals.get(connection, number)
    target = context.destination(spec_of(context, row.project, destination))
    files = _written(context, row)
    name = f"{row.project}/{tombstones.name(row.number)}"
    receipts = target.deliver(
        [
            Consignment(ResearchPath(path), digest, name + suffix)
            for (path, digest), suffix in zip(files, ("", ".sig"), strict=True)
        ],
        lambda receipt: None,
    )
    reach("withdraw:after-send")
    worst = max((receipt.status for receipt in receipts), key=_SEVERITY.index)

    def unit(connection: Connection) -> None:
        at = context.micros()
        withdrawals.note(connection, number, destination, worst, at)
        detail: audit.Detail = {"destination": destination, "status": worst.value}
        audit.append(connection, [Line(WORKER, "tell-withdrawal", f"withdrawal:{number}", detail)], at)

    repeated(context.database, unit)
    if worst is Delivery.FAILED:
        raise NoticeIncomplete(f"{destination} was not told of withdrawal {number}")


_SEVERITY = (
    Delivery.DELIVERED,
    Delivery.ALREADY,
    Delivery.SKIPPED,
    Delivery.CONFLICT,
    Delivery.FAILED,
)


def _written(context: Context, row: Withdrawal) -> list[tuple[Path, Digest]]:
    """The tombstone and its signature on disk, whole and flushed; the same bytes however often."""
    with reading(context.database) as connection:
        studies = withdrawals.studies(connection, row.id)
        copies = withdrawals.copies(connection, row.id)
    versions: dict[str, set[int]] = {}
    for copy in copies:
        versions.setdefault(copy.study, set()).add(copy.version)
    content = tombstones.document(
        row.project,
        row.number,
        moment(row.made_at),
        row.cause.value,
        [(each.subject, each.study) for each in studies],
        {study: sorted(found) for study, found in versions.items()},
    )
    key = load_signing_key(context.signing_key)
    path = context.releases / row.project / tombstones.name(row.number)
    seal = path.with_name(f"{path.name}.sig")
    path.parent.mkdir(parents=True, exist_ok=True)
    _keep(path, content)
    _keep(seal, tombstones.seal(key.id, key.public, key.sign(content)))
    return [(each, Digest(hashlib.sha256(each.read_bytes()).hexdigest())) for each in (path, seal)]


def _keep(path: Path, content: bytes) -> None:
    if path.exists():
        return
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.chmod(0o444)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
