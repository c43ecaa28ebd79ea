"""Reading a list of decided descriptions that a person filled in, as CSV or as a spreadsheet.

Three forms are in use: a description and a decision a line; a description and a mark below `include` or
`exclude`; two columns of descriptions, one to include and one to exclude.
"""

import re
from pathlib import Path

from tirage.acquire.descriptions import fold
from tirage.errors import Permanent
from tirage.model.requests import Listing
from tirage.store.tables import ListUnreadable, open_table

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
    try:
        table = open_table(path)
        lines = list(table.lines())
    except ListUnreadable as error:
        raise DecisionsUnreadable(str(error)) from None
    headings = [re.sub(r"[^a-z]+", "_", cell.casefold()).strip("_") for cell in table.heading]
    _decided(dict.fromkeys(headings, ""), 1)  # a file of other columns is told, though it has no lines
    decisions: dict[str, Listing] = {}
    known: dict[str, Listing] = {}
    for line in lines:
        cells = dict(zip(headings, (cell.text.strip() for cell in line.cells), strict=False))
        for shown, listing in _decided(cells, line.row):
            if known.setdefault(fold(shown), listing) is not listing:
                raise DecisionsUnreadable(f"line {line.row} contradicts an earlier one")
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
