"""Comparing names."""

import pytest

from tirage.store.names import fold


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Müller^Anna", "muller anna"),
        ("O'Brien^Máire^^Dr", "o brien maire dr"),
        ("STRASSER^", "strasser"),
        ("Straßer", "strasser"),
        ("Yamada^Tarou=山田^太郎", "yamada tarou 山田 太郎"),
        ("  A^B  ", "a b"),
        ("^^^", ""),
    ],
)
def test_a_folded_name_has_no_case_diacritics_or_punctuation(name: str, folded: str) -> None:
    assert fold(name) == folded
