"""No small number of patients is told, nor can it be worked out from the numbers beside it."""

from hypothesis import given
from hypothesis import strategies as st

from tirage.deliver.cells import Traits, band, rarity, tables
from tirage.deliver.difference import changes

TRAITS = st.lists(
    st.builds(
        Traits,
        pseudonym=st.integers(1, 40).map(str),
        modality=st.sampled_from(["CT", "MR", ""]),
        year=st.sampled_from(["2019", "2020", "2021"]),
        sex=st.sampled_from(["F", "M", "O", ""]),
        age=st.sampled_from(["004M", "017Y", "045Y", "046Y", "089Y", "095Y", ""]),
        body_part=st.sampled_from(["CHEST", "HEAD"]),
    ),
    max_size=80,
)


@given(TRAITS, st.integers(0, 8))
def test_no_number_below_the_threshold_is_told(traits: list[Traits], threshold: int) -> None:
    for table in tables(traits, threshold):
        assert all(cell.patients is None or cell.patients >= threshold for cell in table.cells)
        withheld = sum(cell.patients is None for cell in table.cells)
        assert withheld >= table.small
        assert withheld != 1 or len(table.cells) == 1, "the sum would give it away"
    found = rarity(traits, threshold)
    assert found.patients is None or found.patients == 0 or found.patients >= threshold


@given(TRAITS)
def test_without_a_threshold_every_patient_is_counted(traits: list[Traits]) -> None:
    years = next(each for each in tables(traits, 0) if each.property == "year")
    expected = len({(each.year, each.pseudonym) for each in traits})
    assert sum(cell.patients or 0 for cell in years.cells) == expected


def test_ages_fall_into_bands() -> None:
    ages = ("004D", "011M", "017Y", "018Y", "029Y", "030Y", "089Y", "090Y", "120Y", "", "45", "0x5Y")
    assert [band(each) for each in ages] == [
        *["0-17"] * 3,
        *["18-29"] * 2,
        "30-39",
        "80-89",
        *["90 and over"] * 2,
        *["not stated"] * 3,
    ]


def test_only_what_differs_between_rules_is_listed() -> None:
    before = {"dates": {"max_shift_days": 9}, "include": {"modalities": ["CT"]}, "review": {"sampling": None}}
    now = {
        "dates": {"max_shift_days": 9},
        "include": {"modalities": ["CT", "MR"]},
        "review": {"sampling": {}},
    }
    assert [(each.field, each.before, each.now) for each in changes(before, now)] == [
        ("include.modalities[2]", "—", "MR")
    ]
