"""What makes bytes unfit to be read as DICOM, and the limits a reader keeps to."""

from dataclasses import dataclass
from typing import ClassVar

from tirage.errors import Permanent
from tirage.model.reasons import HoldReason, QuarantineReason


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one object may ask of its reader.

    `depth` counts nested sequences, `elements` all elements and items of a header, `header_bytes` what is
    kept of it in memory, `bulk_bytes` the largest value kept in memory (larger ones stay in the file),
    `inflated_bytes` a deflated data set after inflation, `fragments` those of encapsulated pixel data.
    """

    depth: int = 64
    elements: int = 50_000
    header_bytes: int = 64 << 20
    bulk_bytes: int = 64 << 10
    inflated_bytes: int = 128 << 20
    fragments: int = 500_000


class Malformed(Permanent):
    """The bytes contradict themselves or a limit; `reason` says how, `kind` what they look like instead.

    `offset` is the position in the data set (or in the file, before the data set begins) in bytes. Neither
    holds anything of a value.
    """

    code: ClassVar[str] = "MALFORMED"
    remedy: ClassVar[str] = "Ask the sender for the object again; see docs/holds.md for the reason."

    def __init__(self, reason: QuarantineReason | HoldReason, offset: int = 0, kind: str = "") -> None:
        super().__init__(f"{reason.value} at byte {offset}{f' ({kind})' if kind else ''}")
        self.reason = reason
        self.offset = offset
        self.kind = kind
