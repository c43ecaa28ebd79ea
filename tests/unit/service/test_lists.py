"""Whole lists: what spreadsheets, databases and people do to them (B34, B35); and OMOP extracts."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
import xlsxwriter

from tirage.acquire.cohort.columns import ColumnsUnclear
from tirage.acquire.cohort.omop import ExtractIncomplete
from tirage.model.cohorts import Checked, Fault, Hint
from tirage.model.requests import CohortKind, Request
from tirage.service.lists import Order, read_list
from tirage.store.tables import ListUnreadable

PLAIN = "MRN,Accession Number\n0012,A1\n"


def check(path: Path, **options: Any) -> tuple[Checked, list[Request]]:
    found: list[Request] = []
    return read_list(Order(path, **options), keep=found.append).checked, found


def check_text(
    folder: Path, text: str, encoding: str = "utf-8", **options: Any
) -> tuple[Checked, list[Request]]:
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return check(path, **options)


def said(checked: Checked) -> list[tuple[int, str, str, Fault]]:
    return [(each.row, each.source, each.field, each.fault) for each in checked.problems]


def hints(checked: Checked) -> set[Hint]:
    return {note.hint for note in checked.notes}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_a_mark_and_an_encoding_change_nothing(tmp_path: Path, encoding: str) -> None:
    checked, found = check_text(tmp_path, "MRN;Accession;Note\n0012;A1;Größe\n", encoding)
    assert checked.is_sound
    assert [(each.patient_id, each.accession) for each in found] == [("0012", "A1")]
    assert checked.ignored == ("Note",)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ('"0012,A1', None),
        ('0012,"=HYPERLINK(""x"")"', Fault.FORMULA),
        ("0012,1.2E+10", Fault.SCIENTIFIC),
        ('0012,"1,2E+10"', Fault.SCIENTIFIC),
        ("0012,12345.0", Fault.FRACTION),
        ("0012,A*", Fault.WILDCARD),
        ("0012,A\x07", Fault.CONTROL),
    ],
    ids=["open quote", "formula", "scientific", "comma", "fraction", "wildcard", "control"],
)
def test_a_bad_row_is_named_by_number_and_nothing_else_of_it(
    tmp_path: Path, row: str, fault: Fault | None
) -> None:
    if fault is None:
        with pytest.raises(ListUnreadable, match="row 3"):
            check_text(tmp_path, f"{PLAIN}{row}\n")
        return
    checked, _ = check_text(tmp_path, f"{PLAIN}{row}\n")
    assert said(checked) == [(3, "", "accession", fault)]
    assert "0012" not in repr(checked)


def test_rows_said_twice_are_asked_for_once(tmp_path: Path) -> None:
    checked, found = check_text(tmp_path, PLAIN + "0012,A1\n")
    assert (checked.rows, checked.requests, len(found), hints(checked)) == (2, 1, 1, {Hint.DUPLICATE})


@pytest.mark.parametrize("text", ["MRN,Accession\n", "MRN,Accession\n,\n \n"])
def test_a_list_without_rows_is_not_sound(tmp_path: Path, text: str) -> None:
    assert said(check_text(tmp_path, text)[0]) == [(0, "", "row", Fault.NO_ROWS)]


def test_a_list_without_a_heading_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(ColumnsUnclear) as caught:
        check_text(tmp_path, "0012,A1\n0013,A2\n")
    assert "0012" not in str(caught.value)


def test_numbers_of_a_spreadsheet_may_have_lost_their_zeros(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, ["MRN", "Accession", "Study Date"])
        for row, (mrn, accession) in enumerate([(12, "0034"), (1234567890123456, "A2"), (1.5, "A3")], 1):
            sheet.write_number(row, 0, mrn)
            sheet.write_string(row, 1, accession)
            sheet.write_datetime(row, 2, date(2019, 4, 3), day)
    checked, found = check(path)
    assert said(checked) == [
        (3, "", "patient_id", Fault.SCIENTIFIC),
        (4, "", "patient_id", Fault.FRACTION),
    ]
    assert [(each.patient_id, each.accession, each.study_date) for each in found] == [
        ("12", "0034", date(2019, 4, 3))
    ]
    assert [(note.hint, note.field, note.count) for note in checked.notes] == [
        (Hint.NUMERIC, "patient_id", 1)
    ]


@pytest.mark.parametrize(
    ("number", "is_taken"),
    [
        ("943 476 5919", True),
        (" 943-476-5919\u00a0", True),
        ("943 476 5918", False),
        ("TEMP0001", False),
        ("5555555555", False),
        ("94347659", False),
    ],
    ids=["spaces", "dashes", "check digit", "temporary", "equal digits", "short"],
)
def test_an_nhs_number_is_checked(tmp_path: Path, number: str, is_taken: bool) -> None:
    checked, found = check_text(tmp_path, f"MRN,NHS Number\n0012,{number}\n")
    assert [each.national_id for each in found] == (["9434765919"] if is_taken else [])
    assert said(checked) == ([] if is_taken else [(2, "", "national_id", Fault.BAD_ID)])


def test_links_stand_in_for_the_lookup_in_a_spreadsheet(tmp_path: Path) -> None:
    links = tmp_path / "links.csv"
    links.write_text("PatientID,NHSNumber\n0012,9434765919\n0013,9434765918\n0014,\n")
    checked, found = check_text(tmp_path, "NHS Number\n9434765919\n", links=links)
    assert [(each.patient_id, each.national_id) for each in found] == [("0012", "9434765919")]
    assert said(checked) == [(3, "links", "national_id", Fault.BAD_ID)]
    assert [(note.source, note.hint, note.rows) for note in checked.notes] == [
        ("links", Hint.NOT_LINKED, (4,))
    ]
    assert (checked.rows, checked.kind) == (1, CohortKind.PATIENTS)
    links.write_text("PatientID,Name\n0012,x\n")
    with pytest.raises(ColumnsUnclear, match="table of links"):
        check_text(tmp_path, "NHS Number\n9434765919\n", links=links)


def test_a_patient_without_an_identifier_to_ask_by_is_refused(tmp_path: Path) -> None:
    checked, _ = check_text(tmp_path, "NHS Number\n9434765919\n")
    assert said(checked) == [(2, "", "row", Fault.INCOMPLETE)]


# --- OMOP ES ----------------------------------------------------------------------------------------------


def write_parquet(path: Path, **columns: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """Three procedures of two people; the last one is no imaging."""
    folder = tmp_path / "extract"
    write_parquet(
        folder / "public" / "PROCEDURE_OCCURRENCE.parquet",
        procedure_occurrence_id=[1, 2, 3],
        person_id=[101, 102, 101],
        procedure_date=[date(2019, 4, 3), date(2019, 4, 4), date(2019, 4, 5)],
    )
    write_parquet(folder / "public" / "PERSON.parquet", person_id=[101, 102])
    (folder / "public" / "notes.txt").write_text("not of the extract")
    (folder / "public" / "link.parquet").symlink_to(folder / "private" / "PERSON_LINKS.parquet")
    write_parquet(
        folder / "private" / "PERSON_LINKS.parquet",
        person_id=[101, 102],
        PrimaryMrn=["0012", "0013"],
        NhsNumber=["943 476 5919", None],
    )
    write_parquet(
        folder / "private" / "PROCEDURE_OCCURRENCE_LINKS.parquet",
        procedure_occurrence_id=[1, 2],
        AccessionNumber=["A1", ""],
        StudyUid=["1.2.3", "1.2.4"],
    )
    summary = {"datetime": "2023-12-07 14:08:58", "settings": {"cdm_source_name": "Invented extract"}}
    (folder / "extract_summary.json").write_text(json.dumps(summary))
    return folder


def test_an_extract_becomes_requests_of_its_participants(extract: Path) -> None:
    checked, found = check(extract)
    assert checked.is_sound
    assert checked.kind is CohortKind.OMOP
    assert [
        (each.row, each.participant, each.patient_id, each.national_id, each.accession, each.study)
        for each in found
    ] == [(2, "101", "0012", "9434765919", "A1", "1.2.3"), (3, "102", "0013", "", "", "1.2.4")]
    assert [each.study_date for each in found] == [date(2019, 4, 3), date(2019, 4, 4)]
    assert "Invented extract" in checked.remarks[0]
    assert [(note.hint, note.source, note.rows) for note in checked.notes] == [
        (Hint.NOT_ASKED, "PROCEDURE_OCCURRENCE", (4,))
    ]


def test_only_real_parquet_files_below_public_go_along(extract: Path) -> None:
    listed = read_list(Order(extract))
    assert [file.name for file in listed.files] == ["PERSON.parquet", "PROCEDURE_OCCURRENCE.parquet"]
    assert listed.checked.ignored == ("public/link.parquet", "public/notes.txt")


def test_public_files_count_into_the_digest(extract: Path) -> None:
    before = read_list(Order(extract)).checked.digest
    write_parquet(extract / "public" / "PERSON.parquet", person_id=[101, 102, 103])
    assert read_list(Order(extract)).checked.digest != before


def test_what_does_not_join_is_named_by_file_and_row(extract: Path) -> None:
    write_parquet(
        extract / "private" / "PERSON_LINKS.parquet", person_id=[101, 101], PrimaryMrn=["0012", "0013"]
    )
    write_parquet(
        extract / "private" / "PROCEDURE_OCCURRENCE_LINKS.parquet",
        procedure_occurrence_id=[1, 2, 9],
        AccessionNumber=["A1", "A2", "A9"],
    )
    checked, _ = check(extract)
    assert said(checked) == [
        (3, "PERSON_LINKS", "row", Fault.DUPLICATE_KEY),
        (3, "PROCEDURE_OCCURRENCE", "patient_id", Fault.NO_LINK),
    ]
    assert (Hint.NOT_LINKED, "PROCEDURE_OCCURRENCE_LINKS", (4,)) in [
        (note.hint, note.source, note.rows) for note in checked.notes
    ]


@pytest.mark.parametrize(
    "name",
    [
        "extract_summary.json",
        "private/PERSON_LINKS.parquet",
        "private/PROCEDURE_OCCURRENCE_LINKS.parquet",
        "public/PROCEDURE_OCCURRENCE.parquet",
    ],
)
def test_a_missing_file_is_named(extract: Path, name: str) -> None:
    (extract / name).unlink()
    with pytest.raises(ExtractIncomplete, match=name):
        check(extract)


def test_a_missing_column_is_named(extract: Path) -> None:
    write_parquet(extract / "private" / "PERSON_LINKS.parquet", person_id=[101], Name=["x"])
    with pytest.raises(ExtractIncomplete, match="PERSON_LINKS: no column says patient_id"):
        check(extract)
    write_parquet(extract / "private" / "PERSON_LINKS.parquet", PrimaryMrn=["0012"])
    with pytest.raises(ExtractIncomplete, match="PERSON_LINKS: no column person_id"):
        check(extract)


def test_an_extract_behind_a_link_is_not_read(extract: Path) -> None:
    (extract / "public").rename(extract / "elsewhere")
    (extract / "public").symlink_to(extract / "elsewhere")
    with pytest.raises(ExtractIncomplete):
        check(extract)


def test_an_extract_has_no_columns_to_choose(extract: Path) -> None:
    with pytest.raises(ColumnsUnclear):
        check(extract, columns={"patient_id": "PrimaryMrn"})
