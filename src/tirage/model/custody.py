"""How the receiving side hands an object over for keeping, and what it is told.

`network` speaks to these protocols and `store` fulfils them; neither imports the other.
"""

from enum import StrEnum
from typing import Protocol

from tirage.errors import Transient
from tirage.model.identifiers import Uid
from tirage.model.records import Origin


class Acceptance(StrEnum):
    """What became of an object that is now safe; all three are answered with Success (0x0000)."""

    STORED = "stored"
    """New, durable and recorded."""

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


class NotAccepted(Transient):
    """The object is not in our keeping: the sender must keep it and may try again.

    C-STORE answers 0xA700 (PS3.4 Table B.2-1, Refused: Out of Resources).
    """

    code = "NOT_ACCEPTED"
    remedy = "The sender still has the object; it is taken when it is sent again."


class OutOfSpace(NotAccepted):
    """The disk is full, or so nearly full that nothing more is taken."""

    code = "OUT_OF_SPACE"
    remedy = "Free space on the disk that holds the originals; receiving resumes by itself."


class ReadOnly(NotAccepted):
    """A write to the disk failed once, so nothing more is entrusted to it until the node is restarted."""

    code = "STORE_READ_ONLY"
    remedy = "Check the disk (dmesg, smartctl), then restart the node."


class Unrecorded(NotAccepted):
    """The database could not record the object."""

    code = "UNRECORDED"
    remedy = "Check that the database is running and has space; receiving resumes by itself."


class Incoming(Protocol):
    """One object on its way in; ends with exactly one of `commit` or `abort`."""

    def write(self, data: memoryview) -> None:
        """Append data set bytes; keeps nothing in memory. Raises `NotAccepted`."""

    def commit(self) -> Acceptance:
        """Return only when the object is durable and recorded. Raises `NotAccepted`."""

    def abort(self) -> None:
        """Forget the object and leave nothing behind; harmless after `commit` or another `abort`."""


class Intake(Protocol):
    """Where received objects go. Safe to call from many threads."""

    def begin(self, origin: Origin, sop_class: Uid, sop_instance: Uid, transfer_syntax: Uid) -> Incoming:
        """Start one object: preamble and file meta are written here, the data set follows by `write`.

        The UIDs are recorded as stated and never become part of a path. Raises `NotAccepted`.
        """
