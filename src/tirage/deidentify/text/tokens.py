"""The words of a text, and what each is by itself."""

from dataclasses import dataclass

from tirage.model.records import Confidential

STAYS, LETTER, UNKNOWN, NUMBERED, FOREIGN = "stays", "letter", "unknown", "numbered", "foreign"
"""What a word is, beside the kinds of `Naming`: in the vocabulary, one letter, in no list, unknown with
digits, of a script without a judge."""


@dataclass(slots=True, repr=False)
class Token(Confidential):
    """One word of a text, folded, and what it is by itself."""

    start: int
    end: int
    word: str
    kind: str
    is_capital: bool

    def is_loud(self, plain: str) -> bool:
        """Whether the word is written in capitals throughout: then they say nothing."""
        return plain[self.start : self.end].isupper()
