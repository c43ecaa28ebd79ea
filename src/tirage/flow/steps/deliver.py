"""Hand a release to a destination, some studies at a time, with a receipt for every file.

What the destination said is recorded before the next piece goes out; asked again, only files without a final
answer are sent. A crash between sending and recording sends a piece again, which a destination answers with
`ALREADY`: nothing arrives twice. The manifests go last and the sums last of all, so that whoever finds
`SHA256SUMS` has everything it names.
"""

import hashlib
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from sqlalchemy import Connection

from tirage.acquire.hours import hours_of
from tirage.deliver import lists
from tirage.deliver.release import label
from tirage.errors import Permanent, TirageError, Transient
from tirage.faults import reach
from tirage.flow.context import Context
from tirage.flow.steps.release import folder_of
from tirage.model.delivery import Consignment, Delivery, Destination, Receipt
from tirage.model.identifiers import Digest, ProjectName, ReceivedId, ResearchPath
from tirage.policy.destinations import Destination as DestinationSpec
from tirage.store import audit, deliveries, destinations, pauses, releases, withdrawals
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.releases import ReleaseRow

PAUSED_BY: Final = "worker"
WITHDRAWN: Final = "WITHDRAWN"
LAST: Final[list[int]] = []
"""The piece without objects: the lists of the release."""


class DeliveryIncomplete(Transient):
    """Some files did not arrive; they are sent again later."""

    code = "DELIVERY_INCOMPLETE"
    remedy = "Check the destination with `tirage doctor`; delivery resumes by itself."


class DeliveryRefused(Permanent):
    """The destination will not take some files, or holds others under their names."""

    code = "DELIVERY_REFUSED"
    remedy = "See `tirage release` for which; the destination's own copies are never overwritten."


class DestinationGone(Permanent):
    """The project file names this destination no longer."""

    code = "DESTINATION_GONE"
    remedy = "Put the destination back into the project file, or leave the release undelivered."


def plan(context: Context, number: int) -> list[list[int]]:
    """The release's objects in the pieces in which they are delivered, by their numbers on arrival.

    A study is never in two pieces, so that a destination can pack, convert or compare it whole. The manifests
    and tables are a piece of their own without objects: the last.
    """
    with reading(context.database) as connection:
        paths = releases.paths(connection, number)
    pieces: list[list[int]] = []
    for _, study in groupby(paths, key=lambda each: each[0].split("/")[:2]):
        numbers = [int(received) for _, received in study]
        if pieces and len(pieces[-1]) + len(numbers) <= context.chunk:
            pieces[-1] += numbers
        else:
            pieces.append(numbers)
    return [*pieces, LAST]


def send(context: Context, number: int, destination: str, piece: list[int]) -> bool:
    """Deliver one piece and record the receipts; False when the destination is paused or shut by now.

    Raises while a file may still arrive, and instead of sending the lists while an object is refused. After
    enough tries in a row the destination is paused.
    """
    with reading(context.database) as connection:
        row = releases.get(connection, number)
    try:
        spec = spec_of(context, row.project, destination)
        if not _may_go(context, row.project, spec):
            return False
        _send(context, row, spec, piece)
    except TirageError as error:
        _note_failure(context, row, destination, error)
        raise
    return True


def _send(context: Context, row: ReleaseRow, spec: DestinationSpec, piece: list[int]) -> None:
    number, destination, target = row.id, spec.name, context.destination(spec)
    if not piece:
        _check_all_arrived(context, row, destination)
    wanted = objects_of(context, row, piece) if piece else lists_of(context, row)
    digests = [each.digest for each in wanted]
    with reading(context.database) as connection:
        answers = deliveries.answered(connection, number, destination, digests)
        withdrawn = withdrawals.among(connection, row.project, number, [each.study for each in wanted])
    missing = [each for each in wanted if answers.get(each.digest) not in deliveries.FINAL]
    kept_back = [
        Receipt(each.digest, Delivery.SKIPPED, WITHDRAWN) for each in missing if each.study in withdrawn
    ]
    missing = [each for each in missing if each.study not in withdrawn]
    receipts = kept_back + _handed_over(target, missing, is_last=not piece)
    reach("deliver:after-send")

    def unit(connection: Connection) -> None:
        # Withdrawn while it was on its way: it is to be told, too.
        late = withdrawals.among(connection, row.project, number, [each.study for each in missing])
        for withdrawal in set(late.values()):
            withdrawals.expect(connection, withdrawal, [destination])
        at = context.micros()
        deliveries.record(connection, number, destination, receipts, at)
        if all(receipt.status is not Delivery.FAILED for receipt in receipts):
            destinations.worked(connection, row.project, destination)
        is_whole = not piece and not deliveries.refused(connection, number, destination)
        if is_whole and deliveries.end(connection, number, destination, at):
            detail: audit.Detail = {"destination": destination, "objects": row.members}
            audit.append(connection, [Line("worker", "deliver", f"release:{number}", detail)], at)
        reach("deliver:before-commit")

    repeated(context.database, unit)
    reach("deliver:after-commit")
    passing = sum(receipt.status is Delivery.FAILED and receipt.is_worth_retrying for receipt in receipts)
    if passing:
        raise DeliveryIncomplete(f"{passing} files did not reach {destination}")
    if not piece:
        _check_all_arrived(context, row, destination)


def _handed_over(target: Destination, files: list[Consignment], *, is_last: bool) -> list[Receipt]:
    """What the destination answers; the sums of a release are handed over when all else of it is there."""
    receipts: list[Receipt] = []
    for group in (files[:-1], files[-1:]) if is_last else (files,):
        if any(receipt.status not in deliveries.DONE for receipt in receipts):
            break
        receipts += target.deliver(group, lambda receipt: None) if group else []
    return receipts


def objects_of(context: Context, row: ReleaseRow, piece: Sequence[int]) -> list[Consignment]:
    """The objects of a piece, in order of their paths."""
    folder, root = folder_of(context, row.project, row.version), f"{row.project}/{label(row.version)}"
    with reading(context.database) as connection:
        members = releases.members(connection, row.id, [ReceivedId(each) for each in piece])
    return [
        Consignment(
            ResearchPath(folder / each.name),
            each.output.digest,
            f"{root}/{each.name}",
            each.output.sop_class,
            each.output.sop_instance,
            each.output.transfer_syntax,
            each.output.pseudonym,
            each.output.study,
            each.output.series,
            each.output.modality,
        )
        for each in members
    ]


def lists_of(context: Context, row: ReleaseRow) -> list[Consignment]:
    """What a release has beside its objects: tables, then what describes and seals it, sums last."""
    folder, root = folder_of(context, row.project, row.version), f"{row.project}/{label(row.version)}"
    with reading(context.database) as connection:
        tables = releases.attachments(connection, row.id)
    files = [
        Consignment(ResearchPath(folder / each.name), each.digest, f"{root}/{each.name}") for each in tables
    ]
    for name in lists.named(row.lists):
        with (folder / name).open("rb") as file:
            digest = Digest(hashlib.file_digest(file, "sha256").hexdigest())
        files.append(Consignment(ResearchPath(folder / name), digest, f"{root}/{name}"))
    return files


def spec_of(context: Context, project: ProjectName, name: str) -> DestinationSpec:
    """A project's destination; raises `DestinationGone`."""
    for spec in context.rules_of(project).project.destinations:
        if spec.name == name:
            return spec
    raise DestinationGone(f"{project} has no destination {name}")


def _may_go(context: Context, project: ProjectName, spec: DestinationSpec) -> bool:
    with reading(context.database) as connection:
        is_paused = pauses.of_destination(project, spec.name) in pauses.standing(connection)
    return not is_paused and hours_of(spec.hours or "").is_open(context.clock().astimezone())


def _note_failure(context: Context, row: ReleaseRow, destination: str, error: TirageError) -> None:
    """Count a failed try; the last one that the project file allows pauses the destination."""
    specs = {each.name: each for each in context.rules_of(row.project).project.destinations}

    def unit(connection: Connection) -> None:
        at, failures = context.micros(), destinations.failed(connection, row.project, destination)
        detail: audit.Detail = {"destination": destination, "code": error.code, "failures": failures}
        lines = [Line("worker", "delivery-failed", f"release:{row.id}", detail)]
        if destination in specs and failures >= specs[destination].pause_after:
            scope = pauses.of_destination(row.project, destination)
            if pauses.begin(connection, scope, PAUSED_BY, at):
                lines.append(Line("worker", "pause-destination", scope, detail))
        audit.append(connection, lines, at)

    repeated(context.database, unit)


def _check_all_arrived(context: Context, row: ReleaseRow, destination: str) -> None:
    with reading(context.database) as connection:
        refused = deliveries.refused(connection, row.id, destination)
    if refused:
        raise DeliveryRefused(f"{refused} files are not at {destination}")
