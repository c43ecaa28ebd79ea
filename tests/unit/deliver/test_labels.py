"""Labels of BIDS: letters and digits, and no two pseudonyms under one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.deliver.labels import session_label, subject_label
from tirage.model.identifiers import Uid


@pytest.mark.parametrize(
    ("pseudonym", "label"),
    [
        ("P001", "P001"),
        ("P-01", "PZ2D01"),
        ("P_01", "PZ5F01"),
        ("P01", "P01"),
        ("Z", "Z5A"),
        ("Zoë", "Z5AoZC3ZAB"),
    ],
)
def test_what_is_no_letter_or_digit_is_written_as_its_code(pseudonym: str, label: str) -> None:
    assert subject_label(pseudonym) == label


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_a_pseudonym_can_be_read_back_from_its_label(pseudonym: str) -> None:
    label = subject_label(pseudonym)
    assert re.fullmatch(r"[0-9A-Za-z]+", label)
    codes = re.sub(rb"Z(..)", lambda found: bytes.fromhex(found[1].decode()), label.encode())
    assert codes.decode() == pseudonym


def test_a_session_is_named_after_its_study_alone() -> None:
    assert session_label(Uid("2.25.1")) == session_label(Uid("2.25.1"))
    assert session_label(Uid("2.25.1")) != session_label(Uid("2.251"))
    assert re.fullmatch(r"[0-9a-f]{16}", session_label(Uid("2.25.1")))
