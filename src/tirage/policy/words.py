"""The closed vocabulary of kept text: which words say something clinical, and which of them are names too."""

from functools import cache

from tirage.policy.codes import registered


@cache
def clinical_words() -> frozenset[str]:
    """Folded words that may stay in kept text."""
    return frozenset(
        word for meaning in registered().values() for word in meaning.casefold().split() if word.isalpha()
    )
