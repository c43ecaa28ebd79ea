"""Which column means what."""

import pytest

from tirage.acquire.cohort.columns import ColumnsUnclear, read_columns
from tirage.model.cohorts import Field
from tirage.policy.headings import fields, folded


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("MRN", Field.PATIENT_ID),
        ("PrimaryMrn", Field.PATIENT_ID),
        ("Patient ID", Field.PATIENT_ID),
        ("patient_id", Field.PATIENT_ID),
        ("Accession Number", Field.ACCESSION),
        ("AccessionNumber", Field.ACCESSION),
        (" accession no. ", Field.ACCESSION),
        ("Study UID", Field.STUDY),
        ("StudyInstanceUID", Field.STUDY),
        ("Series Instance UID", Field.SERIES),
        ("NHS Number", Field.NHS_NUMBER),
        ("Study Date", Field.STUDY_DATE),
    ],
)
def test_usual_headings_are_known(heading: str, field: Field) -> None:
    assert fields()[folded(heading)] is field


def test_every_field_is_known_by_its_own_name() -> None:
    assert {fields()[folded(field.value)] for field in Field} == set(Field)


def test_what_nobody_reads_is_said() -> None:
    columns = read_columns(["MRN", "Colour", "", "Acc\x1b[31m Group"], {})
    assert columns.ignored == ("Colour", "column 3", "Acc[31m Group")


def test_two_columns_of_one_meaning_are_an_error() -> None:
    with pytest.raises(ColumnsUnclear, match="columns 1 and 3 both mean patient_id"):
        read_columns(["MRN", "x", "Patient ID"], {})
    with pytest.raises(ColumnsUnclear, match="both mean national_id"):
        read_columns(["MRN", "NHS Number", "National ID"], {})


def test_a_chosen_column_overrules_what_is_known() -> None:
    columns = read_columns(["MRN", "Old MRN", "Acc Code"], {"patient_id": "Old MRN", "accession": "acc code"})
    assert columns.places == {Field.PATIENT_ID: 1, Field.ACCESSION: 2}
    assert columns.ignored == ("MRN",)
    columns = read_columns(["NHS Number", "Verified"], {"nhs_number": "Verified"})
    assert columns.places == {Field.NHS_NUMBER: 1}


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"accession": "Nowhere"}, "no column"),
        ({"acession": "A"}, "no field of that name"),
        ({"accession": "A", "study": "A"}, "two fields"),
        ({"accession": "B"}, "2 columns"),
    ],
)
def test_a_choice_that_cannot_be_is_an_error(chosen: dict[str, str], said: str) -> None:
    with pytest.raises(ColumnsUnclear, match=said):
        read_columns(["MRN", "A", "B", "B"], chosen)


def test_a_list_that_names_nothing_to_ask_for_is_an_error() -> None:
    with pytest.raises(ColumnsUnclear, match="none of the 2 columns"):
        read_columns(["Study Date", "Colour"], {})
