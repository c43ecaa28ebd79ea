"""One plain form for all ways to write a text, letter for letter, so that places in both are the same."""

import re
import unicodedata
from functools import lru_cache

_LATIN = str.maketrans(
    {
        "ß": "s",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "t",
        "æ": "a",
        "œ": "o",
        "ı": "i",
        "ŋ": "n",
        "ħ": "h",
    }
)
SPELLED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "æ": "ae", "œ": "oe", "å": "aa", "þ": "th"}
)
"""What is written where a keyboard lacks the letter."""
# Cyrillic and Greek letters that look like a Latin one.
_LOOKS = str.maketrans("авгеіјкмнорсѕтухьԁԛԝαβεικνορτυχ", "abreijkmhopcstyxbdqwabeikvoptux")
_CONTROLS = re.compile(r"[^\S \n\r\t\f]|[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_ASCII_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_WORD = re.compile(r"[^\W\d_]+")


def normalise(text: str) -> str:
    """The text without marks that nobody sees: zero widths, controls; wide and styled letters as plain ones.

    Letters of other scripts that stand among Latin ones and look like them become those.
    """
    if text.isascii():
        return _ASCII_CONTROLS.sub(" ", text)
    composed = unicodedata.normalize("NFC", text)
    visible = _CONTROLS.sub(" ", "".join(map(_visible, composed)))
    return _WORD.sub(_latin, visible)


def fold(text: str) -> str:
    """Small letters without diacritics, exactly one character for each."""
    if text.isascii():
        return text.lower()
    return "".join(map(_small, text))


def spellings(word: str) -> set[str]:
    """The folded forms of one word: letters without a key may be written as two (`ue` for `ü`)."""
    small = unicodedata.normalize("NFC", word.lower())
    plain = fold(small)
    if small.isascii():
        return (
            {plain, plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")}
            if len(plain) > 4
            else {plain}
        )
    return {plain, fold(small.translate(SPELLED)), fold(small.replace("ß", "ss"))}


@lru_cache(maxsize=4096)
def _visible(letter: str) -> str:
    if letter.isascii():
        return letter
    category = unicodedata.category(letter)
    if category[0] == "M" or category == "Cf":
        return ""
    if category in ("Co", "Cn", "Cs"):
        return "\ufffd"
    compatible = unicodedata.normalize("NFKC", letter)
    if category != "No" and compatible.isascii() and compatible.isalnum():
        return compatible
    return letter


@lru_cache(maxsize=4096)
def _small(letter: str) -> str:
    if letter.isascii():
        return letter.lower()
    decomposed = unicodedata.normalize("NFD", letter.lower())
    first, marks = decomposed[:1], decomposed[1:]
    if first >= "\u1100" or not all(map(unicodedata.combining, marks)):
        return letter
    return first.translate(_LATIN)


def _latin(match: re.Match[str]) -> str:
    """A word of two scripts in Latin letters, where each of the others looks like one."""
    word = match[0]
    if word.isascii() or not any(letter.isascii() for letter in word):
        return word
    return "".join(_look(letter) for letter in word)


def _look(letter: str) -> str:
    small = letter.lower()
    like = small.translate(_LOOKS)
    if like == small or len(small) != 1:
        return letter
    return like.upper() if letter != small else like
