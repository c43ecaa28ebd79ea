"""Everything said of a list while it is read: the first of each kind with their rows, and how many."""

from collections import Counter
from collections.abc import Iterable

from tirage.model.cohorts import Fault, Field, Hint, Note, Problem

MOST_PROBLEMS = 1_000
MOST_ROWS = 10


class Remarks:
    """Collects at most `MOST_PROBLEMS` problems and `MOST_ROWS` rows of a note, however long the list."""

    def __init__(self) -> None:
        self.rows = 0
        self.filled: Counter[Field] = Counter()
        self.problem_count = 0
        self._problems: list[Problem] = []
        self._counts: Counter[tuple[Hint, str, str]] = Counter()
        self._rows: dict[tuple[Hint, str, str], list[int]] = {}
        self._firsts: dict[tuple[Hint, str, str], list[int]] = {}

    def problem(self, row: int, field: str, fault: Fault, other: int = 0, source: str = "") -> None:
        """Say that a row cannot be loaded."""
        self.problem_count += 1
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(Problem(row, field, fault, other, source))

    def note(self, row: int, field: str, hint: Hint, first: int = 0, source: str = "") -> None:
        """Say what was done with a row; `first` is the row that is kept in its place."""
        key = (hint, field, source)
        self._counts[key] += 1
        rows = self._rows.setdefault(key, [])
        if len(rows) < MOST_ROWS:
            rows.append(row)
            if first:
                self._firsts.setdefault(key, []).append(first)

    def hints(self, row: int, field: str, hints: Iterable[Hint], source: str = "") -> None:
        """Say several things of a row."""
        for hint in hints:
            self.note(row, field, hint, source=source)

    def take(self, other: "Remarks") -> None:
        """Say what `other` says too, but for its rows and columns: they are those of another table."""
        self.problem_count += other.problem_count
        self._problems += other._problems[: MOST_PROBLEMS - len(self._problems)]
        self._counts += other._counts
        self._rows |= other._rows
        self._firsts |= other._firsts

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The first problems, in the order they were found."""
        return tuple(self._problems)

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every kind of note with its first rows."""
        return tuple(
            Note(hint, field, source, count, tuple(self._rows[key]), tuple(self._firsts.get(key, ())))
            for key, count in self._counts.items()
            for hint, field, source in (key,)
        )
