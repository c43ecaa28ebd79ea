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
from tirage.verify.gate import FREE_TEXT, TEXT_VRS, Gate, counts
from tirage.verify.needles import UID
from tirage.verify.reader import Contents, Leaf, Unreadable, read_contents
from tirage.verify.views import TooLarge, tokens_unwrapped, unwrapped

__all__ = ["Gate", "compile_gate", "scan_file"]

_SQUEEZED = FREE_TEXT | {b"AE", b"CS", b"UR"}
_OPAQUE = frozenset({b"OB", b"OW", b"UN"})
_SPECIFIC_CHARACTER_SET = 0x00080005
# All but the mark between values; the zero bytes of UTF-16 go too.
_SEPARATORS = bytes(byte for byte in range(0x80) if byte != 1 and not chr(byte).isalnum())
_PRINTABLE = bytes(byte for byte in range(256) if byte >= 0x20 or byte in b"\t\n\r\f\x1b")
_ASCII = bytes(range(0x80))
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
        found |= _Scan(gate, contents).run()
        for bulk in contents.bulks:
            found |= gate.bulk.scan(contents.body, bulk, contents.path(bulk.tag, bulk.container))
    return sorted(found, key=lambda finding: (finding.where, finding.kind, finding.view or ""))


def _scan_name(gate: Gate, name: str) -> Iterator[Finding]:
    if name:
        for kind, _ in _kinds_in(gate, fold(name).encode("utf-8", "surrogateescape"), b"LO"):
            yield Finding("file name", kind, View.FILE_NAME)


def kinds_in_text(gate: Gate, text: str) -> set[str]:
    """The kinds of identifier in a text that stands by itself, such as a line read in a picture."""
    return {kind for kind, _ in _kinds_in(gate, fold(text).encode("utf-8", "replace"), b"LT")}


def _kinds_in(gate: Gate, folded: bytes, vr: bytes) -> Iterator[tuple[str, View | None]]:
    """(kind, UTF-16 or None) of what is in one text, or in arbitrary bytes when the VR is not text."""
    for match in gate.everywhere.matches(folded):
        if counts(match, folded, 0, len(folded), vr):
            yield match.pattern.kind, View.UTF16 if match.pattern.wide else None
    if vr in _SQUEEZED or vr not in TEXT_VRS:
        squeezed = folded.translate(None, _SEPARATORS)
        for match in gate.squeezed.matches(squeezed):
            if counts(match, squeezed, 0, len(squeezed), vr):
                yield match.pattern.kind, None
    if gate.has_uid(folded):
        yield UID, None


def _is_text(value: bytes) -> bool:
    """Whether an opaque value holds text: no control characters, and UTF-8 or mostly ASCII."""
    bare = value.rstrip(b"\0")
    if bare.translate(None, _PRINTABLE):
        return False
    if 4 * len(bare.translate(None, _ASCII)) <= len(bare):
        return True
    try:
        bare.decode()
    except UnicodeDecodeError:
        return False
    return True


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
            if vr in _SQUEEZED:
                texts.append(leaf)
            elif vr == b"UI":
                value = buffer[start:end].strip(b"\0 ")
                if value in uids or (b"\\" in value and not uids.isdisjoint(value.split(b"\\"))):
                    self.report(leaf, UID, View.TEXT)
            elif vr in _OPAQUE:
                opaque.append(leaf)
        self.scan_texts(texts)
        for leaf in opaque:
            self.scan_opaque(leaf)
        return self.found

    def scan_bytes(self) -> None:
        """All bytes at once: for most files one pass that finds nothing."""
        data = self.contents.buffer.lower()
        for kind, wide in _kinds_in(self.gate, data[:128], b"UN"):
            self.found.add(Finding("preamble", kind, wide or View.RAW))
        for match in self.gate.everywhere.matches(data):
            leaf = self.contents.leaf_at(match.start)
            if leaf is None or match.end > leaf[3]:
                where = "preamble" if match.start < 128 else "between elements"
                vr, low, high = b"UN", 0, len(data)
            else:
                tag, vr, low, high, container = leaf
                where = self.contents.path(tag, container)
                if vr in _OPAQUE and _is_text(data[low:high]):
                    vr = b"UT"
            if counts(match, data, low, high, vr):
                view = View.TEXT if vr in TEXT_VRS else View.RAW
                self.found.add(Finding(where, match.pattern.kind, view_of(match.pattern, view)))

    def scan_texts(self, leaves: list[Leaf]) -> None:
        """Text values decoded, folded, without separators and unpacked; one by one only when needed."""
        buffer, gate = self.contents.buffer, self.gate
        joined = b"\x01".join([buffer[leaf[2] : leaf[3]] for leaf in leaves])
        small = joined.lower()
        is_plain = joined.isascii() and b"\x1b" not in joined
        if (
            not is_plain
            or gate.whole
            or gate.terms
            or b"=" in joined
            or gate.has_uid(small)
            or gate.squeezed.matches(small.translate(None, _SEPARATORS))
            or self.is_packed(tokens_unwrapped(joined))
        ):
            for leaf in leaves:
                self.scan_text(leaf, leaf[1])

    def scan_text(self, leaf: Leaf, vr: bytes) -> None:
        """One text value in every view; `vr` is UT for an opaque value that holds text."""
        tag, _, start, end, container = leaf
        value = self.contents.buffer[start:end]
        folded = self.folded(value, container)
        kind = self.gate.common_kind(tag, vr, folded)
        if kind is not None:
            self.report(leaf, kind, View.TEXT)
        for kind, wide in _kinds_in(self.gate, folded, vr):
            self.report(leaf, kind, wide or View.TEXT)
        self.scan_packed(leaf, tokens_unwrapped(value))

    def scan_opaque(self, leaf: Leaf) -> None:
        """One binary value: as text if it is some, and what is packed in it."""
        value = self.contents.buffer[leaf[2] : leaf[3]]
        if _is_text(value):
            self.scan_text(leaf, b"UT")
        else:
            for kind, wide in _kinds_in(self.gate, value.lower(), leaf[1]):
                self.report(leaf, kind, wide or View.RAW)
        self.scan_packed(leaf, unwrapped(value))

    def scan_packed(self, leaf: Leaf, payloads: Iterable[tuple[View, bytes]]) -> None:
        try:
            for view, payload in payloads:
                for kind, _ in self.kinds_in_payload(payload):
                    self.report(leaf, kind, view)
        except TooLarge:
            self.report(leaf, _UNREADABLE, View.INFLATED)

    def is_packed(self, payloads: Iterable[tuple[View, bytes]]) -> bool:
        try:
            return any(any(self.kinds_in_payload(payload)) for _, payload in payloads)
        except TooLarge:
            return True

    def kinds_in_payload(self, payload: bytes) -> Iterator[tuple[str, View | None]]:
        if _is_text(payload):
            return _kinds_in(self.gate, self.folded(payload, 0), b"UT")
        return _kinds_in(self.gate, payload.lower(), b"UN")

    def folded(self, value: bytes, container: int) -> bytes:
        """A text in the character set of its item, folded, as UTF-8."""
        if value.isascii() and b"\x1b" not in value:
            return value.lower()
        while container and container not in self.charsets:
            container = self.contents.containers[container].parent
        declared = self.charsets.get(container, b"")
        return fold(charset_of(declared).decode(value)[0]).encode("utf-8", "replace")

    def report(self, leaf: Leaf, kind: str, view: View) -> None:
        self.found.add(Finding(self.contents.path(leaf[0], leaf[4]), kind, view))
