"""The hand-over of an object from the network to the store: who holds it, and from when.

The network writes what arrives into an `Incoming` and answers its peer only after `commit` returned. What a
store raises on the way is one of the faults below; `network.status` says which DIMSE status each becomes.
"""

from enum import StrEnum
from typing import Protocol

from tirage.errors import Permanent, Transient
from tirage.model.identifiers import Uid
from tirage.model.records import Origin


class Acceptance(StrEnum):
    """What became of an object that is now durable and recorded; all three are a success to the sender."""

    STORED = "stored"
    """New."""

    DUPLICATE = "duplicate"
    """The same object was here already; nothing new was kept."""

    CONFLICT = "conflict"
    """Another object carries this SOP Instance UID; both are kept and the study will be held."""


class Stage(StrEnum):
    """The last step of the way that an object has completed in a project."""

    RECEIVED = "received"
    CATALOGUED = "catalogued"
    DEIDENTIFIED = "deidentified"
    RELEASED = "released"


class StoreFull(Transient):
    """The store keeps its last free space for itself."""

    code = "STORE_FULL"
    remedy = "Free space on the disk that holds the originals; receiving resumes by itself."


class StoreReadOnly(Transient):
    """The disk failed to make a file durable, so nothing more is written to it."""

    code = "STORE_READ_ONLY"
    remedy = "Check the disk (`dmesg`, SMART), then restart the node."


class StoreUnavailable(Transient):
    """The object could not be recorded: the database does not answer."""

    code = "STORE_UNAVAILABLE"
    remedy = "Check the database; senders retry by themselves."


class ObjectMismatch(Permanent):
    """The data set is not of the SOP class, or not the instance, that the command stated."""

    code = "OBJECT_MISMATCH"
    remedy = "Ask the sending system's vendor: its C-STORE command contradicts its data set."


class ObjectUnreadable(Permanent):
    """The data set cannot be understood."""

    code = "OBJECT_UNREADABLE"
    remedy = "Ask the sending system's vendor: its data set is malformed."


class Incoming(Protocol):
    """One object on its way in; ends with exactly one of `commit` and `abort`."""

    def write(self, data: memoryview) -> None:
        """Append data set bytes; `data` is only valid during the call."""

    def commit(self) -> Acceptance:
        """Make the object durable and recorded; only then does this return."""

    def abort(self) -> None:
        """Forget the object and leave nothing behind; harmless after a failed `commit`."""


class Intake(Protocol):
    """Where received objects go; used by many threads at once."""

    def begin(self, origin: Origin, sop_class: Uid, sop_instance: Uid, transfer_syntax: Uid) -> Incoming:
        """Open an object for writing; the preamble and file meta information are the store's to write."""
