"""A checkpoint that really stops pynetdicom's reactor while a message is sent and its answer awaited.

pynetdicom 3.0.4 lets each association's reactor thread and the sending thread read one queue of messages. The
sender clears an event and then trusts a flag which the reactor raises *before* it waits on that event: caught
in between, the reactor goes on, takes the answer off the queue, and the sender waits for its timeout (seen
once in some hundred C-STOREs with a fast peer). Here clearing returns only once the reactor stands still.
"""

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pynetdicom.association import Association

_LOOK_S: Final = 0.05


class Checkpoint:
    """Takes the place of the `threading.Event` at which an association's reactor can be held."""

    def __init__(self, reactor: threading.Thread) -> None:
        self._reactor = reactor
        self._changed = threading.Condition()
        self._is_open = True
        self._is_someone_here = False

    def is_set(self) -> bool:
        """Whether the reactor may pass."""
        return self._is_open

    def set(self) -> None:
        """Let the reactor pass."""
        with self._changed:
            self._is_open = True
            self._changed.notify_all()

    def clear(self) -> None:
        """Hold the reactor; return when it has come to a halt here, or has ended."""
        with self._changed:
            self._is_open = False
            while not self._is_someone_here and self._reactor.is_alive():
                self._changed.wait(_LOOK_S)

    def wait(self, timeout: float | None = None) -> bool:
        """Called by the reactor: halt here until let pass."""
        with self._changed:
            self._is_someone_here = True
            self._changed.notify_all()
            is_open = self._changed.wait_for(lambda: self._is_open, timeout)
            self._is_someone_here = False
            return is_open


def steady(association: "Association") -> None:
    """Give a new association a checkpoint that holds."""
    association._reactor_checkpoint = Checkpoint(association)  # type: ignore[assignment]
