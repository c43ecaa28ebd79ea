"""What an acceptor tells the one who feeds it."""

from dataclasses import dataclass, field

from tirage.network.upper_layer.admission import Rejection
from tirage.network.upper_layer.violations import Violation


@dataclass(frozen=True, slots=True)
class Associated:
    """The association stands; `contexts` of the `proposed` ones were accepted."""

    calling_ae: str
    called_ae: str
    contexts: int
    proposed: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """The association was refused; the titles are as sent, of any characters."""

    rejection: Rejection
    calling_ae: str
    called_ae: str


@dataclass(frozen=True, slots=True)
class Echoed:
    """A C-ECHO was answered."""


@dataclass(frozen=True, slots=True)
class StoreBegun:
    """A C-STORE request is complete; its data set follows as payload."""

    sop_class: str
    sop_instance: str = field(repr=False)
    transfer_syntax: str


@dataclass(frozen=True, slots=True)
class StoreEnded:
    """The data set is complete; `Acceptor.answer` is awaited."""


@dataclass(frozen=True, slots=True)
class Released:
    """The peer released the association."""


@dataclass(frozen=True, slots=True)
class Aborted:
    """The peer aborted the association."""


@dataclass(frozen=True, slots=True)
class Violated:
    """The peer broke the protocol and was sent an abort."""

    violation: Violation


Event = Associated | Rejected | Echoed | StoreBegun | StoreEnded | Released | Aborted | Violated
