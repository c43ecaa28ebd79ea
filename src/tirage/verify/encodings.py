"""How a text that is not ASCII may lie in a file, whatever character set the file declares."""

import unicodedata
from collections.abc import Iterable, Iterator

# Every character set of PS3.3 C.12.1.1.2, and the byte orders and code pages systems use beside them.
_CODECS = (
    "utf_8", "latin_1", "cp1252", "iso8859_2", "iso8859_3", "iso8859_4", "iso8859_5", "iso8859_6",
    "iso8859_7", "iso8859_8", "iso8859_9", "iso8859_15", "iso8859_11", "cp1250", "cp1251", "koi8_r",
    "cp437", "cp850", "shift_jis", "euc_jp", "iso2022_jp", "iso2022_jp_2", "euc_kr", "gb18030", "big5",
    "utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be",
)  # fmt: skip
_UNICODE = ("utf_8", "utf_16_le", "utf_16_be", "gb18030")
_SHORTEST = 3


def encodings(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[bytes, str]]:
    """(bytes, kind) of each (text, kind) in every case, composition and codec, ASCII letters small."""
    for text, kind in texts:
        cases = {text, text.upper(), text.lower(), text.title()}
        composed = {unicodedata.normalize("NFC", case) for case in cases}
        apart = {unicodedata.normalize("NFD", case) for case in cases}
        found = {_encoded(form, codec) for form in composed for codec in _CODECS}
        found |= {_encoded(form, codec) for form in apart for codec in _UNICODE}
        yield from ((data, kind) for data in found if len(data) >= _SHORTEST and not data.isalnum())


def _encoded(text: str, codec: str) -> bytes:
    try:
        data = text.encode(codec)
    except UnicodeEncodeError:
        return b""
    # Back to ASCII at the end: what follows in the file may differ.
    return data.removesuffix(b"\x1b(B").lower()
