"""Tables as people send them."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from tirage.model.tables import CellKind, Table
from tirage.store.tables import ListUnreadable, open_table

ROWS = "MRN,Accession\n0012,A1\n0013,Müller\n"


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for line in table.lines()]


def write(folder: Path, data: bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
        ("latin-1", "Windows-1252"),
    ],
)
def test_every_usual_encoding_is_told_and_said(tmp_path: Path, encoding: str, said: str) -> None:
    table = open_table(write(tmp_path, ROWS.encode(encoding)))
    assert table.heading == ("MRN", "Accession")
    assert texts(table) == [["0012", "A1"], ["0013", "Müller"]]
    assert said in table.remarks[0]


def test_latin_1_is_what_is_left(tmp_path: Path) -> None:
    assert "Latin-1" in open_table(write(tmp_path, b"MRN,x\n1,\x81\n")).remarks[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_told(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [["MRN", "Acc, No"], ["0012", 'a "quoted" one'], ["x", "two\nlines"]]
    text = end.join(delimiter.join('"{}"'.format(cell.replace('"', '""')) for cell in row) for row in rows)
    table = open_table(write(tmp_path, text.encode()))
    assert [list(table.heading), *texts(table)] == rows


def test_excels_own_word_for_the_delimiter_is_heard(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, b"sep=;\r\nMRN;Acc,No\r\n1;A\r\n"))
    assert table.heading == ("MRN", "Acc,No")
    assert [line.row for line in table.lines()] == [2]


def test_rows_are_counted_as_a_spreadsheet_does(tmp_path: Path) -> None:
    table = open_table(write(tmp_path, b'\nMRN\n\n"1\n2"\n3\n'))
    assert [line.row for line in table.lines()] == [3, 4, 5]
    assert [line.row for line in table.lines()] == [3, 4, 5], "it can be read again"


@pytest.mark.parametrize("data", [b"", b"\n \n", b'MRN\n"1\n2\n3\n', b'MRN\n1\n"1"2\n'])
def test_what_is_no_table_says_so_without_a_value(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ListUnreadable) as caught:
        list(open_table(write(tmp_path, data)).lines())
    assert "file is empty" in str(caught.value) or "quotes of row" in str(caught.value)


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1), min_size=1
    )
)
def test_every_text_comes_back_from_csv(tmp_path_factory: pytest.TempPathFactory, values: list[str]) -> None:
    quoted = ['"{}"'.format(value.replace('"', '""')) for value in values]
    path = tmp_path_factory.mktemp("csv") / "list.csv"
    path.write_bytes("\n".join(["MRN,x", *(f"{value},y" for value in quoted)]).encode())
    assert [row[0] for row in texts(open_table(path))] == values


def test_a_spreadsheet_says_how_it_typed_each_cell(tmp_path: Path) -> None:
    path = tmp_path / "list.bin"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        book.add_worksheet("other").write_string(0, 0, "x")
        as_day = book.add_format({"num_format": "dd/mm/yyyy"})
        as_time = book.add_format({"num_format": "hh:mm"})
        sheet.write_row(2, 0, ["MRN", "a", "b", "c", "d", "e"])
        sheet.write_string(4, 0, "0012")
        sheet.write_number(4, 1, 123456)
        sheet.write_number(4, 2, 1234567890123456789)
        sheet.write_number(4, 3, 1.5)
        sheet.write_datetime(4, 4, datetime(2019, 4, 3, 9, 30), as_day)  # noqa: DTZ001 - Excel knows no zones
        sheet.write_datetime(4, 5, timedelta(hours=9), as_time)
    table = open_table(path)
    lines = list(table.lines())
    assert [line.row for line in lines] == [4, 5]
    assert [(cell.text, cell.kind) for cell in lines[1].cells[:5]] == [
        ("0012", CellKind.TEXT),
        ("123456", CellKind.NUMBER),
        ("1234567890123457024", CellKind.NUMBER),
        ("1.5", CellKind.NUMBER),
        ("2019-04-03", CellKind.DATE),
    ]
    assert lines[1].cells[5].kind is CellKind.OTHER
    assert table.remarks == ("sheet 1 of 2, the others are not read",)


def test_a_damaged_spreadsheet_or_parquet_file_says_so(tmp_path: Path) -> None:
    for data in (b"PK\x03\x04nonsense", b"PAR1nonsensePAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1nonsense"):
        with pytest.raises(ListUnreadable):
            open_table(write(tmp_path, data))
    with pytest.raises(ListUnreadable):
        open_table(tmp_path / "nowhere")


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    columns = {
        "MRN": ["0012", None],
        "a": [1234567890123456789, None],
        "b": [12.0, float("nan")],
        "c": [date(2019, 4, 3), None],
        "d": [datetime(2019, 4, 3, 9), None],  # noqa: DTZ001
        "e": [True, None],
        "f": [["x"], None],
        "g": [b"A1", None],
    }
    path = tmp_path / "list"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    lines = list(open_table(path).lines())
    assert [line.row for line in lines] == [2, 3]
    assert [(cell.text, cell.kind.value) for cell in lines[0].cells] == [
        ("0012", "text"),
        ("1234567890123456789", "integer"),
        ("12", "number"),
        ("2019-04-03", "date"),
        ("2019-04-03", "date"),
        ("True", "flag"),
        ("?", "other"),
        ("A1", "text"),
    ]
    assert {cell.text for cell in lines[1].cells} == {""}
