"""Descriptions keep what they say of the examination, and lose who it was of."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from tests.unit.deidentify.text.cleaning import cleaner, invented, people, survivors, words

DESCRIPTIONS = (Path(__file__).parent / "descriptions.txt").read_text("utf-8").splitlines()
OTHERS = (Path(__file__).parent / "descriptions_unseen.txt").read_text("utf-8").splitlines()
"""Written after the vocabulary was, and not used to add to it."""


def share_kept(descriptions: list[str]) -> float:
    judge = cleaner()
    before, after = Counter[str](), Counter[str]()
    for description in descriptions:
        before.update(words(description))
        after.update(words(judge.clean(description).text))
    return (before & after).total() / before.total()


def test_ninety_nine_of_a_hundred_words_of_descriptions_stay() -> None:
    assert len(DESCRIPTIONS) > 300
    assert share_kept(DESCRIPTIONS) >= 0.99


def test_ninety_five_of_a_hundred_words_of_descriptions_nobody_looked_at_stay() -> None:
    assert share_kept(OTHERS) >= 0.95


@pytest.mark.parametrize(
    "name",
    ["GTVp", "CTV_5000", "PTV_5040", "Lung_L", "SpinalCanal", "OpticChiasm", "BrainStem_PRV3", "Lungs-GTV"],
)
def test_names_of_structures_stay_as_they_are(name: str) -> None:
    assert cleaner().accepts(name)


@pytest.mark.parametrize(
    "text",
    [
        "12 mm",
        "3.5 x 4.2 cm",
        "120 kV",
        "b1000",
        "T12",
        "L5/S1",
        "1.5T",
        "T2*",
        "60%",
        "10:1",
        "TR 2000 TE 80",
        "b=0/500/1000",
        "1000 HU",
        "370 MBq",
        "Gleason 4+3",
        "T2c N0 M0",
        "SUVmax 14.2",
        "2/3",
        "-120 HU",
        "TR/TE 2370/113",
        "0.9 x 0.9 x 1.25 mm",
        "78 Gy in 39 fractions",
        "5-10 mm",
        "256x256",
        "IM 12/345",
    ],
)
def test_measurements_stay(text: str) -> None:
    assert cleaner().clean(text).text == text


def test_no_name_stays_beside_a_description() -> None:
    chance = Random(3)
    judge = cleaner()
    names = [*people(200, 11), *((invented(chance), invented(chance)) for _ in range(200))]
    for given, family in names:
        description = chance.choice(DESCRIPTIONS)
        for text in (
            f"{family.upper()} {given.upper()} {description}",
            f"{description} {given} {family}",
            f"{description}_{family}_{given}",
            f"{family}^{given}^{description}",
            f"{description} ({family}, {given})",
        ):
            assert survivors((given, family), judge.clean(text).text) == set()


def test_a_word_that_is_a_name_too_goes_beside_a_removed_name_alone() -> None:
    judge = cleaner()
    assert judge.clean("TAMBLEWICK WHITE CHEST").text == "CHEST"
    assert judge.clean("WHITE MATTER DISEASE").text == "WHITE MATTER DISEASE"
    assert judge.clean("TAMBLEWICK CHEST PA").text == "CHEST PA"
