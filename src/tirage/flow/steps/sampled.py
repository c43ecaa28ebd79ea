"""What reviewers have read of a project's outputs, as the release gate asks it."""

from dataclasses import dataclass

from sqlalchemy import Connection

from tirage.store.candidates import CandidateRow


@dataclass(frozen=True, slots=True)
class Sample:
    """How far a sample has been read, and with what result; `upper_percent` bounds the share of failures.

    `last_reviewer` is '' when nobody has read anything.
    """

    planned: int
    read: int
    failed: int
    read_twice: int
    upper_percent: float
    last_reviewer: str

    @property
    def is_complete(self) -> bool:
        """Whether everything planned was read."""
        return self.read >= self.planned


def sample(connection: Connection, row: CandidateRow) -> Sample | None:
    """How far the sample of a candidate has been read; None where its project asks for none."""
    return None
