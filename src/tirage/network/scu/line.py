"""An association that is kept open between requests, and opened anew when it died or has been idle."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from tirage.model.archives import ArchiveBusy, ArchiveRefused, ArchiveUnreachable
from tirage.model.custody import Intake
from tirage.model.records import Origin
from tirage.network.scu.association import Peer, associate, end, entity, stands

if TYPE_CHECKING:
    from pynetdicom.association import Association

    from tirage.network.scu.messages import Messages

T = TypeVar("T")

IDLE_S: Final = 20.0
"""After that much silence a firewall may have forgotten the connection without telling anybody."""

MOST_PDU_BYTES: Final = 128 * 1024
LAST_MESSAGE_ID: Final = 0xFFFF
_TRANSIENT: Final = 2
_GOODBYE_S: Final = 5.0


class NoAnswer(ArchiveUnreachable):
    """The association died before anything was answered: on a new one the same request may be."""

    code = "ARCHIVE_NO_ANSWER"
    remedy = ArchiveUnreachable.remedy


@dataclass(frozen=True, slots=True)
class Offer:
    """What an association is for: pairs of abstract syntax and transfer syntaxes, and classes received."""

    contexts: tuple[tuple[str, tuple[str, ...]], ...]
    receives: tuple[str, ...] = ()

    def covers(self, other: "Offer") -> bool:
        """Whether an association with this offer serves for the other, too."""
        return set(other.contexts) <= set(self.contexts)


@dataclass(slots=True)
class Open:
    """An open association, its messages, and the ID of the request at hand."""

    association: "Association"
    messages: "Messages"
    offer: Offer
    message_id: int = 0
    used_at: float = 0.0


class Line:
    """Associations with one peer, one at a time; what comes in over them goes to `intake` under `origin`.

    It must be closed: pynetdicom's threads outlive the program otherwise.
    """

    def __init__(self, peer: Peer, origin: Origin, intake: Intake | None = None) -> None:
        self._peer = peer
        self._origin = origin
        self._intake = intake
        self._open: Open | None = None

    def ask(self, offer: Offer, request: Callable[[Open], T], timeout_s: float | None = None) -> T:
        """What `request` makes of an open association; a kept one that turns out dead is opened anew.

        `timeout_s` is how long the peer may be silent, by default the peer's own.
        """
        is_kept = self._is_fit(offer)
        try:
            return self._ask_once(offer, request, timeout_s)
        except NoAnswer:
            if not is_kept:
                raise
        return self._ask_once(offer, request, timeout_s)

    def close(self) -> None:
        """Release the association, if there is one."""
        if self._open is None:
            return
        opened, self._open = self._open, None
        end(opened.association)
        # The reading thread may be in the middle of a piece.
        opened.association.dul.join(_GOODBYE_S)
        opened.messages.forget()

    def _ask_once(self, offer: Offer, request: Callable[[Open], T], timeout_s: float | None) -> T:
        if not self._is_fit(offer):
            self.close()
            self._open = self._opened(offer)
        opened = self._open
        assert opened is not None
        opened.message_id = opened.message_id % LAST_MESSAGE_ID + 1
        opened.association.dimse_timeout = self._peer.answer_timeout_s if timeout_s is None else timeout_s
        is_done = False
        try:
            answer = request(opened)
            is_done = True
        finally:
            opened.used_at = time.monotonic()
            if not is_done or not stands(opened.association):
                self.close()
        return answer

    def _is_fit(self, offer: Offer) -> bool:
        opened = self._open
        return (
            opened is not None
            and stands(opened.association)
            and opened.offer.covers(offer)
            and time.monotonic() - opened.used_at < IDLE_S
        )

    def _opened(self, offer: Offer) -> Open:
        from tirage.network.scu.messages import Messages, answer_store

        ours = entity(self._peer)
        # An idle association is ours to keep or give up; pynetdicom would abort it.
        ours.network_timeout = None
        for abstract_syntax, transfer_syntaxes in offer.contexts:
            ours.add_requested_context(abstract_syntax, list(transfer_syntaxes))
        association = associate(
            ours,
            self._peer,
            most_pdu_bytes=MOST_PDU_BYTES,
            receives=offer.receives,
            on_store=answer_store if offer.receives else None,
        )
        if association is None:
            raise ArchiveUnreachable("no connection")
        if not association.is_established:
            fault = _fault_of(association)
            end(association)
            raise fault
        messages = Messages(association, self._intake, self._origin)
        association.dimse = messages
        return Open(association, messages, offer)


def _fault_of(association: "Association") -> ArchiveBusy | ArchiveRefused | ArchiveUnreachable:
    answer = association.acceptor.primitive
    if association.is_rejected:
        if answer is not None and answer.result == _TRANSIENT:
            return ArchiveBusy("the association was rejected for now")
        return ArchiveRefused("the association was rejected: check the AE titles")
    if answer is not None and answer.result == 0:
        return ArchiveRefused("the archive offers none of the services asked for")
    return ArchiveUnreachable("no association")


def accepts(association: "Association", abstract_syntax: str) -> bool:
    """Whether the peer accepted a service."""
    return any(str(one.abstract_syntax) == abstract_syntax for one in association.accepted_contexts)


def single(names: Sequence[str], syntaxes: tuple[str, ...]) -> Offer:
    """An offer of services, each in one presentation context."""
    return Offer(tuple((name, syntaxes) for name in names))
