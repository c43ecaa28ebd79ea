"""The ledger's page, picture and tables: every row once, sums that hold, nothing that a reader could run."""

import csv
import io
import re
import stat
import subprocess
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from tirage.acquire.standing import Decision, Objects, RequestStanding, Step, StudyStanding
from tirage.flow.ledger.attrition import TITLES, boxes, picture
from tirage.flow.ledger.entries import Entry, Ledger, make_ledger
from tirage.flow.ledger.files import as_csv, write
from tirage.flow.ledger.page import render
from tirage.flow.ledger.words import KINDS, WORDS, Kind
from tirage.model.identifiers import ProjectName
from tirage.model.requests import FetchState, Match, Request, RequestOutcome, Resolution, Verdict
from tirage.store.standings import Requested, Seen

NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
WHOLE = StudyStanding(
    fetch=FetchState.COMPLETE,
    expected=2,
    received=2,
    objects=Objects(released=2, delivered=2),
    release="v0001",
)
HOSTILE = '=HYPERLINK("http://x","y")\r\n<img src=x onerror=alert(1)>\x1b[31m\0'


def asked(row: int, *standings: StudyStanding, **fields: object) -> Requested:
    seen = tuple(Seen("pacs", f"1.{row}", "20260314", ("CT", "SR"), each) for each in standings)
    request = Request(row, **{"patient_id": f"PAT-{row}", "participant": f"LUNG-{row}", **fields})  # type: ignore[arg-type]
    resolution = Resolution.FOUND if standings else Resolution.ABSENT
    return Requested(1, request, RequestStanding(resolution, standings), 1_796_000_000_000_000, seen)


def ledger(*rows: Requested, modalities: tuple[str, ...] = ()) -> Ledger:
    return make_ledger(ProjectName("lungs"), rows, modalities, NOW)


SOME = ledger(
    asked(2, WHOLE),
    asked(3),
    asked(4, StudyStanding(verdict=Verdict.MODALITY)),
    asked(5, StudyStanding(match=Match.OTHER_PATIENT)),
    asked(6, StudyStanding(fetch=FetchState.WANTED, expected=2)),
    asked(7, StudyStanding(fetch=FetchState.PARTIAL, expected=2, received=1, objects=Objects(released=1))),
)


# --- sums -------------------------------------------------------------------------------------------------

ENTRIES = st.builds(
    lambda outcome, step: Entry(1, 2, "", "", "", "", "", Decision(outcome, "", step), NOW),
    outcome=st.sampled_from(RequestOutcome),
    step=st.sampled_from(Step),
)


@given(st.lists(ENTRIES, max_size=40))
def test_every_box_holds_what_the_one_before_held_less_what_left_there(entries: list[Entry]) -> None:
    found = boxes(entries)
    assert [box.step for box in found] == list(Step)
    assert found[0].count == len(entries)
    for box, following in pairwise(found):
        assert following.count == box.count - box.left
    assert sum(count for _, count in found[-1].ended) == found[-1].count


def test_the_numbers_in_the_picture_are_those_of_the_boxes_and_add_up() -> None:
    drawing = ElementTree.fromstring(picture(boxes(SOME.entries), "lungs"))
    texts = ["".join(each.itertext()) for each in drawing.iter("{http://www.w3.org/2000/svg}text")]
    boxed = [int(text.removeprefix("n = ")) for text in texts if text.startswith("n = ")]
    left = [int(text[len("No further (n = ") : -1]) for text in texts if text.startswith("No further")]
    assert boxed == [6, 4, 3, 2, 1, 1, 1]
    assert left == [2, 1, 1, 1]
    assert boxed[0] - sum(left) == boxed[-1]
    assert [text for text in texts if text in TITLES.values()] == list(TITLES.values())


def test_the_picture_says_in_words_what_it_shows() -> None:
    drawing = ElementTree.fromstring(picture(boxes(SOME.entries), "<lungs>"))
    told = {each.tag.rpartition("}")[2]: each.text or "" for each in drawing}
    assert told["title"] == "What became of the requests of <lungs>"
    assert (
        "Requested: 6 (no further: 1 found under another accession or patient, 1 not in archive)"
        in told["desc"]
    )


def test_the_counts_add_up_to_what_was_requested() -> None:
    assert sum(SOME.outcomes.values()) == len(SOME.entries) == 6


def test_every_outcome_is_explained_and_has_a_colour() -> None:
    assert set(WORDS) == set(RequestOutcome)
    assert set(KINDS) == set(Kind)


# --- availability -----------------------------------------------------------------------------------------


def test_what_is_available_is_counted_for_each_participant_and_modality_from_the_index_date() -> None:
    index = {"participant": "LUNG-1", "index_date": date(2026, 3, 4)}
    made = ledger(
        asked(2, WHOLE, **index),
        asked(2, WHOLE, **index),
        asked(3, StudyStanding(), **(index | {"index_date": date(2026, 3, 20)})),
        asked(4, StudyStanding(verdict=Verdict.MODALITY), **index),
        modalities=("CT",),
    )
    (line,) = made.availability
    assert (line.participant, line.modality, line.studies, line.delivered) == ("LUNG-1", "CT", 2, 1)
    assert (line.first_day, line.last_day) == (-6, 10)


def test_without_an_index_date_no_day_is_told() -> None:
    lines = ledger(asked(2, WHOLE)).availability
    assert [(line.modality, line.first_day) for line in lines] == [("CT", None), ("SR", None)]


# --- files ------------------------------------------------------------------------------------------------


def test_every_form_has_the_same_rows_and_its_owner_alone_may_read_it(tmp_path: Path) -> None:
    written = write(SOME, tmp_path / "ledger")
    assert [path.name for path in written] == [
        "ledger-identified.html",
        "ledger-identified.csv",
        "ledger-identified.parquet",
        "ledger.svg",
        "availability-identified.csv",
        "availability-identified.parquet",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    assert stat.S_IMODE((tmp_path / "ledger").stat().st_mode) == 0o700
    table = parquet.read_table(written[2])
    assert table.schema.metadata[b"zone"].startswith(b"identified zone")
    with written[1].open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    rows = table.to_pylist()
    assert [{name: str(value) for name, value in row.items()} for row in rows] == lines
    assert [row["outcome"] for row in rows] == [entry.decision.outcome for entry in SOME.entries]
    assert written[0].read_text().count("<tr data-outcome=") == len(rows)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", HOSTILE, "\u0085=1"]
)
def test_no_cell_of_the_csv_is_a_formula_or_more_than_a_line(text: str) -> None:
    content = as_csv({"patient_id": [text]}).removeprefix("\ufeff")
    (cell,) = list(csv.reader(io.StringIO(content)))[1]
    assert cell.startswith("'")
    assert all(each.isprintable() for each in cell)
    assert len(content.strip().splitlines()) == 2


def test_numbers_stay_numbers_in_the_csv() -> None:
    assert as_csv({"first_day": [-6, None], "outcome": ["held", ""]}).split("\r\n")[1:3] == ["-6,held", ","]


def test_hostile_values_are_text_in_the_page() -> None:
    page = render(ledger(asked(2, WHOLE, patient_id=HOSTILE, accession="</script><script>alert(1)</script>")))
    assert "<img" not in page
    assert page.count("<script>") == 1
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_the_page_loads_nothing_and_runs_its_own_script_alone() -> None:
    page = render(SOME)
    assert "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" in page
    assert not re.search(r"(src|href)=", page)
    assert "This ledger names patients." in page


@pytest.mark.serial
def test_a_browser_runs_the_pages_script_and_not_what_a_value_says(tmp_path: Path) -> None:
    rows = [asked(2, WHOLE, patient_id="<script>document.title='broken'</script>"), asked(3)]
    page = tmp_path / "ledger.html"
    page.write_text(render(ledger(*rows)), encoding="utf-8")
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", f"file://{page}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "2 of 2 rows" in done.stdout
    assert "<title>Ledger of lungs</title>" in done.stdout
