"""Which spellings are the same identifier, and which contradict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.link.conflict import conflicts
from tirage.link.normalise import is_placeholder, normalised_id, patient_key
from tirage.model.reasons import HoldReason
from tirage.model.records import PatientIdentity

CONFLICT = HoldReason.IDENTITY_CONFLICT


def identity(patient_id: str = "A1", **values: str) -> PatientIdentity:
    return PatientIdentity(patient_id, **values)


@pytest.mark.parametrize(
    ("one", "other"),
    [("A1", "a1"), ("0012", "12"), ("NN_1", "NN_2"), ("NN_1", "1"), ("A 1", "A1"), ("12", "12.0")],
)
def test_identifiers_that_differ_are_different_people(one: str, other: str) -> None:
    assert patient_key(identity(one)) != patient_key(identity(other))


@pytest.mark.parametrize("padded", [" A1", "A1 ", "A1\0", "\tA1\n"])
def test_padding_is_not_part_of_an_identifier(padded: str) -> None:
    assert patient_key(identity(padded)) == patient_key(identity("A1"))


def test_composed_and_decomposed_letters_are_the_same_identifier() -> None:
    assert normalised_id("Zu\u0308-1") == normalised_id("Z\u00fc-1")


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_issuer_and_identifier_cannot_be_mistaken_for_another_pair(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    def key(pair: tuple[str, str]) -> bytes:
        return patient_key(PatientIdentity(pair[1], issuer=pair[0]))

    same = tuple(map(normalised_id, one)) == tuple(map(normalised_id, other))
    assert (key(one) == key(other)) == same


@pytest.mark.parametrize("text", ["", "  ", "0", "000000", "-", "UNKNOWN", "n/a", "NN", "NN_", "No ID", "?"])
def test_what_everybody_without_an_identifier_would_share_names_nobody(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["1", "NN_17", "0010", "UNKNOWN-5", "TEST"])
def test_a_real_identifier_is_no_placeholder(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize(
    "name", ["GRÜNWALD^ANNA", "grünwald^anna", "Grunwald, Anna", "GRUNWALD  ANNA^^^", "Grünwald^Anna=安娜"]
)
def test_spelling_of_a_name_is_no_conflict(name: str) -> None:
    assert conflicts([identity(name="Grünwald^Anna")], identity(name=name)) is None


@pytest.mark.parametrize("field", ["name", "birth_date", "sex"])
def test_a_missing_value_is_no_conflict(field: str) -> None:
    full = {"name": "Roe^Jane", "birth_date": "19700101", "sex": "F"}
    assert conflicts([identity(**full)], identity(**(full | {field: ""}))) is None


@pytest.mark.parametrize(
    ("field", "value"), [("name", "Roe^Janet"), ("birth_date", "19700102"), ("sex", "M")]
)
def test_one_other_value_is_a_conflict(field: str, value: str) -> None:
    full = {"name": "Roe^Jane", "birth_date": "19700101", "sex": "F"}
    assert conflicts([identity(**full)], identity(**(full | {field: value}))) is CONFLICT


def test_a_conflict_with_any_known_set_of_values_counts() -> None:
    known = [identity(name="Roe^Jane"), identity(name="Roe^Jane", sex="F")]
    assert conflicts(known, identity(sex="M")) is CONFLICT
