"""Hand a release to a destination, a chunk at a time, with a receipt for every file.

What the destination said is recorded before the next chunk goes out; asked again, only files without a final
answer are sent. A crash between sending and recording sends a chunk again, which a destination answers with
`ALREADY`: nothing arrives twice. The manifests go last and the sums last of all, so that whoever finds
`SHA256SUMS` has everything it names.
"""

import hashlib
from collections import Counter

from sqlalchemy import Connection

from tirage.deliver.release import Release
from tirage.errors import Permanent, Transient
from tirage.faults import reach
from tirage.flow.context import Context
from tirage.flow.steps.release import LISTS, SEAL, folder_of, load
from tirage.model.delivery import Consignment, Delivery, Receipt
from tirage.model.identifiers import Digest, ProjectName, ResearchPath
from tirage.policy.fields import Destination as DestinationSpec
from tirage.store import audit, deliveries
from tirage.store.audit import Line
from tirage.store.database import reading, repeated


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


def plan(context: Context, number: int) -> int:
    """In how many chunks the release is delivered; the last one holds the manifests."""
    release = load(context, number)
    return -(-(len(release.members) + len(release.attachments)) // context.chunk) + 1


def send(context: Context, number: int, destination: str, chunk: int) -> None:
    """Deliver one chunk and record the receipts; raises while a file of it has not arrived."""
    release = load(context, number)
    target = context.destination(_spec(context, release.project, destination))
    everything = consignments(context, number)
    lists = len(lists_of(release))
    objects = everything[:-lists]
    start = chunk * context.chunk
    wanted = objects[start : start + context.chunk] if start < len(objects) else everything[-lists:]
    with reading(context.database) as connection:
        answers = deliveries.answered(connection, number, destination)
    missing = [each for each in wanted if answers.get(each.digest) not in deliveries.FINAL]
    receipts = target.deliver(missing, lambda receipt: None) if missing else []
    reach("deliver:after-send")

    def unit(connection: Connection) -> Counter[Delivery]:
        before = deliveries.answered(connection, number, destination)
        at = context.micros()
        deliveries.record(connection, number, destination, receipts, at)
        after = before | {receipt.digest: receipt.status for receipt in receipts}
        total = len({each.digest for each in everything})
        if _arrived(before) < total <= _arrived(after):
            detail: audit.Detail = {"destination": destination, "objects": len(objects)}
            audit.append(connection, [Line("worker", "deliver", f"release:{number}", detail)], at)
        reach("deliver:before-commit")
        return Counter(after[each.digest] for each in wanted if each.digest in after)

    counts = repeated(context.database, unit)
    reach("deliver:after-commit")
    _judge(counts, receipts, destination)


def consignments(context: Context, number: int) -> list[Consignment]:
    """Every file of the release in the order it is delivered, the manifests last."""
    release = load(context, number)
    folder = folder_of(context, release.project, release.version)
    root = f"{release.project}/{release.label}"
    files = [
        Consignment(
            ResearchPath(folder / member.name),
            member.output.digest,
            f"{root}/{member.name}",
            member.output.sop_class,
            member.output.sop_instance,
            member.output.transfer_syntax,
        )
        for member in release.members
    ]
    files += [
        Consignment(ResearchPath(folder / each.name), each.digest, f"{root}/{each.name}")
        for each in release.attachments
    ]
    for name in lists_of(release):
        digest = Digest(hashlib.sha256((folder / name).read_bytes()).hexdigest())
        files.append(Consignment(ResearchPath(folder / name), digest, f"{root}/{name}"))
    return files


def lists_of(release: Release) -> tuple[str, ...]:
    """The files of a release that are not its contents, in the order they are delivered."""
    return LISTS if release.is_sealed else tuple(name for name in LISTS if name != SEAL)


def _spec(context: Context, project: ProjectName, name: str) -> DestinationSpec:
    for spec in context.rules_of(project).project.destinations:
        if spec.name == name:
            return spec
    raise DestinationGone(f"{project} has no destination {name}")


def _arrived(answers: dict[Digest, Delivery]) -> int:
    return sum(answer in deliveries.DONE for answer in answers.values())


def _judge(counts: Counter[Delivery], receipts: list[Receipt], destination: str) -> None:
    if any(receipt.status is Delivery.FAILED and receipt.is_worth_retrying for receipt in receipts):
        raise DeliveryIncomplete(f"{counts[Delivery.FAILED]} files did not reach {destination}")
    if refused := counts[Delivery.FAILED] + counts[Delivery.CONFLICT]:
        raise DeliveryRefused(f"{refused} files are not at {destination}")
