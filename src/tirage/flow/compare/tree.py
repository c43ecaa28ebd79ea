"""A header as a tree: what a data set and each item of its sequences hold."""

from dataclasses import dataclass, field

from tirage.dicom.elements import ITEM
from tirage.dicom.header import Header
from tirage.model.records import Confidential

Content = dict[tuple[int, int], "Node"]
"""The elements of a data set or item, by tag and by which of several of that tag."""


@dataclass(slots=True, repr=False)
class Node(Confidential):
    """One element: its index in the header, and its items when it is a sequence."""

    index: int
    tag: int
    vr: bytes
    items: list[Content] = field(default_factory=list)

    def count(self) -> int:
        """How many elements it holds, at any depth."""
        return sum(1 + inner.count() for item in self.items for inner in item.values())


def tree_of(header: Header) -> Content:
    """The data set of a header; an element that stands twice is in it twice."""
    top: Content = {}
    # What is open at each depth; the walker allows 64 (PS3.5 knows no limit).
    contents: list[Content] = [top]
    sequences: list[Node] = []
    for index, (tag, vr, _, _, _, depth) in enumerate(header.elements):
        if tag == ITEM:
            item: Content = {}
            sequences[depth - 1].items.append(item)
            contents[depth:] = [item]
            continue
        node = Node(index, tag, vr)
        place = contents[depth]
        number = 0
        while (tag, number) in place:
            number += 1
        place[tag, number] = node
        if vr == b"SQ":
            sequences[depth:] = [node]
    return top
