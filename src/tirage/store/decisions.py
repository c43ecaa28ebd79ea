"""Reading a list of decided descriptions that a person filled in: CSV, or the first sheet of an XLSX file.

Three forms are in use: a description and a decision a line; a description and a mark below `include` or
`exclude`; two columns of descriptions, one to include and one to exclude.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from tirage.acquire.descriptions import fold
from tirage.errors import Permanent
from tirage.model.requests import Listing

_DESCRIPTION = ("description", "study_description", "series_description", "study_name", "name")
_DECISION = ("decision", "listing", "include_exclude", "include_or_exclude", "status")
_WORDS = {
    "include": Listing.INCLUDE,
    "included": Listing.INCLUDE,
    "yes": Listing.INCLUDE,
    "y": Listing.INCLUDE,
    "exclude": Listing.EXCLUDE,
    "excluded": Listing.EXCLUDE,
    "no": Listing.EXCLUDE,
    "n": Listing.EXCLUDE,
    "unknown": Listing.UNKNOWN,
}
_UNMARKED = frozenset({"", "0", "0.0", "no", "n", "false"})


class DecisionsUnreadable(Permanent):
    """A list of decided descriptions cannot be understood, or says two things about one description."""

    code = "DECISIONS_UNREADABLE"
    exit_code = 65
    remedy = "Give CSV or XLSX with the columns `description` and `decision` (include or exclude)."


def read(path: Path) -> dict[str, Listing]:
    """The decisions of a file by description; undecided lines are passed over.

    Raises `DecisionsUnreadable` with the number of the line, never with what stands there.
    """
    table = [[cell.strip() for cell in row] for row in _rows(path)]
    if not table:
        raise DecisionsUnreadable("the file is empty")
    headings = [re.sub(r"[^a-z]+", "_", cell.casefold()).strip("_") for cell in table[0]]
    decisions: dict[str, Listing] = {}
    known: dict[str, Listing] = {}
    for number, row in enumerate(table[1:], start=2):
        cells = dict(zip(headings, row, strict=False))
        for shown, listing in _decided(cells, number):
            if known.setdefault(fold(shown), listing) is not listing:
                raise DecisionsUnreadable(f"line {number} contradicts an earlier one")
            decisions[shown] = listing
    return decisions


def _decided(cells: dict[str, str], number: int) -> list[tuple[str, Listing]]:
    described = next((name for name in _DESCRIPTION if name in cells), None)
    decided = next((name for name in _DECISION if name in cells), None)
    marks = [each for each in (Listing.INCLUDE, Listing.EXCLUDE) if each.value in cells]
    if described is None:
        if not marks:
            raise DecisionsUnreadable("no column says what is described, or what was decided")
        return [(_plain(cells[each]), each) for each in marks if cells[each]]
    if decided is not None:
        word = cells[decided].casefold()
        if word and word not in _WORDS:
            raise DecisionsUnreadable(f"line {number}: neither include nor exclude")
        return [(_plain(cells[described]), _WORDS[word])] if word else []
    if not marks:
        raise DecisionsUnreadable("no column says what was decided")
    made = [each for each in marks if cells[each].casefold() not in _UNMARKED]
    if len(made) > 1:
        raise DecisionsUnreadable(f"line {number}: both include and exclude")
    return [(_plain(cells[described]), each) for each in made]


def _plain(text: str) -> str:
    """A description without the apostrophe that keeps spreadsheets from taking it for a formula."""
    return text[1:] if re.match(r"'\s*[=+\-@＝＋－＠]", text) else text


def _rows(path: Path) -> Sequence[Sequence[str]]:
    try:
        if path.suffix.casefold() in (".xlsx", ".xlsm"):
            from python_calamine import CalamineError, CalamineWorkbook

            try:
                sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
            except CalamineError as error:
                raise DecisionsUnreadable("no workbook that can be read") from error
            return [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
        text = path.read_text(encoding="utf-8-sig")
        delimiter = next((each for each in "\t;," if each in text.partition("\n")[0]), ",")
        return list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DecisionsUnreadable(f"the file cannot be read: {type(error).__name__}") from None
