"""Cleaners for tests, and people, numbers and dates to plant; every one is invented."""

import re
from collections.abc import Iterable
from random import Random

from faker import Faker

from tirage.deidentify.text import Cleaner, compile_cleaner
from tirage.deidentify.text.fold import fold, normalise
from tirage.model.identifiers import ProjectName, Pseudonym
from tirage.model.records import Identifiers, Link
from tirage.policy.profile import Profile, compile_profile
from tirage.policy.project import load_project
from tirage.policy.words import vocabulary

OFFSET_DAYS = -1234
LINK = Link(ProjectName("tests"), Pseudonym("P-1"), OFFSET_DAYS, b"k" * 32)
LOCALES = [
    "en_US",
    "en_GB",
    "en_IN",
    "de_DE",
    "fr_FR",
    "nl_NL",
    "es_ES",
    "it_IT",
    "pt_BR",
    "sv_SE",
    "da_DK",
    "pl_PL",
    "cs_CZ",
    "hu_HU",
    "ro_RO",
    "hr_HR",
    "tr_TR",
    "fi_FI",
]
SYLLABLES = [
    "ba",
    "cho",
    "dri",
    "fen",
    "gwy",
    "hul",
    "jor",
    "kip",
    "lam",
    "mev",
    "nuz",
    "osk",
    "pra",
    "quil",
    "rost",
    "sith",
    "tuv",
    "vash",
    "wex",
    "yar",
    "zeb",
    "thol",
    "brin",
]
HEAD = "project:\n  name: tests\n  title: Tests\ndeidentify:\n  options: "


def profile(*options: str) -> Profile:
    """The profile of a project with these options."""
    return compile_profile(load_project(f"{HEAD}[{', '.join(options)}]\n"))


def cleaner(*options: str, **identifiers: Iterable[str]) -> Cleaner:
    """A cleaner that moves dates, unless other options are given."""
    known = Identifiers(**{kind: frozenset(values) for kind, values in identifiers.items()})
    return compile_cleaner(known, LINK, profile(*(options or ("modified-dates",))))


def invented(chance: Random) -> str:
    """A name that nobody bears, of two to four syllables."""
    return "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).capitalize()


def people(count: int, seed: int) -> list[tuple[str, str]]:
    """(given name, family name) as many countries have them, the same for the same seed."""
    found = []
    for place in range(count):
        faker = Faker(LOCALES[place % len(LOCALES)])
        faker.seed_instance(seed + place)
        found.append((faker.first_name(), faker.last_name()))
    return found


def words(text: str) -> list[str]:
    """The folded words of a text, numbers among them."""
    return re.findall(r"[^\W_]+", fold(normalise(text)))


def is_clinical(word: str) -> bool:
    """Whether a folded word is one of the vocabulary, so that it says little about who bears it."""
    return word in vocabulary().plain or word in vocabulary().names


def survivors(names: Iterable[str], cleaned: str) -> set[str]:
    """Which words of names, two letters and longer, are still in a text, other than clinical ones."""
    left = set(words(cleaned))
    return {
        word
        for name in names
        for word in words(name)
        if len(word) > 1 and word in left and not is_clinical(word)
    }
