"""Give objects to the projects that asked for them, and hold those that are of another patient than asked."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tirage.flow.context import Context
from tirage.flow.steps import verdicts
from tirage.model.identifiers import ReceivedId
from tirage.model.outcomes import Held
from tirage.model.reasons import HoldReason
from tirage.store import audit, claims
from tirage.store.audit import Line


def claim(connection: Connection, context: Context, numbers: Sequence[ReceivedId], at: int) -> None:
    """Make of `numbers`, just read, what they are: a project's own, another patient's, or sent unasked."""
    claims.claim(connection, numbers, at)
    for project, number in claims.of_another(connection, numbers):
        verdicts.record(connection, project, [(number, Held(HoldReason.WRONG_PATIENT))], at)
        detail: audit.Detail = {"project": project, "what": HoldReason.WRONG_PATIENT.value}
        audit.append(connection, [Line("worker", "security", f"received:{number}", detail)], at)
    senders = [access.sender for access in context.archives.values() if access.sender is not None]
    claims.mark_unrequested(connection, numbers, senders, at)
