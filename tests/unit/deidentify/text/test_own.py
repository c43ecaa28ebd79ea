"""The patient's own identifiers go in every writing, even where they are clinical words."""

from random import Random

import pytest
from tests.unit.deidentify.text.cleaning import cleaner, invented, words

SMITH = cleaner(
    words=["Smith^John^Quentin", "Hollinsgarth^Venetia^^Dr"],
    codes=["41234567", "AC-998877", "+44 20 7946 0123"],
    dates=["19560312"],
    places=["12 Larkmeadow Row"],
    institutions=["St Wendeline Chest Hospital"],
)


@pytest.mark.parametrize(
    "written",
    [
        "SMITH JOHN",
        "Smith, John",
        "john.smith",
        "JOHN_SMITH",
        "SMITHJOHN",
        "smithjohn1956",
        "S M I T H",
        "S.M.I.T.H",
        "Smith's",
        "Smiths'",
        "J. Smith",
        "Smith J",
        "Smith-Jones",
        "JSMITH",
        "Smyth",
        "Smlth",
        "5mith",
        "Srnith",
        "ＳＭＩＴＨ",
        "S\u200bmith",
        "Smi\u0301th",
        "Ѕmith",
        "Quentin",
        "Dr Hollinsgarth",
        "hollinsgarht",
        "41234567",
        "412 345 67",
        "41-23-45-67",
        "4123 4567",
        "0041234567",
        "AC998877",
        "ac 998877",
        "998877",
        "020 7946 0123",
        "0044 20 79460123",
        "12.03.1956",
        "03/12/1956",
        "1956-03-12",
        "19560312",
        "12 March 1956",
        "12Mar1956",
        "March 12th, 1956",
        "12.3.56",
        "12. März 1956",
        "Larkmeadow",
        "WENDELINE",
    ],
)
def test_what_the_header_says_of_the_patient_goes(written: str) -> None:
    for text in (f"{written} CT abdomen", f"CT abdomen {written}", f"CT ({written}) abdomen"):
        assert words(SMITH.clean(text).text) == ["ct", "abdomen"]


def test_a_clinical_word_that_the_patient_is_called_goes() -> None:
    chest = cleaner(words=["Chest^Grant"])
    assert chest.clean("CT CHEST WITH CONTRAST").text == "CT WITH CONTRAST"


def test_a_word_like_the_name_goes_unless_every_report_has_it() -> None:
    brian = cleaner(words=["Spleene^Brian"])
    assert brian.clean("MR BRAIN").text == "MR BRAIN"
    assert cleaner(words=["Lesionn^Amy"]).clean("calcification").text == "calcification"
    assert cleaner(words=["Granulomar^Amy"]).clean("granuloma").text == ""


def test_generic_words_of_an_institution_stay() -> None:
    assert SMITH.clean("chest hospital").text == "chest hospital"


def test_short_numbers_of_the_header_are_left_where_they_count() -> None:
    assert cleaner(codes=["12", "3"]).clean("12 lead ECG, 3 mm").text == "12 lead ECG, 3 mm"


def test_names_in_other_scripts_go_as_they_are_written() -> None:
    judge = cleaner(words=["Yamada^Tarou=山田^太郎=やまだ^たろう"])
    assert words(judge.clean("胸部 山田太郎 CT").text) == ["胸部", "ct"]
    assert words(judge.clean("YAMADA-T CT").text) == ["t", "ct"] or words(
        judge.clean("YAMADA-T CT").text
    ) == ["ct"]


def test_names_of_two_letters_go_also_where_they_are_words() -> None:
    judge = cleaner(words=["Tamblewick^Li"])
    assert words(judge.clean("Li Tamblewick knee").text) == ["knee"]
    assert words(judge.clean("ABD li 3").text) == ["abd", "3"]
    assert judge.own.is_named("li/n")
    assert not judge.own.is_named("lin")


def test_initials_go_beside_the_rest_alone() -> None:
    judge = cleaner(words=["Tamblewick^B"])
    assert words(judge.clean("Tamblewick B knee").text) == ["knee"]
    assert words(judge.clean("segment b").text) == ["segment", "b"]


def test_no_identifier_is_shown_by_a_cleaner() -> None:
    assert "smith" not in repr(SMITH).lower()
    assert "smith" not in repr(SMITH.own).lower()
    assert "CT" not in repr(SMITH.clean("CT"))


def test_what_the_cleaner_keeps_of_an_institution_the_gate_takes_for_harmless() -> None:
    from tirage.policy.words import context
    from tirage.verify.vocabulary import PLACE_TERMS

    assert {word for word in context("generic place") if len(word) > 4} <= PLACE_TERMS


def test_random_names_go_from_random_places() -> None:
    chance = Random(8)
    for _ in range(200):
        family, given = invented(chance), invented(chance)
        judge = cleaner(words=[f"{family}^{given}"])
        for text in (
            f"{family}{given} ct",
            f"ct{family}",
            f"{family[0]}. {given} ct",
            " ".join(family) + " ct",
        ):
            assert {family.lower(), given.lower()} & set(words(judge.clean(text).text)) == set()
            assert "".join(words(judge.clean(text).text)) in ("ct", "")


def test_clinical_words_beside_the_name_stay() -> None:
    judge = cleaner(words=["Tamblewick^Orren"])
    assert judge.clean("Chest Tamblewick").text == "Chest"
    assert judge.clean("TAMBLEWICK ORREN KEY IMAGES 11").text == "KEY IMAGES 11"


def test_a_name_that_means_nothing_is_still_one() -> None:
    assert cleaner(words=["Test^Regression"]).clean("converter_regression_test").text == "converter"
