"""What an output is written from: bytes, ranges of the source, and bytes that are made only then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from tirage.dicom.sources import FileRange, Source
from tirage.model.outcomes import Held
from tirage.model.reasons import HoldReason
from tirage.model.records import Finding


@dataclass(frozen=True, slots=True)
class Made:
    """Bytes that are made when they are written, so that no more than one frame is in memory.

    `make` raises `Undecodable` when the frame cannot be read.
    """

    make: Callable[[], bytes]


Chunk = bytes | FileRange | Made


@dataclass(frozen=True, slots=True)
class Pixels:
    """The pixel data element of an output and what the header has to say of it.

    `transfer_syntax` is None when it stays as it is. `attributes` are top-level values that differ from the
    source's by tag, without padding; None stands for an element that goes.
    """

    chunks: Sequence[Chunk] = ()
    transfer_syntax: str | None = None
    attributes: Mapping[int, bytes | None] = field(default_factory=lambda: MappingProxyType({}))


NO_PIXELS = Pixels()


def bytes_of(chunk: Chunk, body: Source) -> bytes:
    """A chunk's bytes; ranges lie in `body`."""
    match chunk:
        case FileRange(offset, length):
            return body.read(offset, length)
        case Made(make):
            return make()
        case _:
            return chunk


def held(kind: str) -> Held:
    """The pixel data wait for a person; `kind` says why."""
    return Held(HoldReason.PIXELS_UNCHECKED, (Finding("PixelData", kind),))
