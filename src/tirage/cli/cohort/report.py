"""What a checked list looks like: on a screen, and as JSON. Rows, fields and codes, never values."""

from typing import TYPE_CHECKING, Any

from tirage.cli.cohort.words import FAULTS, HINTS

if TYPE_CHECKING:
    from rich.console import Console

    from tirage.model.cohorts import Checked, Note

MOST_SHOWN = 25


def checked_json(checked: "Checked") -> dict[str, Any]:
    """A checked list as JSON."""
    return {
        "kind": checked.kind.value,
        "sound": checked.is_sound,
        "rows": checked.rows,
        "requests": checked.requests,
        "columns": {field.value: count for field, count in checked.filled.items()},
        "ignored": checked.ignored,
        "remarks": checked.remarks,
        "problem_count": checked.problem_count,
        "problems": [
            {"row": each.row, "field": each.field, "code": each.fault.value}
            | ({"other_row": each.other} if each.other else {})
            | ({"source": each.source} if each.source else {})
            for each in checked.problems
        ],
        "notes": [
            {"code": each.hint.value, "field": each.field, "count": each.count, "rows": each.rows}
            | ({"first_rows": each.firsts} if each.firsts else {})
            | ({"source": each.source} if each.source else {})
            for each in checked.notes
        ],
    }


def print_checked(target: "Console", checked: "Checked") -> None:
    """What was read, what was done with it, and every problem that fits a screen."""
    from rich.markup import escape

    from tirage.cli.screen import print_rows

    rows = "row" if checked.rows == 1 else "rows"
    target.print(
        f"{checked.rows:,} {rows}, {checked.requests:,} to ask for: {escape('; '.join(checked.remarks))}"
    )
    print_rows(
        target,
        ("column", "rows that say something"),
        ((str(field), f"{count:,}") for field, count in checked.filled.items()),
    )
    for name in checked.ignored:
        target.print(f"[yellow]ignored[/]: {escape(name)}", soft_wrap=True)
    for note in checked.notes:
        target.print(_note(note), soft_wrap=True, markup=False)
    if checked.problem_count:
        target.print()
        print_rows(
            target,
            ("row", "where", "problem", ""),
            (
                (
                    f"{each.row:,}" + (f" ({each.source})" if each.source else ""),
                    each.field,
                    each.fault.value,
                    FAULTS[each.fault] + (f", see row {each.other:,}" if each.other else ""),
                )
                for each in checked.problems[:MOST_SHOWN]
            ),
        )
        left = checked.problem_count - MOST_SHOWN
        if left > 0:
            target.print(f"… and {left:,} more; `--json` lists the first 1,000.")


def _note(note: "Note") -> str:
    rows = ", ".join(f"{row:,}" for row in note.rows)
    more = ", …" if note.count > len(note.rows) else ""
    firsts = f" (first in {', '.join(f'{row:,}' for row in note.firsts)}{more})" if note.firsts else ""
    noun = "row" if note.count == 1 else "rows"
    where = ": ".join(
        filter(None, (note.source, "" if note.field == "row" else note.field, HINTS[note.hint]))
    )
    return f"note: {where}: {note.count:,} {noun}: {rows}{more}{firsts}"
