"""The gate's question: is any of the patient's identifiers in the finished bytes of an output?

It trusts nothing that made the file: it reads the bytes anew, in every view an identifier may hide in, and
any finding holds the object. What it cannot read is a finding too. Findings say where and which kind, never
what.
"""

from collections.abc import Iterable, Iterator

from tirage.dicom.charsets import charset_of
from tirage.dicom.sources import Source
from tirage.model.records import Confidential, Finding, Identifiers, View
from tirage.verify.automaton import view_of
from tirage.verify.fold import fold
from tirage.verify.gate import TEXT_VRS, Gate, counts
from tirage.verify.judge import (
    SQUEEZED,
    Kinds,
    is_text,
    kinds_backwards,
    kinds_in,
    kinds_in_bytes,
    kinds_in_runs,
    kinds_turned,
    may_hold,
    without_zeros,
)
from tirage.verify.needles import UID
from tirage.verify.orders import repaired
from tirage.verify.reader import Bulk, Contents, Leaf, Unreadable, read_contents
from tirage.verify.segments import carried, pieces
from tirage.verify.views import TooLarge, tokens_unwrapped, unwrapped

__all__ = ["Gate", "compile_gate", "scan_file"]

_OPAQUE = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"UN"})
_PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_SPECIFIC_CHARACTER_SET = 0x00080005
_SHORTEST = 3
_LARGE = 64 << 10
"""Bytes beyond which short forms are not searched for between arbitrary bytes."""
_UNREADABLE = "cannot be read"


def compile_gate(identifiers: Identifiers) -> Gate:
    """A gate for one patient's and study's identifiers: make it once a study, it takes milliseconds."""
    return Gate(identifiers)


def scan_file(gate: Gate, source: Source, file_name: str = "") -> list[Finding]:
    """Where identifiers are in a finished file and its name; empty when it may pass.

    Memory is constant: large values are read in pieces of 1 MiB.
    """
    found = set(_scan_name(gate, file_name))
    try:
        contents = read_contents(source)
    except Unreadable:
        found.add(Finding("file", _UNREADABLE))
    else:
        scan = _Scan(gate, contents)
        found |= scan.run()
        for bulk in contents.bulks:
            where = contents.path(bulk.tag, bulk.container)
            found |= gate.bulk.scan(contents.body, bulk, where, gate.holds_uid)
            scan.scan_bulk(bulk)
        found |= scan.found
    return sorted(found, key=lambda finding: (finding.where, finding.kind, finding.view or ""))


def _scan_name(gate: Gate, name: str) -> Iterator[Finding]:
    if name:
        for kind, _ in kinds_in(gate, fold(name).encode("utf-8", "surrogateescape"), b"LO"):
            yield Finding("file name", kind, View.FILE_NAME)


class _Scan(Confidential):
    """One pass over everything but the large values of one file."""

    def __init__(self, gate: Gate, contents: Contents) -> None:
        self.gate = gate
        self.contents = contents
        self.found: set[Finding] = set()
        self.charsets = {
            container: contents.buffer[start:end]
            for tag, _, start, end, container in contents.leaves
            if tag == _SPECIFIC_CHARACTER_SET
        }

    def run(self) -> set[Finding]:
        self.scan_bytes()
        buffer, uids = self.contents.buffer, self.gate.uids
        texts: list[Leaf] = []
        opaque: list[Leaf] = []
        for leaf in self.contents.leaves:
            _, vr, start, end, _ = leaf
            if start == end:
                continue
            if vr in SQUEEZED:
                texts.append(leaf)
            elif vr == b"UI":
                value = buffer[start:end].strip(b"\0 ")
                if value in uids or (b"\\" in value and not uids.isdisjoint(value.split(b"\\"))):
                    self.report(leaf, UID, View.TEXT)
            elif vr in _OPAQUE and end - start > _SHORTEST:
                opaque.append(leaf)
        self.scan_texts(texts)
        for leaf in opaque:
            self.scan_opaque(leaf, buffer[leaf[2] : leaf[3]])
        return self.found

    def scan_bytes(self) -> None:
        """All bytes at once: for most files one pass that finds nothing."""
        data = self.contents.buffer.lower()
        preamble = data[:128]
        if preamble.strip(b"\0"):
            found = set(kinds_in_bytes(self.gate, self.contents.buffer[:128]))
            found |= {(kind, View.REORDERED) for kind in kinds_turned(self.gate, preamble)}
            self.found |= {Finding("preamble", kind, view or View.RAW) for kind, view in found}
        for match in self.gate.everywhere.matches(data):
            leaf = self.contents.leaf_at(match.start)
            if leaf is None or match.end > leaf[3]:
                where = "preamble" if match.start < 128 else "between elements"
                vr, low, high = b"UN", 0, len(data)
            else:
                tag, vr, low, high, container = leaf
                where = self.contents.path(tag, container)
                if vr in _OPAQUE and is_text(data[low:high]):
                    vr = b"UT"
            if counts(match, data, low, high, vr):
                view = View.TEXT if vr in TEXT_VRS else View.RAW
                self.found.add(Finding(where, match.pattern.kind, view_of(match.pattern, view)))

    def scan_texts(self, leaves: list[Leaf]) -> None:
        """Text values decoded, folded, without separators, turned and unpacked; one by one only if needed."""
        buffer, gate = self.contents.buffer, self.gate
        joined = b"\x01".join([buffer[leaf[2] : leaf[3]] for leaf in leaves])
        if joined == gate.clean_text:
            is_clean = True
        else:
            is_clean = self.is_clean(joined)
            gate.clean_text = joined if is_clean else b""
        if not is_clean:
            for leaf in leaves:
                self.scan_text(leaf, leaf[1], buffer[leaf[2] : leaf[3]])
        elif gate.whole or gate.terms:
            for leaf in leaves:
                self.scan_whole(leaf, leaf[1], buffer[leaf[2] : leaf[3]].lower())

    def is_clean(self, joined: bytes) -> bool:
        """Whether nothing that may be an identifier is in texts that need no decoding, in any view."""
        small = joined.lower()
        return (
            joined.isascii()
            and b"\x1b" not in joined
            and b"=" not in joined
            and not any(kinds_in(self.gate, small, b"UT"))
            and not any(kinds_backwards(self.gate, small))
            and not self.is_packed(tokens_unwrapped(joined))
        )

    def scan_whole(self, leaf: Leaf, vr: bytes, folded: bytes) -> None:
        """Whether a text value is, as a whole, a short or common identifier."""
        kind = self.gate.common_kind(leaf[0], vr, folded)
        if kind is not None:
            self.report(leaf, kind, View.TEXT)

    def scan_text(self, leaf: Leaf, vr: bytes, value: bytes) -> None:
        """One text value in every view; `vr` is UT for an opaque value that holds text."""
        folded = self.folded(value, leaf[4])
        self.scan_whole(leaf, vr, folded)
        self.report_all(leaf, kinds_in(self.gate, folded, vr), View.TEXT)
        for kind in kinds_backwards(self.gate, folded):
            self.report(leaf, kind, View.REORDERED)
        self.scan_packed(leaf, tokens_unwrapped(value))

    def scan_opaque(self, leaf: Leaf, value: bytes) -> None:
        """One binary value: as text if it is some, and what is packed in it."""
        if is_text(value):
            self.scan_text(leaf, b"UT", value)
        else:
            self.report_all(leaf, kinds_in_bytes(self.gate, value), View.RAW)
        self.scan_bytes_packed(leaf, value)

    def scan_bulk(self, bulk: Bulk) -> None:
        """A large value: of pixel data what codec streams carry besides, of others also what is packed."""
        leaf, body = (bulk.tag, b"OB", 0, 0, bulk.container), self.contents.body
        if bulk.tag in _PIXELS:
            for value in carried(body, bulk.range):
                self.scan_opaque(leaf, value)
            return
        for value in map(without_zeros, pieces(body, bulk.range)):
            if len(value) <= _LARGE:
                self.scan_opaque(leaf, value)
            else:
                self.report_all(leaf, kinds_in_runs(self.gate, value), View.RAW)
                self.scan_bytes_packed(leaf, value)

    def scan_bytes_packed(self, leaf: Leaf, value: bytes) -> None:
        self.scan_packed(leaf, unwrapped(value))
        for kind in kinds_turned(self.gate, value):
            self.report(leaf, kind, View.REORDERED)

    def scan_packed(self, leaf: Leaf, payloads: Iterable[tuple[View, bytes]]) -> None:
        try:
            for view, payload in payloads:
                for kind, _ in self.kinds_in_payload(payload):
                    self.report(leaf, kind, view)
        except TooLarge:
            self.report(leaf, _UNREADABLE, View.INFLATED)

    def is_packed(self, payloads: Iterable[tuple[View, bytes]]) -> bool:
        """Whether it is worth while to look at the packed parts of every value by itself."""
        try:
            return any(may_hold(self.gate, payload) for _, payload in payloads)
        except TooLarge:
            return True

    def kinds_in_payload(self, payload: bytes) -> Kinds:
        if not is_text(payload):
            return kinds_in_bytes(self.gate, payload)
        try:
            text = payload.decode("utf-8")
        except UnicodeDecodeError:
            return kinds_in(self.gate, self.folded(payload, 0), b"UT")
        return kinds_in(self.gate, fold(text).encode("utf-8"), b"UT")

    def folded(self, value: bytes, container: int) -> bytes:
        """A text in the character set of its item, folded, as UTF-8."""
        if value.isascii() and b"\x1b" not in value:
            return value.lower()
        while container and container not in self.charsets:
            container = self.contents.containers[container].parent
        declared = self.charsets.get(container, b"")
        text = charset_of(declared).decode(value)[0]
        again = repaired(text)
        return fold(f"{text}\x01{again}" if again else text).encode("utf-8", "replace")

    def report_all(self, leaf: Leaf, kinds: Kinds, otherwise: View) -> None:
        for kind, view in kinds:
            self.report(leaf, kind, view or otherwise)

    def report(self, leaf: Leaf, kind: str, view: View) -> None:
        self.found.add(Finding(self.contents.path(leaf[0], leaf[4]), kind, view))
