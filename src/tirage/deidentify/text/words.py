"""Which words of a text stay: those of the closed vocabulary, unless they name somebody where they stand."""

import re
from dataclasses import dataclass
from functools import lru_cache

from tirage.deidentify.text.context import announcing
from tirage.deidentify.text.fold import fold
from tirage.deidentify.text.names import DIVIDED, SPELLED_LETTERS, Sentence, named
from tirage.deidentify.text.own import Own
from tirage.deidentify.text.patterns import jargon
from tirage.deidentify.text.tidy import GONE
from tirage.deidentify.text.tokens import FOREIGN, LETTER, NUMBERED, STAYS, UNKNOWN, Token
from tirage.model.records import Confidential
from tirage.policy.words import Naming, context, vocabulary

_SCRIPTS = (
    r"\u1100-\u11ff\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3031-\u318f\u31a0-\u31ff\u3400-\ua4cf"
    r"\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b2ff\U00020000-\U0003ffff"
)
_IDEOGRAPHS = re.compile(f"[{_SCRIPTS}]")
_TOKEN = re.compile(rf"[{_SCRIPTS}]+|(?:[^\W_{_SCRIPTS}]|\ufffd)+|\x00+")
_PIECE = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_SPLIT = re.compile(r"[^\W\d_]+|\d+")
LONGEST_IDEOGRAPHS = 8


@dataclass(frozen=True, slots=True, repr=False)
class Judge(Confidential):
    """Judges words for one patient."""

    own: Own

    def gone(self, folded: str, plain: str) -> tuple[list[tuple[int, int]], bool]:
        """Places of the words that go, and whether there was a judge for every word."""
        tokens, plain_ones, is_judged = [], True, "\ufffd" not in plain
        for match in _TOKEN.finditer(folded):
            word = match[0]
            start, end = match.span()
            if word[0] == GONE:
                is_named = any(map(str.isalpha, plain[start:end]))
                tokens.append(
                    Token(start, end, word, UNKNOWN if is_named else NUMBERED, plain[start].isupper())
                )
                plain_ones = False
                continue
            kind = kind_of(word)
            raw = plain[start:end]
            if kind is not UNKNOWN and _is_written_as_name(word, raw):
                kind = UNKNOWN
            if kind is not STAYS:
                if kind is UNKNOWN or kind is NUMBERED:
                    kind = STAYS if _is_composed(raw) else kind
                elif kind is FOREIGN:
                    is_judged = False
                plain_ones = plain_ones and kind in (STAYS, LETTER)
            if kind is not UNKNOWN and self._is_own(word, kind):
                kind, plain_ones = UNKNOWN, False
            tokens.append(Token(start, end, word, kind, plain[start].isupper()))
        letters = sum(token.kind is LETTER for token in tokens)
        if (
            plain_ones
            and not ("-" in folded and DIVIDED.search(plain))
            and letters < SPELLED_LETTERS
            and announcing().isdisjoint(token.word for token in tokens)
        ):
            return [], is_judged
        lost = named(Sentence(tokens, folded, plain, self.own.short))
        return [
            (token.start, token.end)
            for place, token in enumerate(tokens)
            if place in lost and token.word[0] != GONE
        ], is_judged

    def _is_own(self, word: str, kind: str) -> bool:
        """Whether a word of the vocabulary is one of the patient's, of two letters or with a slip."""
        if len(word) == 2:
            return word in self.own.short
        is_slip = kind is STAYS and len(word) > 3 and word.isalpha() and self.own.is_like(word)
        return is_slip and word not in context("never a slip")


@lru_cache(maxsize=65536)
def kind_of(word: str) -> str:
    """What a folded word is by itself."""
    words = vocabulary()
    if len(word) == 1 and word.isascii() and word.isalpha():
        return LETTER
    if word in words.plain:
        return STAYS
    if word.isascii():
        if word.isdigit():
            return STAYS
        if word.isalpha():
            if word in words.names:
                return words.names[word]
            return UNKNOWN
        return STAYS if _is_jargon(word) else NUMBERED
    if word in words.names:
        return words.names[word]
    if not any(letter.isalpha() for letter in word):
        return STAYS if word.isnumeric() else FOREIGN
    return STAYS if _IDEOGRAPHS.match(word) and _is_covered(word, words.ideographs) else FOREIGN


@lru_cache(maxsize=65536)
def _is_jargon(word: str) -> bool:
    """Whether letters and digits in one folded word are a known form, or words with a short number."""
    digits = sum(map(str.isdigit, word))
    if jargon().fullmatch(word) and (digits < 6 or "x" in word):
        return True
    pieces = _SPLIT.findall(word)
    if digits > 6 or len(pieces) > 8 or any(piece.isdigit() and len(piece) > 4 for piece in pieces):
        return False
    letters = [piece for piece in pieces if not piece.isdigit()]
    if digits > 3 and not context("number label").isdisjoint(letters):
        return False
    if any(len(piece) == 4 for piece in pieces if piece.isdigit()) and not all(
        len(piece) > 2 for piece in letters
    ):
        return False
    return all(len(piece) < 2 or _is_wanted(piece) for piece in letters) and (
        digits < 4 or max(map(len, letters)) > 1
    )


def _is_written_as_name(word: str, raw: str) -> bool:
    """Whether a known word is written as names are: `VigilS` with an initial, `Colón` with a mark."""
    if raw[-1].isupper() and raw[0].isupper() and raw[1:-1].islower() and len(raw) > 3:
        return True
    return not raw.isascii() and word in context("name with marks")


@lru_cache(maxsize=8192)
def _is_composed(raw: str) -> bool:
    """Whether an unknown word is written of known ones, each with its capital: `HeadNeck`, `CTChest`."""
    pieces = _PIECE.findall(raw)
    if len(pieces) < 2 or "".join(pieces) != raw:
        return False
    if min(map(len, pieces)) == 1 and any(fold(piece) in vocabulary().names for piece in pieces):
        return False  # a name and an initial
    return all(
        (
            len(piece) < 4
            if piece.isdigit()
            else _is_wanted(fold(piece)) and (len(piece) > 2 or piece.isupper())
        )
        for piece in pieces
    )


def _is_wanted(piece: str) -> bool:
    """Whether a part of a word is of the vocabulary and hardly anybody's name."""
    words = vocabulary()
    return piece in words.plain or (len(piece) > 3 and words.names.get(piece) is Naming.RARE)


def _is_covered(word: str, listed: frozenset[str]) -> bool:
    """Whether listed words, one after another, make up the whole of a run of ideographs."""
    reached = {0}
    for start in range(len(word)):
        if start in reached:
            if word[start].isdigit() and word[start].isascii():
                reached.add(start + 1)
            reached |= {
                end
                for end in range(start + 1, min(len(word), start + LONGEST_IDEOGRAPHS) + 1)
                if word[start:end] in listed
            }
    return len(word) in reached
