"""Texts in scripts that nobody here reads: listed words stay, all others go and are told of."""

import pytest
from tests.unit.deidentify.text.cleaning import cleaner

JUDGE = cleaner()


@pytest.mark.parametrize(
    "text", ["胸部単純CT", "頭部 MRI", "腰椎正面", "胸部平扫", "흉부 CT", "МРТ головного мозга", "κοιλιά"]
)
def test_listed_words_stay(text: str) -> None:
    cleaned = JUDGE.clean(text)
    assert cleaned.text == text
    assert cleaned.is_judged


@pytest.mark.parametrize(
    "name",
    ["山田太郎", "胸部山田", "김철수", "王小明", "Иванов", "Παπαδόπουλος", "محمد", "สมชาย", "כהן", "प्रिया"],
)
def test_other_words_go_and_the_text_is_not_judged(name: str) -> None:
    cleaned = JUDGE.clean(f"CT {name}")
    assert cleaned.text == "CT"
    assert not cleaned.is_judged


def test_bytes_that_could_not_be_decoded_are_not_judged() -> None:
    cleaned = JUDGE.clean("CT M\ufffdller")
    assert cleaned.text == "CT"
    assert not cleaned.is_judged


@pytest.mark.parametrize(
    "text",
    [
        "Tаmblewick",
        "ＴＡＭＢＬＥＷＩＣＫ",
        "Tam\u00adblewick",
        "𝐓𝐚𝐦𝐛𝐥𝐞𝐰𝐢𝐜𝐤",
        "T\u0336amblewick",
        "ⓉamblewicK",
    ],
)
def test_disguised_names_go(text: str) -> None:
    assert JUDGE.clean(f"knee {text}").text == "knee"


@pytest.mark.parametrize(
    ("text", "plain"),
    [("ｃｈｅｓｔ", "chest"), ("kne\u200be", "knee"), ("Schädel", "Schädel"), ("\u0441h\u0435st", "chest")],
)
def test_disguised_words_are_read_as_what_they_look_like(text: str, plain: str) -> None:
    assert JUDGE.clean(text).text == plain


def test_controls_go_and_lines_stay() -> None:
    assert JUDGE.clean("knee\x00left\r\nhip\x07").text.split() == ["knee", "left", "hip"]
    assert "\n" in JUDGE.clean("knee\nhip").text
