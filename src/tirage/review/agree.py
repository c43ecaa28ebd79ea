"""How far two readers agree, and what a sample says of what was not looked at."""

from collections import Counter
from collections.abc import Sequence
from math import exp, lgamma, log, log1p

from tirage.model.reviews import Agreement, Verdict

CONFIDENCE = 0.95


def agreement(pairs: Sequence[tuple[Verdict, Verdict]]) -> Agreement:
    """How often two readers said the same, beside what chance would give. Source: Cohen 1960."""
    count = len(pairs)
    alike = sum(first is second for first, second in pairs)
    if not count:
        return Agreement(0, 0, None)
    first, second = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs)
    expected = sum(first[verdict] * second[verdict] for verdict in Verdict) / count**2
    kappa = None if expected == 1 else (alike / count - expected) / (1 - expected)
    return Agreement(count, alike, kappa)


def upper_bound(failed: int, read: int, confidence: float = CONFIDENCE) -> float:
    """The share of failures that with this confidence is not exceeded; 1 when nothing was read.

    One-sided and exact: the largest share at which so few failures still have a chance of `1 - confidence`.
    Without a failure it is close to 3 / `read`. Source: Clopper and Pearson 1934.
    """
    if failed >= read:
        return 1.0
    if failed == 0:
        return float(1 - (1 - confidence) ** (1 / read))
    low, high = failed / read, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(failed, read, middle) > 1 - confidence else (low, middle)
    return high


def _at_most(failed: int, read: int, share: float) -> float:
    """The chance of no more than `failed` failures among `read` objects of which this share fails."""
    if share >= 1:
        return 0.0
    return sum(
        exp(
            lgamma(read + 1)
            - lgamma(count + 1)
            - lgamma(read - count + 1)
            + count * log(share)
            + (read - count) * log1p(-share)
        )
        for count in range(failed + 1)
    )
