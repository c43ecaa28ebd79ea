"""Lists of people who opted out: no way of writing an identifier leaves one of them in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.acquire.optout import OptOuts, key, parse

NHS = "9434765919"


@pytest.mark.parametrize("written", ["943 476 5919", "943-476-5919", " 9434765919", "'9434765919"])
def test_a_national_number_is_found_however_it_is_written(written: str) -> None:
    assert OptOuts(parse(written)).has([NHS])
    assert OptOuts(parse(NHS)).has([written])


def test_leading_zeros_that_a_spreadsheet_dropped_do_not_matter() -> None:
    assert OptOuts(parse("12345")).has(["0012345"])
    assert not OptOuts(parse("12345")).has(["123450"])


def test_only_whole_identifiers_are_on_a_list() -> None:
    listed = OptOuts(parse("PAT-10\n"))
    assert listed.has(["pat-10 "])
    assert not listed.has(["PAT-1", "", "10"])


def test_a_list_is_one_identifier_a_line_with_remarks() -> None:
    assert parse("# as of spring\nPAT-1\n\nPAT-2\r\n") == {"pat-1", "pat-2"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_of_a_table_the_columns_with_known_headings_count(delimiter: str) -> None:
    lines = (("Since", "NHS Number", "MRN"), ("20260101", "943 476 5919", "PAT-1"), ("20260102", "", "P2"))
    text = "\n".join(delimiter.join(line) for line in lines)
    assert parse(text) == {NHS, "pat-1", "p2"}


def test_of_a_table_without_known_headings_every_cell_counts() -> None:
    assert {"pat-1", "x", NHS} <= parse(f"number,other\nPAT-1,X\nPAT-2,{NHS}\n")


def test_an_empty_list_names_nobody_and_nobody_is_on_it() -> None:
    assert parse("patient_id\n") == frozenset()
    assert not OptOuts().has(["", "PAT-1"])
    assert repr(OptOuts(frozenset({"pat-1"}))) == "<OptOuts, hidden>"


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1))
def test_every_identifier_is_equal_to_itself(identifier: str) -> None:
    assert key(key(identifier)) == key(identifier)


def test_a_quotation_mark_that_is_never_closed_hides_nobody() -> None:
    assert parse('mrn\n"PAT-1\nPAT-2\n"PAT-3"\n') == {"pat-1", "pat-2", "pat-3"}
