"""Read a CTP anonymizer script: its elements, parameters and group rules, and nothing else XML can do.

A document type, an entity, a processing instruction or an element the format does not have stops the reading:
entities can blow up a parser or read files.
"""

from dataclasses import dataclass
from xml.parsers import expat

from tirage.policy.problems import Problem, ProjectInvalid

MAX_BYTES = 4 * 1024 * 1024
KINDS = frozenset({"p", "e", "k", "r"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a script: its kind (`p`, `e`, `k`, `r`), whether it is enabled, its target and text."""

    kind: str
    is_enabled: bool
    target: str
    name: str
    text: str
    line: int


def read_script(data: bytes, name: str) -> list[Entry]:
    """The entries of a script in order; raises `ProjectInvalid` when it is no plain script."""
    if len(data) > MAX_BYTES:
        raise ProjectInvalid(name, [Problem(0, f"the file is larger than {MAX_BYTES // 1024} KiB")])
    reader = _Reader(name)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ProjectInvalid(name, [Problem(error.lineno, f"is not valid XML: {error}")]) from None
    return reader.entries


class _Reader:
    """Follows the parser; `open` is the element whose text is being read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.entries: list[Entry] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.ProcessingInstructionHandler = self._instruction
        self._open: tuple[str, dict[str, str], int] | None = None
        self._text: list[str] = []
        self._is_inside = False

    def _start(self, kind: str, attributes: dict[str, str]) -> None:
        if not self._is_inside:
            if kind != "script":
                raise self._wrong(f"begins with <{kind}>; a CTP anonymizer script begins with <script>")
            self._is_inside = True
            return
        if kind not in KINDS or self._open is not None:
            raise self._wrong(f"has a <{kind}> where none belongs")
        self._open = kind, attributes, self.parser.CurrentLineNumber
        self._text = []

    def _characters(self, text: str) -> None:
        if self._open is not None:
            self._text.append(text)
        elif text.strip():
            raise self._wrong("has text between its elements")

    def _end(self, kind: str) -> None:
        if self._open is None:
            return
        opened, attributes, line = self._open
        is_enabled = opened == "p" or attributes.get("en", "T").upper() == "T"
        target, name = attributes.get("t", "").strip(), attributes.get("n", "").strip()
        self.entries.append(Entry(opened, is_enabled, target, name, "".join(self._text).strip(), line))
        self._open = None

    def _doctype(self, *declared: object) -> None:
        raise self._wrong("declares a document type; entities are not read")

    def _instruction(self, target: str, data: str) -> None:
        raise self._wrong("has a processing instruction; only elements are read")

    def _wrong(self, message: str) -> ProjectInvalid:
        return ProjectInvalid(self.name, [Problem(self.parser.CurrentLineNumber, message)])
