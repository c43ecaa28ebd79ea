"""What is handed to a destination, and what the destination answers for each object."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tirage.errors import Permanent, Transient
from tirage.model.identifiers import Digest, ResearchPath, Uid

NO_UID = Uid("")


@dataclass(frozen=True, slots=True)
class Consignment:
    """One file of a release on its way to a destination.

    `name` is where it goes below the destination's root, with forward slashes. The UIDs are the research
    ones, `subject` is the pseudonym; all are empty for files that are no DICOM objects (manifest, checksums).
    """

    path: ResearchPath
    digest: Digest
    name: str
    sop_class: Uid = NO_UID
    sop_instance: Uid = NO_UID
    transfer_syntax: Uid = NO_UID
    subject: str = ""
    study: Uid = NO_UID
    series: Uid = NO_UID
    modality: str = ""


class Proof(StrEnum):
    """What shows that a destination has the bytes it was sent, the stronger ones first."""

    NONE = ""
    READ_BACK = "read-back"
    CHECKSUM = "checksum"
    COMMITMENT = "commitment"
    LISTED = "listed"
    STATUS = "status"


class Delivery(StrEnum):
    """What became of one consignment."""

    DELIVERED = "delivered"
    ALREADY = "already"
    CONFLICT = "conflict"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer for one consignment.

    `detail` is empty or a short code: a DIMSE status (`0xB000`) or a word (`READ_BACK`, `NO_SPACE`).
    `is_worth_retrying` tells a failure that may pass from one that will not. `proof` is what an arrival was
    proved by.
    """

    digest: Digest
    status: Delivery
    detail: str = ""
    is_worth_retrying: bool = False
    proof: Proof = Proof.NONE


Progress = Callable[[Receipt], None]
"""Called once for each consignment, as soon as its receipt is known."""


class DestinationUnreachable(Transient):
    """The destination does not answer, or not now."""

    code = "DESTINATION_UNREACHABLE"
    remedy = "Check host, port and firewall of the destination, or that its folder is mounted."


class DestinationRefused(Permanent):
    """The destination answers and says no."""

    code = "DESTINATION_REFUSED"
    remedy = "Check the AE titles, the permissions, and what the destination is set up to accept."


class Destination(Protocol):
    """A place outside the node that receives research objects."""

    @property
    def name(self) -> str:
        """The destination's name in the project file."""

    def check(self) -> None:
        """Try the destination without delivering; raise `DestinationUnreachable` or `DestinationRefused`."""

    def deliver(self, consignments: Sequence[Consignment], progress: Progress) -> list[Receipt]:
        """Deliver each consignment and answer in their order; repeating a delivery changes nothing.

        All objects of a study come in one call, in order of their names, and the lists of a release in its
        last ones, without objects: the sums alone, when all else is there.

        A fault of one consignment is its receipt, never an exception.
        """
