"""What C-MOVE and C-GET have in common: responses that count sub-operations, and a way to stop them.

Source: PS3.4 C.4.2 and C.4.3, PS3.7 9.1.4.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tirage.model.archives import ArchiveUnreachable
from tirage.network.scu.line import NoAnswer, Open
from tirage.network.status import CANCELLED, PENDING

CANCEL_GRACE_S: Final = 10.0
"""How long an archive may go on after a C-CANCEL, which many ignore, before the association is given up."""

IMPLICIT_LITTLE: Final = "1.2.840.10008.1.2"
EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
IDENTIFIER_SYNTAXES: Final = (EXPLICIT_LITTLE, IMPLICIT_LITTLE)


@dataclass(frozen=True, slots=True)
class Suboperations:
    """How one request ended: its status and the counts that the archive gave last."""

    status: int
    completed: int = 0
    failed: int = 0
    warned: int = 0


class Cancelling:
    """Sends a C-CANCEL once it is wanted; says when to wait no longer."""

    def __init__(self, opened: Open, sop_class: str, is_cancelled: Callable[[], bool]) -> None:
        self._opened = opened
        self._sop_class = sop_class
        self._is_cancelled = is_cancelled
        self._sent_at: float | None = None

    @property
    def is_sent(self) -> bool:
        """Whether the archive was asked to stop."""
        return self._sent_at is not None

    def look(self) -> bool:
        """Cancel if that is wanted by now; true once the archive has had its time to stop."""
        if self._sent_at is not None:
            return time.monotonic() - self._sent_at > CANCEL_GRACE_S
        if self._is_cancelled() and self._opened.association.is_established:
            self._opened.association.send_c_cancel(self._opened.message_id, query_model=self._sop_class)
            self._sent_at = time.monotonic()
        return False


Responses = Iterator[tuple[Any, Any]]


def follow(
    opened: Open,
    send: Callable[[], Responses],
    sop_class: str,
    is_cancelled: Callable[[], bool],
) -> Suboperations:
    """Send a request and read its responses to the last one.

    Raises `NoAnswer` when nothing was answered at all, `ArchiveUnreachable` when the archive fell silent or
    went away in the middle.
    """
    cancelling = Cancelling(opened, sop_class, is_cancelled)
    counts: dict[str, int] = {}
    answered = 0
    opened.messages.is_over = cancelling.look
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote values
            try:
                responses = send()
            except RuntimeError:
                # The association ended since we last looked.
                raise NoAnswer("the association was gone") from None
            for response, _ in responses:
                if "Status" not in response:
                    break
                answered += 1
                counts |= _counts(response)
                if response.Status not in PENDING:
                    return Suboperations(int(response.Status), **counts)
                if cancelling.look():
                    break
    finally:
        opened.messages.is_over = lambda: False
    if cancelling.is_sent:
        opened.association.abort()
        return Suboperations(CANCELLED, **counts)
    if opened.messages.is_late:
        raise ArchiveUnreachable("the archive fell silent during a retrieval")
    fault = ArchiveUnreachable if answered else NoAnswer
    raise fault("the archive went away during a retrieval")


def _counts(response: Any) -> dict[str, int]:
    """Sub-operations as far as the response has them; leaving them out is allowed in some and done in all."""
    return {
        name: int(response[keyword].value or 0)
        for name, keyword in (
            ("completed", "NumberOfCompletedSuboperations"),
            ("failed", "NumberOfFailedSuboperations"),
            ("warned", "NumberOfWarningSuboperations"),
        )
        if keyword in response
    }
