"""Which private creator stands for a private element. Source: PS3.5 7.8.1."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Block:
    """A reserved block: its creator's name and element, and whether anything in it is kept."""

    creator: str
    index: int
    is_used: bool = False


class PrivateBlocks:
    """The blocks of one header; each item of a sequence has its own."""

    __slots__ = ("_blocks",)

    def __init__(self) -> None:
        self._blocks: dict[tuple[int, int], Block] = {}

    def declare(self, scope: int, tag: int, value: bytes, index: int) -> None:
        """A private creator element (gggg,0010-00FF) in the item with index `scope`, -1 for the top level."""
        block = (tag >> 16) << 8 | tag & 0xFF
        name = value.strip(b" \0").decode("ascii", "replace")
        self._blocks[scope, block] = Block(name, index)

    def find(self, scope: int, tag: int) -> Block | None:
        """The block a private element belongs to; None when nobody reserved it."""
        return self._blocks.get((scope, (tag >> 16) << 8 | tag >> 8 & 0xFF))

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks.values())


def is_creator(tag: int) -> bool:
    """Whether a private tag is that of a private creator."""
    return 0x10 <= tag & 0xFFFF <= 0xFF
