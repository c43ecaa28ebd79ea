"""Lists of descriptions that a person filled in, in the forms that are in use."""

from pathlib import Path

import pytest
import xlsxwriter

from tirage.flow.ledger.files import as_csv
from tirage.model.requests import Listing
from tirage.store.decisions import DecisionsUnreadable, read

BOTH = {"CT Thorax": Listing.INCLUDE, "CT Head": Listing.EXCLUDE}


def saved(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "Study Description,Decision\nCT Thorax,Include\nCT Head,exclude\nMR Knee,\n",
        "description;include/exclude\nCT Thorax;yes\nCT Head;no\nMR Knee;\n",
        "description\tinclude\texclude\nCT Thorax\tx\t\nCT Head\t\tX\nMR Knee\t\t\n",
        "Include,Exclude\nCT Thorax,CT Head\n",
    ],
    ids=["decision", "yes and no", "marks", "two columns"],
)
def test_each_form_says_the_same(tmp_path: Path, text: str) -> None:
    assert read(saved(tmp_path, text)) == BOTH


def test_a_workbook_is_read_like_a_table(tmp_path: Path) -> None:
    path = tmp_path / "known.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((("Include", "Exclude"), ("CT Thorax", "CT Head"))):
            sheet.write_row(number, 0, row)
    assert read(path) == BOTH


def test_what_the_worklist_wrote_is_read_back_as_it_was(tmp_path: Path) -> None:
    shown = "=1+1 Thorax"
    text = as_csv({"description": [shown], "decision": ["include"]})
    assert "'=1+1" in text
    assert read(saved(tmp_path, text)) == {shown: Listing.INCLUDE}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "what,ever\na,b\n",
        "description\nSMITH knee\n",
        "description,decision\nSMITH knee,perhaps\n",
        "description,include,exclude\nSMITH knee,x,x\n",
        "description,decision\nSMITH knee,include\nsmith  KNEE,exclude\n",
    ],
    ids=["empty", "other columns", "no decision", "other word", "both marks", "contradiction"],
)
def test_what_is_not_understood_is_a_fault_that_tells_the_line_and_no_value(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(DecisionsUnreadable) as fault:
        read(saved(tmp_path, text))
    assert "smith" not in str(fault.value).lower()


def test_a_file_that_is_neither_is_a_fault(tmp_path: Path) -> None:
    for name, content in (("a.csv", b"\xff\xfe\0"), ("a.xlsx", b"no workbook"), ("b.xlsx", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DecisionsUnreadable):
            read(tmp_path / name)
