"""The vocabulary holds clinical words, knows which of them are names, and none that are names alone."""

from pathlib import Path

import pytest
from tests.unit.deidentify.text.cleaning import people, words

from tirage.policy.words import Naming, context, vocabulary

LISTS = Path(__file__).parents[4] / "tools/tables/words"


def test_what_is_on_our_list_of_names_is_no_plain_word() -> None:
    lines = (LISTS / "excluded.txt").read_text("utf-8").splitlines()
    strong = set((LISTS / "strong.txt").read_text("utf-8").split())
    names = {word for line in lines if line[:1] != "#" for word in words(line)} - strong
    assert sorted(name for name in names & vocabulary().plain if len(name) > 3) == []


def test_few_names_of_many_countries_are_plain_words() -> None:
    """Two letters and particles aside: `Major`, `Cross`, `Day` and their like are left."""
    crowd = {word for person in people(2000, 77) for name in person for word in words(name) if len(word) > 3}
    plain = crowd & vocabulary().plain
    assert len(crowd) > 1500
    assert len(plain) / len(crowd) < 0.01


@pytest.mark.parametrize(
    "word",
    ["chest", "infarct", "hydronephrosis", "flair", "lunge", "poumon", "rodilla", "addome", "hersenen"],
)
def test_clinical_words_are_plain(word: str) -> None:
    assert word in vocabulary().plain


def test_words_that_are_names_are_marked() -> None:
    names = vocabulary().names
    assert {names[word] for word in ("white", "brown", "young", "long")} == {Naming.COMMON}
    assert {names[word] for word in ("crohn", "willis", "paget")} == {Naming.EPONYM}
    assert names.keys().isdisjoint(vocabulary().plain)


def test_every_context_has_words() -> None:
    for kind in ("title", "unit", "number label", "name label", "done by", "street"):
        assert len(context(kind)) > 5


def test_every_word_that_shows_a_term_can_stay_itself() -> None:
    beside = vocabulary().beside
    known = vocabulary().plain | vocabulary().names.keys()
    shown = {word for words in beside.values() for word in words if word.isalpha() and len(word) > 1}
    assert sorted(shown - known) == []
