"""Which lines read in a picture stay, and which go."""

import pytest

from tirage.deidentify.look.words import Fate, Words, is_near
from tirage.model.pixels import Box
from tirage.model.records import Identifiers
from tirage.ocr import Line

BOX = Box(0, 0, 100, 20)


class Lenient:
    """Accepts everything, so that what goes went for another reason."""

    def accepts(self, text: str) -> bool:
        return True


class Strict:
    def accepts(self, text: str) -> bool:
        return False


OWN = Identifiers(
    words=frozenset({"Petersen^Anna", "White"}),
    codes=frozenset({"A-771322", "ZX0018"}),
    dates=frozenset({"19510312"}),
)


def fate(text: str, score: float = 0.99, judge: Lenient | Strict | None = None) -> Fate:
    return Words(judge or Lenient(), OWN).fate(Line(text, BOX, score))


@pytest.mark.parametrize(
    "text", ["PETERSEN", "Petersen, A", "PETERSON", "PETER5EN", "A 771322", "ZXOO18", "WHITE MATTER"]
)
def test_the_patients_own_words_go_even_misread(text: str) -> None:
    assert fate(text) is Fate.GOES


@pytest.mark.parametrize(
    "text",
    [
        "12/03/1951",
        "1951-03-12",
        "19510313",
        "12.3.51",
        "14:22:07",
        "2:56 PM",
        "MAR 12",
        "Name: X",
        "ID 4",
        "Dr. No",
    ],
)
def test_dates_times_and_labels_of_people_go(text: str) -> None:
    assert fate(text) is Fate.GOES


@pytest.mark.parametrize("text", ["L", "R", "AP", "PORTABLE", "120 kV 250 mAs", "1.06 cm", "MI 1.1"])
def test_what_the_judge_accepts_stays(text: str) -> None:
    assert fate(text) is Fate.STAYS


@pytest.mark.parametrize("text", ["J A C O B I", "P.E.R.A.L.T.A", "4 7 1 1 0 8"])
def test_letters_that_stand_apart_go(text: str) -> None:
    assert fate(text) is Fate.GOES


def test_marks_of_sides_stay_whatever_the_judge_says() -> None:
    assert [fate(text, judge=Strict()) for text in ("L", "R", "AP", "Left")] == [Fate.STAYS] * 4
    assert fate("Nguyen", judge=Strict()) is Fate.GOES


def test_a_line_read_with_doubt_goes() -> None:
    assert fate("PORTABLE", score=0.7) is Fate.GOES


@pytest.mark.parametrize(("text", "score"), [("", 0.9), ("---", 0.99), ("o", 0.6), ("oO8", 0.3)])
def test_what_is_no_line_is_nothing(text: str, score: float) -> None:
    assert fate(text, score) is Fate.NOTHING


@pytest.mark.parametrize(
    ("first", "second", "near"),
    [
        ("petersen", "peterson", True),
        ("petersen", "petrsen", True),
        ("petersen", "pedersan", True),
        ("petersen", "madsen", False),
        ("abcd", "abce", False),
        ("abcd", "abcd", True),
    ],
)
def test_near_words_differ_in_few_letters(first: str, second: str, near: bool) -> None:
    assert is_near(first, second, 2) is near


def test_words_hide_what_they_know() -> None:
    assert "Petersen" not in repr(Words(Lenient(), OWN))
