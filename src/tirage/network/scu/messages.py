"""Messages of an association as they come in: waiting for one that takes long, objects in pieces.

pynetdicom waits for a whole message, so that an object on a slow line would look like a silent peer, and
nothing could be said to the peer meanwhile. It would keep an object in memory, or in a temporary file outside
the identified zone; here each piece goes to an intake as it comes off the wire.
"""

import queue
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.pdu_primitives import P_DATA

from tirage.errors import Transient
from tirage.model.custody import Intake
from tirage.model.identifiers import Uid
from tirage.model.records import Origin
from tirage.network.scu.receiving import Receiving
from tirage.network.status import CANNOT_UNDERSTAND

if TYPE_CHECKING:
    from pynetdicom.association import Association

TICK_S: Final = 0.25


class Messages(DIMSEServiceProvider):
    """Takes the place of an association's DIMSE provider before its first message.

    `is_over`, asked again and again while a message is awaited, may end the wait. `is_late` says that the
    last wait ended because the peer had been silent for the association's DIMSE timeout. `fault` is why the
    intake can take no more.
    """

    def __init__(self, association: "Association", intake: Intake | None, origin: Origin) -> None:
        super().__init__(association)
        self.is_over: Callable[[], bool] = lambda: False
        self.is_late = False
        self.receiving: Receiving | None = None
        self.fault: Transient | None = None
        self._intake = intake
        self._origin = origin
        self._heard_at = time.monotonic()

    def get_msg(self, block: bool = False) -> Any:
        """The next message with its presentation context ID; a pair of None when there will be none."""
        if not block:
            return super().get_msg(block)
        self._heard_at = time.monotonic()
        while True:
            try:
                return self.msg_queue.get(timeout=TICK_S)
            except queue.Empty:
                silent_s = time.monotonic() - self._heard_at
            self.is_late = self.dimse_timeout is not None and silent_s > self.dimse_timeout
            if self.is_late or self.is_over() or not self.dul.is_alive():
                return None, None

    def receive_primitive(self, primitive: P_DATA) -> None:
        """Take in what one P-DATA-TF unit carries, piece by piece; called by pynetdicom's reading thread."""
        self._heard_at = time.monotonic()
        for context_id, data in primitive.presentation_data_value_list:
            piece = P_DATA()
            piece.presentation_data_value_list = [[context_id, data]]  # type: ignore[list-item]
            super().receive_primitive(piece)
            message: Any = self.message
            if isinstance(message, C_STORE_RQ) and message._data_set_file is None and self._intake:
                receiving = self._begin(self._intake, context_id, message.command_set)
                message._data_set_file = cast(Any, receiving)

    def _begin(self, intake: Intake, context_id: int, command: Any) -> Receiving:
        context = self.assoc._accepted_cx.get(context_id)
        syntax = str(context.transfer_syntax[0]) if context else ""
        receiving = Receiving(
            intake,
            self._origin,
            Uid(str(command.get("AffectedSOPClassUID", ""))),
            Uid(str(command.get("AffectedSOPInstanceUID", ""))),
            Uid(syntax),
        )
        self.receiving = receiving
        return receiving

    def forget(self) -> None:
        """Drop an object that will not be completed."""
        if self.receiving is not None:
            self.receiving.drop()


def answer_store(event: Any) -> int:
    """The status of an object that has come in whole, after it was committed."""
    receiving = event.request._dataset_file
    if not isinstance(receiving, Receiving):
        return CANNOT_UNDERSTAND
    status = receiving.end()
    if isinstance(receiving.fault, Transient):
        event.assoc.dimse.fault = receiving.fault
    return status
