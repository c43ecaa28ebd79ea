"""Names that would be a script, a formula or an escape sequence are shown as what they are: names.

Faults B21 to B23.
"""

import csv
import io
from pathlib import Path

import pytest
from tests.flow.nodes import RULES, TestNode
from tests.make import make_instance
from tests.web.browsing import chromium, looking, served
from tests.web.signed import Console

from tirage.flow.ledger.files import as_csv
from tirage.model.people import Role

IMAGE = "<img src=x onerror=alert(1)>^Eve"
FORMULAS = ['=HYPERLINK("http://elsewhere.example";"x")^Eve', "@SUM(A1)^Eve", "+1^Eve", "-1^Eve"]
CONTROLS = "Line\r\nBreak\x1b[31m^\0Eve"
READ = RULES + "deidentify:\n  options: []\n"
CAPTURED = ["DERIVED", "SECONDARY"]
ROLES = (Role.OPERATOR, Role.LINKER, Role.REVIEWER)


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    """Held studies of people with hostile names, one each."""
    node = TestNode(tmp_path, rules=READ)
    names = [IMAGE, *FORMULAS, CONTROLS]
    node.run(
        *[
            make_instance(
                patient=number,
                PatientName=name,
                PatientID=f"HOSTILE-{number}",
                StudyDescription=name.replace("\0", "")[:60],
                ImageType=CAPTURED,
            )
            for number, name in enumerate(names, start=1)
        ]
    )
    assert node.tally.held == len(names)
    return node


def test_no_page_runs_what_a_name_says(node: TestNode, tmp_path: Path) -> None:
    with Console(node) as console, served(console.application) as address:
        ada = console.browser("ada", *ROLES)
        for number in range(1, 7):
            for subject in (f"study:{number}", f"patient:{number}"):
                note = {"subject": subject, "name": IMAGE, "text": IMAGE}
                assert ada.post("/api/v1/notes", json=note).status_code == 201
                change = {"subject": subject, "why": IMAGE, "issuer": "<script>alert(1)</script>"}
                assert ada.post("/api/v1/corrections", json=change).status_code == 201
        erased = {"study": 6, "why": IMAGE}
        assert ada.post("/api/v1/erasures", json=erased).status_code == 201
        assert ada.post("/api/v1/notes", json={"subject": "study:1", "text": CONTROLS}).status_code == 422
        pages = ["/holds", "/erasures", "/erasures/1", "/studies"]
        pages += [f"/{part}/{number}" for number in range(1, 6) for part in ("notes/study", "notes/patient")]
        pages += [f"/{part}/{number}" for number in range(1, 6) for part in ("studies", "patients")]
        pages += [f"/holds?did=retry&n={IMAGE}", f"/holds?reason={IMAGE}"]
        shown = 0
        with chromium() as browser, looking(browser, console, address, "ada", *ROLES) as page:
            opened: list[str] = []
            page.on("dialog", lambda dialog: opened.append(dialog.message))
            for each in pages:
                page.goto(each)
                assert page.locator("[onerror], main script").count() == 0, each
                assert opened == [], each
                shown += IMAGE in page.inner_text("body")
            page.goto("/holds")
            page.screenshot(path=tmp_path / "holds.png", full_page=True)
        assert shown > 5, "the name is to be read, as text"
        assert (tmp_path / "holds.png").stat().st_size > 10_000


def test_no_log_holds_a_name_or_what_would_be_a_line_of_its_own(node: TestNode) -> None:
    with Console(node) as console:
        ada = console.browser("ada", *ROLES)
        for page in ("/holds", "/notes/study/1", "/studies/6", "/holds?reason=Line%0D%0ABreak"):
            assert ada.get(page).status_code == 200
    logs = b"".join(path.read_bytes() for path in node.folder.rglob("*.log"))
    for text in (b"HOSTILE", b"onerror", b"HYPERLINK", b"\x1b", b"Break"):
        assert text not in logs


@pytest.mark.parametrize("name", FORMULAS)
def test_a_table_for_spreadsheets_holds_no_formula(name: str) -> None:
    (_, row) = csv.reader(io.StringIO(as_csv({"participant": [name]})))
    assert not row[0].startswith(("=", "@", "+", "-"))
    assert name in row[0]
