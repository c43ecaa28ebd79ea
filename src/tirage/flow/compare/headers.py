"""What became of each attribute of an object: removed, kept, changed or added."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from tirage.dicom.dictionary import keyword_of, private_name
from tirage.dicom.header import Header
from tirage.flow.compare.tree import Content, Node, tree_of
from tirage.flow.compare.values import LONGEST, shown
from tirage.model.records import Confidential

VALUE_TYPE = 0x0040A040
_PIECE = 1 << 20


class Fate(StrEnum):
    """What became of an attribute."""

    REMOVED = "removed"
    CHANGED = "changed"
    ADDED = "added"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, repr=False)
class Row(Confidential):
    """One attribute by its path; `before` and `after` identify and are for the identified zone only.

    A sequence or item that is there on one side only is one row, which says how many attributes are in it.
    """

    path: str
    vr: str
    fate: Fate
    before: str
    after: str


def compare(before: Header, after: Header, longest: int = LONGEST) -> list[Row]:
    """Every attribute of two data sets, in the order of the standard; pixel data are compared elsewhere.

    Values of more than `longest` characters are cut.
    """
    return list(_Comparison(before, after, longest).content("", tree_of(before), tree_of(after)))


def tally(rows: Iterable[Row]) -> dict[Fate, int]:
    """How many attributes met which fate; those inside a removed sequence count as one."""
    counts = Counter(row.fate for row in rows)
    return {fate: counts[fate] for fate in Fate}


class _Comparison:
    """Two headers and the way through both."""

    def __init__(self, before: Header, after: Header, longest: int) -> None:
        self.before, self.after, self.longest = before, after, longest

    def content(self, path: str, before: Content, after: Content) -> Iterator[Row]:
        """The rows of two data sets or items; recursion is as deep as the walker allows, 64."""
        for key in sorted(before.keys() | after.keys()):
            name = self._name(key[0], before) if key[0] & 0x10000 else keyword_of(key[0])
            number = f" (no. {key[1] + 1})" if key[1] else ""
            yield from self._element(f"{path}{name}{number}", before.get(key), after.get(key))

    def _name(self, tag: int, content: Content) -> str:
        """A private element by its creator, who is asked for in the same data set or item."""
        creator = content.get((tag & 0xFFFF0000 | tag >> 8 & 0xFF, 0))
        return keyword_of(tag) if creator is None else private_name(tag, self.before.value(creator.index))

    def _element(self, path: str, old: Node | None, new: Node | None) -> Iterator[Row]:
        if old is None or new is None:
            yield self._one_sided(path, old, new)
        elif b"SQ" in (old.vr, new.vr):
            if len(old.items) != len(new.items) and not new.items:
                yield Row(path, "SQ", Fate.CHANGED, _inside(old), "no items")
            else:
                yield from self._items(path, old, new)
        else:
            fate = Fate.KEPT if self._is_same(old, new) else Fate.CHANGED
            values = (
                shown(self.before, old.index, self.longest),
                shown(self.after, new.index, self.longest),
            )
            yield Row(path, new.vr.decode("latin-1"), fate, *values)

    def _items(self, path: str, old: Node, new: Node) -> Iterator[Row]:
        for left, right in _pairs(self.before, self.after, old.items, new.items):
            place = f"{path}[{right if left is None else left}]"
            if left is None and right is not None:
                yield Row(place, "item", Fate.ADDED, "", f"{_count(new.items[right])} attributes")
            elif left is not None and right is None:
                yield Row(place, "item", Fate.REMOVED, f"{_count(old.items[left])} attributes", "")
            elif left is not None and right is not None:
                yield from self.content(f"{place}.", old.items[left], new.items[right])

    def _one_sided(self, path: str, old: Node | None, new: Node | None) -> Row:
        node = old or new
        assert node is not None
        header = self.before if old is not None else self.after
        text = _inside(node) if node.vr == b"SQ" else shown(header, node.index, self.longest)
        vr = node.vr.decode("latin-1")
        return (
            Row(path, vr, Fate.REMOVED, text, "") if old is not None else Row(path, vr, Fate.ADDED, "", text)
        )

    def _is_same(self, old: Node, new: Node) -> bool:
        places = self.before.bulk.get(old.index), self.after.bulk.get(new.index)
        if places[0] is None and places[1] is None:
            first, second = self.before.value(old.index), self.after.value(new.index)
            if self.before.big_endian != self.after.big_endian:
                return shown(self.before, old.index) == shown(self.after, new.index)
            return first.rstrip(b" \0") == second.rstrip(b" \0")
        if places[0] is None or places[1] is None or places[0].length != places[1].length:
            return False
        first_start, second_start, length = places[0].offset, places[1].offset, places[0].length
        return all(
            self.before.body.read(first_start + done, min(_PIECE, length - done))
            == self.after.body.read(second_start + done, min(_PIECE, length - done))
            for done in range(0, length, _PIECE)
        )


def _inside(node: Node) -> str:
    noun = "item" if len(node.items) == 1 else "items"
    return f"{len(node.items)} {noun}, {node.count():,} attributes"


def _count(item: Content) -> int:
    return sum(1 + node.count() for node in item.values())


def _pairs(
    before: Header, after: Header, old: list[Content], new: list[Content]
) -> Iterator[tuple[int | None, int | None]]:
    """Which item stands for which: by number, or by likeness where some are missing."""
    if len(old) == len(new):
        yield from ((number, number) for number in range(len(old)))
        return
    looks = [_look(before, item) for item in old], [_look(after, item) for item in new]
    for _, start, end, other, stop in SequenceMatcher(None, *looks, autojunk=False).get_opcodes():
        common = min(end - start, stop - other)
        yield from ((start + step, other + step) for step in range(common))
        yield from ((number, None) for number in range(start + common, end))
        yield from ((None, number) for number in range(other + common, stop))


def _look(header: Header, item: Content) -> tuple[bytes, frozenset[int]]:
    """What of an item outlives de-identification: its value type, and which sequences are in it."""
    node = item.get((VALUE_TYPE, 0))
    kind = b"" if node is None else header.value(node.index).strip(b" \0")
    return kind, frozenset(tag for (tag, _), inner in item.items() if inner.vr == b"SQ")
