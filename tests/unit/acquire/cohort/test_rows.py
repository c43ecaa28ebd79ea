"""Rows become requests, or problems by row, field and code."""

from collections.abc import Mapping
from datetime import date

import pytest

from tirage.acquire.cohort.columns import read_columns
from tirage.acquire.cohort.links import Links
from tirage.acquire.cohort.remarks import MOST_PROBLEMS, MOST_ROWS, Remarks
from tirage.acquire.cohort.rows import Contents, Reading, find_orders, read_requests
from tirage.acquire.cohort.window import Window, WindowUnclear
from tirage.model.archives import ALWAYS, DateRange
from tirage.model.cohorts import Fault, Field, Hint, Problem
from tirage.model.requests import Request
from tirage.model.tables import Cell, Line

DAY = date(2019, 4, 3)


def read(
    heading: str,
    *rows: str,
    links: Links | None = None,
    window: Window | None = None,
    known: Mapping[tuple[str, str], date] | None = None,
) -> tuple[list[Request], Remarks]:
    """The requests of rows whose cells are separated by bars, and what is said of them."""
    columns = read_columns(heading.split("|"), {})
    lines = [Line(row, [Cell(text) for text in cells.split("|")]) for row, cells in enumerate(rows, 2)]
    remarks = Remarks()
    reading = Reading(columns, find_orders(lines, columns), links, window or Window(), known or {})
    return list(read_requests(lines, reading, remarks, Contents())), remarks


def problems(remarks: Remarks) -> list[tuple[int, str, Fault]]:
    return [(each.row, each.field, each.fault) for each in remarks.problems]


def test_a_row_says_everything_a_request_can() -> None:
    heading = (
        "MRN|Issuer|NHS Number|Accession|Study UID|Series UID|Study Date|Participant|Index Date|Deceased"
    )
    found, remarks = read(heading, "0012|HOSP|943 476 5919|A1|1.2.3|1.2.3.4|2019-04-03|P1|20190401|Y")
    assert remarks.problem_count == 0
    request = found[0]
    assert (request.row, request.patient_id, request.issuer) == (2, "0012", "HOSP")
    assert (request.national_id, request.accession, request.study) == ("9434765919", "A1", "1.2.3")
    assert (request.series, request.study_date, request.dates) == ("1.2.3.4", DAY, ALWAYS)
    assert (request.participant, request.index_date, request.is_deceased) == ("P1", date(2019, 4, 1), True)


def test_one_row_tells_the_order_of_its_whole_column() -> None:
    found, remarks = read("MRN|Accession|Study Date", "1|A1|03/04/2019", "2|A2|25/04/2019")
    assert [each.study_date for each in found] == [DAY, date(2019, 4, 25)]
    _, remarks = read("MRN|Accession|Study Date", "1|A1|03/04/2019", "2|A2|2019-04-25")
    assert problems(remarks) == [(2, "study_date", Fault.AMBIGUOUS_DATE)]
    _, remarks = read("MRN|Accession|Study Date", "1|A1|03/04/2019", "2|A2|25/04/2019", "3|A3|04/25/2019")
    assert problems(remarks) == [(2, "study_date", Fault.AMBIGUOUS_DATE)]


def test_a_row_said_twice_is_asked_for_once_and_points_to_the_first() -> None:
    found, remarks = read("MRN|Accession", "1|A1", "2|A2", " 1|A1")
    assert [each.row for each in found] == [2, 3]
    note = next(note for note in remarks.notes if note.hint is Hint.DUPLICATE)
    assert (note.count, note.rows, note.firsts) == (1, (4,), (2,))


@pytest.mark.parametrize("heading", ["MRN|Accession", "MRN|Study UID"])
def test_what_was_said_of_another_patient_contradicts(heading: str) -> None:
    _, remarks = read(heading, "1|1.2", "2|1.2")
    field = "accession" if "Acc" in heading else "study"
    assert remarks.problems == (Problem(3, field, Fault.CONTRADICTION, 2),)


def test_an_accession_of_another_issuer_is_another() -> None:
    found, _ = read("MRN|Issuer|Accession", "1|X|A1", "2|Y|A1")
    assert len(found) == 2


def test_empty_rows_are_left_out_and_counted() -> None:
    found, remarks = read("MRN|Accession", "1|A1", "| ", "2|A2")
    assert [each.row for each in found] == [2, 4]
    assert [(note.hint, note.rows) for note in remarks.notes] == [(Hint.EMPTY_ROW, (3,))]


def test_a_row_needs_something_to_ask_for_and_no_more_cells_than_the_heading() -> None:
    _, remarks = read("MRN|Participant|Deceased", "|P1", "1|P2|maybe", "1|P2|yes|more", "2|P3|no|")
    assert problems(remarks) == [
        (2, "row", Fault.INCOMPLETE),
        (3, "is_deceased", Fault.BAD_FLAG),
        (4, "row", Fault.TOO_MANY_CELLS),
    ]


def test_a_flag_may_say_nothing() -> None:
    found, remarks = read("MRN|Deceased", "1|", "2|NULL", "3|True", "4|0")
    assert [each.is_deceased for each in found] == [False, False, True, False]
    assert [(note.hint, note.rows) for note in remarks.notes] == [(Hint.READ_AS_EMPTY, (3,))]


def test_all_that_is_wrong_with_a_row_is_said() -> None:
    _, remarks = read("MRN|Accession|Study UID|Study Date", "TEMP1|1.2E+09|1.x|32/13/2019")
    assert [fault for _, _, fault in problems(remarks)] == [
        Fault.BAD_ID,
        Fault.SCIENTIFIC,
        Fault.BAD_UID,
        Fault.BAD_DATE,
    ]


def test_problems_are_counted_beyond_those_that_are_kept() -> None:
    _, remarks = read("MRN|Accession", *["1|A*"] * (MOST_PROBLEMS + 5))
    assert (len(remarks.problems), remarks.problem_count) == (MOST_PROBLEMS, MOST_PROBLEMS + 5)
    _, remarks = read("MRN|Accession", *[f"{row}| A{row}" for row in range(1, MOST_ROWS + 6)])
    assert (len(remarks.notes[0].rows), remarks.notes[0].count) == (MOST_ROWS, MOST_ROWS + 5)


def test_no_value_is_in_a_repr() -> None:
    cell = Cell("secret")
    assert "secret" not in repr([cell, Line(1, [cell]), read("MRN", "secret1")[0]])


# --- links ------------------------------------------------------------------------------------------------


@pytest.fixture
def links() -> Links:
    """Two patients of one number each; a number of two patients; a patient of two numbers."""
    table = Links()
    for patient, national in (("1", "N1"), ("2", "N2"), ("3", "N3"), ("4", "N3"), ("5", "N5"), ("5", "N6")):
        table.add(("", patient), national)
    return table


def test_links_fill_in_what_is_missing_on_either_side(links: Links) -> None:
    found, remarks = read("MRN|National ID", "1|", "|N2", links=links)
    assert [(each.patient_id, each.national_id) for each in found] == [("1", "N1"), ("2", "N2")]
    assert remarks.problem_count == 0


def test_links_of_more_than_one_and_of_none_are_refused(links: Links) -> None:
    _, remarks = read("MRN|National ID", "|N3", "5|", "|N9", "1|N2", links=links)
    assert problems(remarks) == [
        (2, Field.PATIENT_ID, Fault.AMBIGUOUS_LINK),
        (3, Field.NATIONAL_ID, Fault.AMBIGUOUS_LINK),
        (4, Field.PATIENT_ID, Fault.NO_LINK),
        (5, Field.NATIONAL_ID, Fault.CONTRADICTION),
    ]


def test_what_can_be_asked_for_without_a_link_is_noted(links: Links) -> None:
    found, remarks = read("MRN|National ID|Accession", "9||", "|N9|A1", links=links)
    assert len(found) == 2
    assert [(note.hint, note.field, note.rows) for note in remarks.notes] == [
        (Hint.NOT_LINKED, "national_id", (2,)),
        (Hint.NOT_LINKED, "patient_id", (3,)),
    ]


# --- windows ----------------------------------------------------------------------------------------------

KNOWN = {("", "1"): date(2026, 3, 10)}


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(), [ALWAYS, ALWAYS]),
        (Window(since_last=True), [DateRange(date(2026, 3, 9)), ALWAYS]),
        (Window(since_last=True, overlap_days=0), [DateRange(date(2026, 3, 10)), ALWAYS]),
        (Window(since=DAY), [DateRange(DAY), ALWAYS]),
        (Window(DateRange(DAY, None)), [DateRange(DAY), DateRange(DAY)]),
    ],
    ids=["none", "last", "no overlap", "since", "from"],
)
def test_known_patients_are_asked_since_their_last_run_and_new_ones_for_everything(
    window: Window, expected: list[DateRange]
) -> None:
    found, _ = read("MRN", "1", "2", window=window, known=KNOWN)
    assert [each.dates for each in found] == expected


def test_a_row_with_a_study_or_a_day_has_no_window() -> None:
    window = Window(since_last=True)
    found, _ = read("MRN|Accession|Study Date", "1|A1|", "1||2019-04-03", window=window, known=KNOWN)
    assert [each.dates for each in found] == [ALWAYS, DateRange(DAY, DAY)]


@pytest.mark.parametrize(
    "options",
    [
        {"since_last": True, "since": DAY},
        {"since_last": True, "dates": DateRange(DAY)},
        {"dates": DateRange(DAY, date(2019, 4, 2))},
        {"overlap_days": -1},
    ],
    ids=["twice", "since and from", "backwards", "negative"],
)
def test_days_that_contradict_each_other_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(WindowUnclear):
        Window(**options)  # type: ignore[arg-type]


def test_the_digest_stands_for_everything_a_request_says() -> None:
    def digest(*rows: str) -> str:
        contents, remarks = Contents(), Remarks()
        columns = read_columns(["MRN", "Participant"], {})
        lines = [Line(row, [Cell(text) for text in cells.split("|")]) for row, cells in enumerate(rows, 2)]
        list(read_requests(lines, Reading(columns), remarks, contents))
        return contents.digest

    digests = [digest("1|P1"), digest("1|P1", "2|P2"), digest("1|P2"), digest("1P|1"), digest("| ", "1|P1")]
    assert len(set(digests)) == len(digests)
    assert digest("1|P1") == digest(" 1|P1 ")
