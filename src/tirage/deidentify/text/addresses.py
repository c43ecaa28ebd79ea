"""House numbers beside a street or a town that goes, and what is left of the street's name."""

from collections.abc import Sequence

from tirage.deidentify.text.tidy import GONE
from tirage.deidentify.text.tokens import NUMBERED, Token
from tirage.policy.words import context

LONGEST_STREET = 4
"""Words of a street's name."""
LONGEST_NUMBER = 4


def house_numbers(tokens: Sequence[Token], gaps: Sequence[str], lost: set[int]) -> set[int]:
    """Places of number and street in `12 Elm Parade, Ashby`, of the number in `Elmweg 12, Ashby`."""
    found: set[int] = set()
    endings = tuple(context("street ending"))
    for place, token in enumerate(tokens):
        is_gone = token.kind is NUMBERED and token.word[0] == GONE
        if not is_gone and (not token.word.isdigit() or len(token.word) > LONGEST_NUMBER):
            continue
        end = place + 1
        while end < len(tokens) and end - place <= LONGEST_STREET and gaps[end - 1] in (" ", "-", "'"):
            if not tokens[end].is_capital and tokens[end].word not in context("name particle"):
                break
            end += 1
        street = range(place + 1, end)
        gone = [tokens[at] for at in street if at in lost and tokens[at].kind is not NUMBERED]
        is_before_town = bool(street) and end < len(tokens) and gaps[end - 1] == ", " and end in lost
        if gone and (is_before_town or any(one.word.endswith(endings) for one in gone)):
            found |= {place, *street}
        is_behind = place and place - 1 in lost and gaps[place - 1] == " "
        if is_behind and place + 1 < len(tokens) and gaps[place] == ", " and place + 1 in lost:
            found.add(place)
    return found
