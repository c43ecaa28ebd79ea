"""De-identification as a list of values: which bytes of a header give way to which."""

from typing import NamedTuple

from tirage.dicom.dictionary import keyword_of
from tirage.dicom.header import Header
from tirage.dicom.sources import FileRange
from tirage.policy.actions import Action

ITEM = 0xFFFEE000

BULK_ORDER, REPLACED_ORDER, INSERTED_ORDER = -(1 << 60), 0, 1
"""At one position: a large value, the ends of containers (by `end_order`), what is replaced, what is new."""


class Change(NamedTuple):
    """The bytes from `start` to `end` of the header's buffer give way to `data`.

    Changes sort into the order of the output; `order` decides between those at one position. `element` is the
    index in the header of the one that changes, -1 for a new one. `action` is None for a change of encoding.
    """

    start: int
    end: int
    order: int
    element: int
    tag: int
    action: Action | None
    data: bytes | FileRange

    def __repr__(self) -> str:
        return f"<Change of ({self.tag >> 16:04X},{self.tag & 0xFFFF:04X}), hidden>"


def end_order(index: int) -> int:
    """The order of a container's end: of those that end together, the innermost comes first."""
    return -1 - index


def path_of(header: Header, index: int) -> str:
    """Where an element stands, by keyword and item: `RequestAttributesSequence[0].RequestedProcedureID`."""
    tag, _, _, _, _, depth = header.elements[index]
    parts = [keyword_of(tag)]
    item, wanted = 0, depth
    for position in range(index - 1, -1, -1):
        above, _, _, _, _, level = header.elements[position]
        if above == ITEM and level == wanted:
            item += 1
        elif level == wanted - 1 and above != ITEM:
            parts.append(f"{keyword_of(above)}[{item - 1}]")
            item, wanted = 0, level
        if not wanted:
            break
    return ".".join(reversed(parts))
