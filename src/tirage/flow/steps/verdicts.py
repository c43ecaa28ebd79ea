"""Writing down what stages decided against an object."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, update

from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.model.outcomes import Held, Refused, disposition_of
from tirage.store.schema import custody, finding
from tirage.store.studies import PENDING


def record(
    connection: Connection,
    project: ProjectName,
    verdicts: Sequence[tuple[ReceivedId, Held | Refused]],
    at: int,
) -> None:
    """Move pending objects to the disposition of their reason, with the findings that led to it.

    An object that is not pending any more stays as it is, so recording twice changes nothing.
    """
    for number, verdict in verdicts:
        changed = connection.execute(
            update(custody)
            .where(custody.c.project == project, custody.c.received_id == number, PENDING)
            .values(
                disposition=disposition_of(verdict.reason).value, reason=verdict.reason.value, updated_at=at
            )
        ).rowcount
        if changed and verdict.findings:
            rows = [
                {
                    "received_id": number,
                    "project": project,
                    "place": each.where,
                    "kind": each.kind,
                    "view": each.view or "",
                    "found_at": at,
                }
                for each in verdict.findings
            ]
            connection.execute(insert(finding), rows)
