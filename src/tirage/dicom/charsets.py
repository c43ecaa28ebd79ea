"""Text under a Specific Character Set. Source: PS3.3 C.12.1.1.2, PS3.5 6.1.

Decoding never fails: what does not fit is replaced and reported, because a name that cannot be read must be
seen as such, not lost.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_SINGLE = {
    b"": "ascii",
    b"ISO_IR 6": "ascii",
    b"ISO_IR 100": "latin_1",
    b"ISO_IR 101": "iso8859_2",
    b"ISO_IR 109": "iso8859_3",
    b"ISO_IR 110": "iso8859_4",
    b"ISO_IR 144": "iso8859_5",
    b"ISO_IR 127": "iso8859_6",
    b"ISO_IR 126": "iso8859_7",
    b"ISO_IR 138": "iso8859_8",
    b"ISO_IR 148": "iso8859_9",
    b"ISO_IR 203": "iso8859_15",
    b"ISO_IR 13": "shift_jis",
    b"ISO_IR 166": "iso8859_11",
    b"ISO_IR 192": "utf_8",
    b"GB18030": "gb18030",
    b"GBK": "gbk",
}

# Escape sequence, without the ESC.
_ESCAPES = {
    b"(B": "ascii",
    b"-A": "latin_1",
    b"-B": "iso8859_2",
    b"-C": "iso8859_3",
    b"-D": "iso8859_4",
    b"-L": "iso8859_5",
    b"-G": "iso8859_6",
    b"-F": "iso8859_7",
    b"-H": "iso8859_8",
    b"-M": "iso8859_9",
    b"-b": "iso8859_15",
    b"-T": "iso8859_11",
    b")I": "shift_jis",
    b"(J": "shift_jis",
    b"$B": "iso2022_jp",
    b"$(D": "iso2022_jp_2",
    b"$)C": "euc_kr",
    b"$)A": "gb2312",
}
_ESCAPE = re.compile(rb"\x1b(\$[()][A-D]|[$(),\-.][A-Za-z0-9])")
# Where code extensions fall back to the first character set (PS3.5 6.1.2.5.3).
_RESET = re.compile(rb"([\\^=\r\n\t\f])")
_JAPANESE_TWO_BYTE = frozenset((b"$B", b"$(D"))


@dataclass(frozen=True, slots=True)
class Charset:
    """`first` decodes text without escape sequences; `known` is false for a term that is not standard."""

    first: str
    known: bool = True
    extended: bool = False

    def decode(self, value: bytes) -> tuple[str, bool]:
        """The text and whether every byte of it could be read as declared."""
        if value.isascii() and b"\x1b" not in value:
            return value.decode("ascii"), True
        if b"\x1b" not in value:
            return _decode(value, self.first, self.known)
        if self.extended:
            return self._decode_extended(value)
        return _decode(value, self.first, self.known)[0], False

    def read(self, value: bytes) -> str:
        """The text, for those who do not ask how well it could be read."""
        if value.isascii() and b"\x1b" not in value:
            return value.decode("ascii")
        return self.decode(value)[0]

    def _decode_extended(self, value: bytes) -> tuple[str, bool]:
        """Text with ISO 2022 escape sequences, which hold until the next one or a delimiter."""
        plain, *parts = _ESCAPE.split(value)
        text, is_clean = _decode(plain, self.first, self.known)
        for escape, content in zip(parts[::2], parts[1::2], strict=True):
            codec = _ESCAPES.get(escape)
            if codec is None:
                more, is_fit = _decode(content, self.first, self.known)[0], False
            elif escape in _JAPANESE_TWO_BYTE:
                # Bytes of these sets lie in 21..7E: a delimiter among them is half a character.
                more, is_fit = _decode(b"\x1b" + escape + content, codec, True)
            else:
                more, is_fit = self._decode_run(content, codec)
            text += more
            is_clean &= is_fit
        return text, is_clean

    def _decode_run(self, content: bytes, codec: str) -> tuple[str, bool]:
        """What follows one escape sequence: its codec up to the first delimiter, the first set after it."""
        cut = _RESET.search(content)
        if cut is None:
            return _decode(content, codec, True)
        inside, ok_inside = _decode(content[: cut.start()], codec, True)
        after, ok_after = _decode(content[cut.start() :], self.first, self.known)
        return inside + after, ok_inside and ok_after


def _decode(value: bytes, codec: str, known: bool) -> tuple[str, bool]:
    try:
        return value.decode(codec), known or value.isascii()
    except UnicodeDecodeError:
        return value.decode(codec, "replace"), False


@lru_cache(maxsize=256)
def charset_of(declared: bytes) -> Charset:
    """The character set a Specific Character Set value declares.

    An empty value is the default repertoire, read as Latin-1 and reported unclean when it is not ASCII:
    that is what most senders mean by saying nothing.
    """
    terms = [term.strip(b" \0") for term in declared.split(b"\\")]
    first = terms[0].replace(b"ISO 2022 IR", b"ISO_IR").replace(b"ISO IR", b"ISO_IR").upper()
    known = first in _SINGLE
    extended = len(terms) > 1 or terms[0].startswith(b"ISO 2022")
    if any(term and not _is_term(term) for term in terms[1:]):
        known = False
    codec = _SINGLE.get(first, "latin_1")
    if codec == "ascii":
        # Bytes above 7F are not in the declared set: shown as Latin-1, never as clean.
        return Charset("latin_1", known=False, extended=extended)
    return Charset(codec, known, extended)


def _is_term(term: bytes) -> bool:
    name = term.replace(b"ISO 2022 IR", b"ISO_IR")
    return name in _SINGLE or name in (b"ISO_IR 87", b"ISO_IR 159", b"ISO_IR 149", b"ISO_IR 58")
