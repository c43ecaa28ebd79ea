"""One spelling for all ways a text may be written: folded case, no diacritics, plain letters."""

import re
import unicodedata

# Letters that Unicode does not decompose.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """The text in small letters without diacritics; `Müller`, `MÜLLER` and `Mu\u0308ller` become `muller`."""
    small = text.casefold()
    if small.isascii():
        return small
    decomposed = unicodedata.normalize("NFKD", small)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)


def words(text: str) -> list[str]:
    """The folded words of a text: runs of letters and digits."""
    return _WORD.findall(fold(text))


def spellings(text: str) -> set[str]:
    """The folded forms one word may take when a system has no diacritics: `muller`, `mueller`."""
    small = unicodedata.normalize("NFC", text.casefold())
    plain = fold(text)
    short = plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return {plain, fold(small.translate(_TWO_LETTERS)), short} if len(short) > 3 else {plain}
