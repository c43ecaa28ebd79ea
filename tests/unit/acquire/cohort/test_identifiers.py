"""Identifiers are taken letter by letter, or refused for what a spreadsheet made of them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.acquire.cohort.identifiers import (
    Read,
    read_accession,
    read_identifier,
    read_patient,
    read_uid,
)
from tirage.acquire.cohort.nhs import check_digit, is_nhs, read_nhs
from tirage.model.cohorts import Fault, Hint
from tirage.model.tables import Cell, CellKind

DIGITS = st.text("0123456789", min_size=9, max_size=9)


@given(st.text(string.ascii_letters + string.digits, min_size=1, max_size=60))
def test_letters_and_digits_come_through_as_they_are(text: str) -> None:
    prefixed = f"0{text}"
    assert read_identifier(Cell(prefixed)).value == prefixed


@given(st.text("0123456789ABC-/. ", min_size=1, max_size=60), st.text(" \t\u00a0\ufeff", max_size=4))
def test_white_space_is_trimmed_outside_and_kept_inside(text: str, around: str) -> None:
    inner = f"X{text}Y"
    read = read_identifier(Cell(f"{around}{inner}{around}"))
    assert (read.value, read.fault) == (inner, None)
    assert read.hints == ((Hint.TRIMMED,) if around else ())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1.2E+09", Fault.SCIENTIFIC),
        ("1,2E+09", Fault.SCIENTIFIC),
        ("1E+10", Fault.SCIENTIFIC),
        ("1.2345e-05", Fault.SCIENTIFIC),
        ("12345.0", Fault.FRACTION),
        ('=HYPERLINK("http://x")', Fault.FORMULA),
        ("@SUM(A1)", Fault.FORMULA),
        ("+A1", Fault.FORMULA),
        ("-cmd('x')", Fault.FORMULA),
        ("12\r\n34", Fault.CONTROL),
        ("12\0 34", Fault.CONTROL),
        ("12\x1b[31m", Fault.CONTROL),
        ("12\u200b34", Fault.CONTROL),
        ("12\u202e34", Fault.CONTROL),
        ("12*", Fault.WILDCARD),
        ("12?4", Fault.WILDCARD),
        ("12\\34", Fault.WILDCARD),
        ("#N/A", Fault.BAD_ID),
        ("A" * 65, Fault.TOO_LONG),
    ],
    ids=str,
)
def test_what_is_no_identifier_is_refused(text: str, fault: Fault) -> None:
    assert read_identifier(Cell(text)) == Read("", fault)


def test_what_only_looks_like_a_power_of_ten_is_an_identifier() -> None:
    assert [read_identifier(Cell(text)).value for text in ("12E05", "1E5", "E+1")] == ["12E05", "1E5", "E+1"]


def test_text_in_a_formula_that_only_keeps_zeros_is_taken() -> None:
    assert read_identifier(Cell('="0012"')) == Read("0012", None, (Hint.UNWRAPPED,))


@pytest.mark.parametrize("text", ["NULL", "NaN", "None", "n/a"])
def test_words_for_nothing_are_nothing(text: str) -> None:
    assert read_identifier(Cell(text)) == Read("", None, (Hint.READ_AS_EMPTY,))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (Cell("123456", CellKind.NUMBER), Read("123456", None, (Hint.NUMERIC,))),
        (Cell("123456789012345", CellKind.NUMBER), Read("123456789012345", None, (Hint.NUMERIC,))),
        (Cell("1234567890123456", CellKind.NUMBER), Read("", Fault.SCIENTIFIC)),
        (Cell("1234567890123456", CellKind.INTEGER), Read("1234567890123456", None, (Hint.NUMERIC,))),
        (Cell("1.5", CellKind.NUMBER), Read("", Fault.FRACTION)),
        (Cell("1.2e+19", CellKind.NUMBER), Read("", Fault.SCIENTIFIC)),
        (Cell("2019-04-03", CellKind.DATE), Read("", Fault.BAD_ID)),
        (Cell("True", CellKind.FLAG), Read("", Fault.BAD_ID)),
        (Cell("", CellKind.TEXT), Read()),
    ],
    ids=str,
)
def test_cells_with_a_type_are_taken_when_nothing_can_be_lost_but_zeros(cell: Cell, expected: Read) -> None:
    assert read_identifier(cell) == expected


@pytest.mark.parametrize("text", ["0000000", "TEMP123", "tmp-7", "UNKNOWN", "---"])
def test_a_patient_identifier_that_stands_for_nobody_is_refused(text: str) -> None:
    assert read_patient(Cell(text)).fault is Fault.BAD_ID


def test_a_long_accession_is_taken_and_noted() -> None:
    assert read_accession(Cell("A" * 16 + "7")).hints == (Hint.LONG_ACCESSION,)
    assert read_accession(Cell("A" * 15 + "7")).hints == ()


@pytest.mark.parametrize("text", ["1.2.x", "1.02.3", "1", "1.2-3", "1.2.3.", "2019"])
def test_what_is_no_uid_is_refused(text: str) -> None:
    assert read_uid(Cell(text)).fault is Fault.BAD_UID


def test_a_uid_is_taken_without_its_white_space() -> None:
    assert read_uid(Cell(" 1.2.840.1 ")).value == "1.2.840.1"


# --- NHS numbers ------------------------------------------------------------------------------------------


@given(DIGITS)
def test_exactly_one_last_digit_makes_an_nhs_number(nine: str) -> None:
    fitting = [nine + str(last) for last in range(10) if is_nhs(nine + str(last))]
    wanted = check_digit(nine)
    is_placeholder = len(set(nine)) == 1 and str(wanted) == nine[0]
    assert fitting == ([] if wanted == 10 or is_placeholder else [f"{nine}{wanted}"])


@given(DIGITS, st.integers(0, 9), st.integers(1, 9))
def test_one_mistyped_digit_is_always_found(nine: str, place: int, shift: int) -> None:
    number = f"{nine}{check_digit(nine)}"
    if is_nhs(number):
        wrong = str((int(number[place]) + shift) % 10)
        assert not is_nhs(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("text", ["943 476 5919", "943-476-5919", " 9434765919\t", "943\u00a0476 5919"])
def test_an_nhs_number_is_its_ten_digits(text: str) -> None:
    assert read_nhs(Cell(text)).value == "9434765919"


@pytest.mark.parametrize(
    "text",
    [
        "9434765918",
        "943476591",
        "94347659190",
        "1111111111",
        "TEMP123456",
        "0000000000",
        "٩٤٣٤٧٦٥٩١٩",
        "N943476591",
    ],
    ids=["check digit", "short", "long", "equal digits", "temporary", "zeros", "other digits", "letter"],
)
def test_what_is_no_nhs_number_is_refused(text: str) -> None:
    assert read_nhs(Cell(text)) == Read("", Fault.BAD_ID)
