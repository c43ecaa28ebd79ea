"""What is wrong with a project file, all of it at once, by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from tirage.errors import Permanent


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: the line it stands on (1-based; 0: the file as a whole) and what to do."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class ProjectInvalid(Permanent):
    """A project file cannot be used; `problems` says why, line by line, in the order of the file."""

    code: ClassVar[str] = "PROJECT_INVALID"
    exit_code: ClassVar[int] = 78
    remedy: ClassVar[str] = "Mend the lines named and run `tirage project check FILE` again."

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.name = name
        self.problems = sorted(problems, key=lambda problem: problem.line)
        listed = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"{name}: {len(self.problems)} problem(s){listed}")


class TableUnreadable(Permanent):
    """A table of the standard holds something the loader does not understand, so nothing is de-identified."""

    code: ClassVar[str] = "TABLE_UNREADABLE"
    exit_code: ClassVar[int] = 70
    remedy: ClassVar[str] = "Reinstall this version of Tirage; its rule tables are damaged or were edited."
