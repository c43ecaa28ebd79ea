"""Which words of the vocabulary are somebody's name where they stand.

A person may be called Long, White or Grant. What stands beside such a word tells: a title, a label, an
initial, a neighbour that goes, a second word of its kind.
"""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise

from tirage.deidentify.text.addresses import house_numbers
from tirage.deidentify.text.context import is_vouched, names_after
from tirage.deidentify.text.tidy import GONE
from tirage.deidentify.text.tokens import FOREIGN, LETTER, NUMBERED, STAYS, UNKNOWN, Token
from tirage.model.records import Confidential
from tirage.policy.words import Naming, context

_BESIDE = re.compile(r"[ \t,^_=/&+'’`\"-]{0,4}|\.[ \t]?")
DIVIDED = re.compile(r"[A-Z][a-z]+-[a-z]")
DESCRIPTION = 64
"""Characters of the longest description (LO); longer texts are prose."""
SPELLED_LETTERS = 4
"""Letters in a row, one sign between any two, that are no sides of the body but a word."""
_NAMINGS = frozenset(Naming)
_JOINED = (" ", ", ", "^", "_", ",")
SIDES = "lrapt"
"""Letters that stand for a side of the body more often than for a name."""


@dataclass(frozen=True, slots=True, repr=False)
class Sentence(Confidential):
    """A text in words; `short` are the patient's initials and names of two letters."""

    tokens: Sequence[Token]
    folded: str
    plain: str
    short: frozenset[str]
    gaps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gaps.extend(self.folded[one.end : other.start] for one, other in pairwise(self.tokens))

    @property
    def is_label(self) -> bool:
        """Whether this is a line of few words."""
        return len(self.plain) <= DESCRIPTION and "\n" not in self.plain

    @property
    def is_flat(self) -> bool:
        """Whether small letters say as little as capitals do."""
        return self.is_label or self.plain.islower()


def named(sentence: Sentence) -> set[int]:
    """Places of the words that go: those nobody knows, and those that are names where they stand."""
    tokens = sentence.tokens
    lost = {place for place, token in enumerate(tokens) if token.kind in (UNKNOWN, NUMBERED, FOREIGN)}
    lost |= names_after(tokens, sentence.folded, sentence.plain)
    words = [token.word for token in tokens]
    vouched = {
        place
        for place, token in enumerate(tokens)
        if token.kind in _NAMINGS and is_vouched(words, sentence.gaps, place)
    }
    for place, token in enumerate(tokens):
        if token.kind in _NAMINGS and (
            (place not in vouched and _is_bare(sentence, vouched, place))
            or _has_initial(sentence, place)
            or _is_inside(sentence, place)
            or _has_bare_initial(sentence, place)
        ):
            lost.add(place)
    lost |= _spelled(sentence)
    titles = context("title")
    lost |= {
        place
        for place in range(1, len(tokens))
        if words[place - 1] in titles and _is_addressed(sentence, place)
    }
    lost |= _halves(sentence)
    for places, step in ((range(1, len(tokens)), -1), (range(len(tokens) - 2, -1, -1), 1)):
        for place in places:
            if place not in lost and place + step in lost and _goes_too(sentence, place, step):
                lost.add(place)
    lost |= house_numbers(tokens, sentence.gaps, lost)
    # A title whose name went says nothing any more.
    lost |= {place for place in range(len(tokens) - 1) if place + 1 in lost and _is_title_of(sentence, place)}
    return lost


def _is_bare(sentence: Sentence, vouched: AbstractSet[int], place: int) -> bool:
    """Whether nothing beside a name shows that it is a word here; small letters do, in prose."""
    token = sentence.tokens[place]
    if not token.is_capital and token.word in context("little word"):
        return False
    match token.kind:
        case Naming.EPONYM:
            return True
        case Naming.COMMON:
            return token.is_capital or sentence.is_flat
    return sentence.is_label or _is_doubled(sentence, vouched, place)


def _is_doubled(sentence: Sentence, vouched: AbstractSet[int], place: int) -> bool:
    """Whether a name stands beside another as first and family names do, and neither is a word there."""
    token = sentence.tokens[place]
    for beside in (place - 1, place + 1):
        if 0 <= beside < len(sentence.tokens) and sentence.gaps[min(place, beside)] in _JOINED:
            other = sentence.tokens[beside]
            is_written_so = token.is_capital and other.is_capital and not token.is_loud(sentence.plain)
            if other.kind in _NAMINGS and beside not in vouched and (is_written_so or sentence.is_flat):
                return True
    return False


def _has_initial(sentence: Sentence, place: int) -> bool:
    """Whether an initial with a full stop, or a slash in front, is beside a word."""
    for beside, gap in ((place - 1, place - 1), (place + 1, place)):
        if 0 <= beside < len(sentence.tokens) and sentence.tokens[beside].kind is LETTER:
            token, between = sentence.tokens[beside], sentence.gaps[gap]
            is_dotted = sentence.folded[token.end : token.end + 1] == "."
            is_beside = between in ("/", "^") and token.word not in SIDES
            if token.is_capital and (is_dotted or is_beside) and between not in ("'", "’"):
                return True
    return False


def _halves(sentence: Sentence) -> set[int]:
    """Places of both halves of a word that is divided as no term is: `Boy-er`, `Min-ta`."""
    found: set[int] = set()
    for place, gap in enumerate(sentence.gaps):
        if gap != "-":
            continue
        one, other = sentence.tokens[place], sentence.tokens[place + 1]
        is_word = one.is_capital and not other.is_capital and not one.is_loud(sentence.plain)
        if is_word and one.word.isalpha() and other.word.isalpha():
            short = min(one.word, other.word, key=len)
            if len(short) < 4 and not {one.word, other.word} & context("short half"):
                found |= {place, place + 1}
    return found


def _spelled(sentence: Sentence) -> set[int]:
    """Places of single letters that spell a word together, as `J E N S E N`: a word that nobody judged."""
    found: set[int] = set()
    run: list[int] = []
    for place, token in enumerate(sentence.tokens):
        is_next = (
            run and sentence.gaps[place - 1] == sentence.gaps[run[0]] and len(sentence.gaps[run[0]]) == 1
        )
        if run and not (token.kind is LETTER and (is_next or len(run) == 1)):
            found |= set(run) if len(run) >= SPELLED_LETTERS else set()
            run = []
        if token.kind is LETTER:
            run.append(place)
    return found | (set(run) if len(run) >= SPELLED_LETTERS else set())


def _is_addressed(sentence: Sentence, place: int) -> bool:
    """Whether a title stands before a word: any capitalised word behind `Dr` is a name."""
    if (
        not place
        or sentence.gaps[place - 1].strip(" .")
        or sentence.tokens[place - 1].word not in context("title")
    ):
        return False
    token = sentence.tokens[place]
    if not _is_title(sentence, place - 1):
        return False
    if token.kind in _NAMINGS:
        return token.is_capital or sentence.tokens[place - 1].word in context("personal title")
    is_personal = sentence.tokens[place - 1].word in context("personal title")
    return is_personal and token.kind is STAYS and token.is_capital and not token.is_loud(sentence.plain)


def _is_title_of(sentence: Sentence, place: int) -> bool:
    """Whether a word is the title of the name behind it."""
    tokens = sentence.tokens
    is_behind = sentence.gaps[place].strip(" .") == "" and tokens[place + 1].kind is not NUMBERED
    return is_behind and tokens[place].word in context("title") and _is_title(sentence, place)


def _is_title(sentence: Sentence, place: int) -> bool:
    """Whether a word is a title here: `DR` alone is a modality, `MS` a disease."""
    token = sentence.tokens[place]
    is_dotted = sentence.folded[token.end : token.end + 1] == "."
    return (
        is_dotted
        or token.word not in context("ambiguous title")
        or (token.is_capital and not token.is_loud(sentence.plain))
    )


def _is_inside(sentence: Sentence, place: int) -> bool:
    """Whether a word has a capital for no other reason than being a name: behind a small one."""
    token = sentence.tokens[place]
    if not place or not token.is_capital or token.is_loud(sentence.plain) or token.kind is Naming.EPONYM:
        return False
    before = sentence.tokens[place - 1]
    is_behind = sentence.gaps[place - 1] == " " and before.word.isalpha() and not before.is_capital
    is_told = token.kind is Naming.COMMON or before.word in context("before name")
    return is_behind and is_told and before.kind is STAYS


def _has_bare_initial(sentence: Sentence, place: int) -> bool:
    """Whether a common name stands beside an initial without a full stop: `Long, J`, `J Long`."""
    token = sentence.tokens[place]
    if token.kind is not Naming.COMMON or not token.is_capital:
        return False
    for beside in (place - 1, place + 1):
        if not 0 <= beside < len(sentence.tokens):
            continue
        other, gap = sentence.tokens[beside], sentence.gaps[min(place, beside)]
        if other.kind is LETTER and other.is_capital:
            is_initial = sentence.folded[other.end : other.end + 1] == "." or gap in (", ", "^", ",")
            if is_initial or (gap == " " and other.word not in SIDES and beside < place):
                return True
    return False


def _goes_too(sentence: Sentence, place: int, step: int) -> bool:
    """Whether a word goes because its neighbour went: a second name, an initial, a part of two letters."""
    token, gone = sentence.tokens[place], sentence.tokens[place + step]
    gap = sentence.gaps[min(place, place + step)]
    if gone.kind in (NUMBERED, FOREIGN) or not _BESIDE.fullmatch(gap):
        return False
    first = gone if step < 0 else token
    if "." in gap and gap != "." and len(first.word) > 2:
        return False
    if gone.kind is STAYS and not gone.is_capital:
        return False
    if token.word in sentence.short and gone.word[0] == GONE:
        return True
    if token.kind is LETTER:
        if not token.is_capital:
            return gap.strip() in ("'", "’") or (sentence.is_flat and gap == ". ")
        is_initial = sentence.folded[token.end : token.end + 1] == "." or "," in gap or "^" in gap
        return is_initial or token.word not in SIDES
    if step > 0 and token.word in context("name particle") and gap == " " and gone.is_capital:
        return True
    is_alike = token.is_capital == gone.is_capital and (token.is_capital or sentence.is_flat)
    return token.kind in _NAMINGS and is_alike and gap != "/"
