"""What stands around a name: titles, labels, "reported by", and the nouns that make a name a term."""

import re
from collections.abc import Sequence
from functools import cache

from tirage.deidentify.text.tokens import STAYS, Token
from tirage.policy.words import context, vocabulary

MOST_PARTS = 5
"""Words a name has at most, after a label."""

WORDS_BEFORE, WORDS_BEHIND = 2, 4
"""How far from a name that is a term its own word stands: `color flow Doppler`, `long head of the biceps`."""

_JOINING = re.compile(r"[ _/'’&+()-]{0,3}|['’]s ")
_COLON = re.compile(
    r"(?:[ ']{0,2}s)?(?:[ -](?:full |first |last |family |given )?name)?[ \t]{0,2}[:=][ \t]{0,3}"
)
_PHYSICIAN = re.compile(
    r"(?: (?:physician|doctor|provider|clinician|dr))?[ \t]{0,2}[:=][ \t]{0,3}|[ ](?=dr\b)"
)
_TO = re.compile(r" (?:directly |by phone |by telephone )?(?:with|to) ")
_TITLED = re.compile(r"\.? ")
_CALLED = re.compile(r" ")


def is_vouched(words: Sequence[str], gaps: Sequence[str], place: int) -> bool:
    """Whether a name among folded words is a term there: `Baker's cyst`, `white matter`.

    One of its own words is beside it, with nothing between them that divides; a grading has a grade.
    """
    word = words[place]
    if word in context("named alone"):
        return True
    first, last = place, place
    while first and place - first < WORDS_BEFORE and _JOINING.fullmatch(gaps[first - 1]):
        first -= 1
    while last < len(gaps) and last - place < WORDS_BEHIND and _JOINING.fullmatch(gaps[last]):
        last += 1
    near = (*words[first:place], *words[place + 1 : last + 1])
    if not vocabulary().beside.get(word, frozenset()).isdisjoint(near):
        return True
    is_graded = word in context("graded eponym")
    return is_graded and any(
        one[0].isdigit() or one in context("grade") for one in words[place + 1 : last + 1]
    )


def names_after(tokens: Sequence[Token], folded: str, plain: str) -> set[int]:
    """Places among the words of a text of those that a label says are a name.

    After "name:" every capitalised word is one; after "reported by" and titles those that people are called,
    and what has a capital behind them.
    """
    found: set[int] = set()
    labels = _labels()
    for place, token in enumerate(tokens):
        for pattern, is_any in labels.get(token.word, ()):
            match = pattern.match(folded, token.end)
            if not match or (is_any and place and tokens[place - 1].word in context("named thing")):
                continue
            if pattern is _TITLED and (not token.is_capital or (match[0] == " " and token.is_loud(plain))):
                continue
            found |= _named(tokens, folded, plain, (place, match.end(), is_any))
    return found


@cache
def announcing() -> frozenset[str]:
    """Every word that a name may stand behind."""
    return frozenset(_labels()) | context("title")


@cache
def _labels() -> dict[str, tuple[tuple[re.Pattern[str], bool], ...]]:
    """What must follow each word that announces a name, and whether any word may be the name then."""
    by = "|".join(sorted(context("by")))
    done = re.compile(rf"[,.]?(?: (?:and|by) [^\W\d_]+)? ?(?:{by}|:)[ :]{{1,3}}|: ?")
    found: dict[str, tuple[tuple[re.Pattern[str], bool], ...]] = {}
    for kind, pattern, is_any in (
        ("name label", _COLON, True),
        ("person label", _COLON, False),
        ("staff label", _PHYSICIAN, False),
        ("done by", done, False),
        ("told", _TO, False),
        ("personal title", _TITLED, False),
    ):
        for word in context(kind):
            found[word] = (*found.get(word, ()), (pattern, is_any))
    return found | dict.fromkeys(("named", "called"), ((_CALLED, False),))


def _named(tokens: Sequence[Token], folded: str, plain: str, label: tuple[int, int, bool]) -> set[int]:
    """Places of the words of the name that stands behind a label at (place, end, whether any word is one)."""
    place, last, is_any = label
    found: set[int] = set()
    for following in range(place + 1, min(len(tokens), place + 1 + 4 * MOST_PARTS)):
        token = tokens[following]
        if token.start < last:
            continue
        gap = folded[last : token.start]
        if not found and token.word in context("title") and gap.strip(" .") == "":
            last = token.end
            continue
        if len(found) == MOST_PARTS or "\n" in gap or len(gap) > 3 or not token.is_capital:
            break
        if token.kind is STAYS and not is_any and (not found or token.is_loud(plain) or gap != " "):
            break
        found.add(following)
        last = token.end
    return found
