"""What an acceptor does with each PDU in each state: the acceptor's columns of PS3.8 Table 9-10.

Requestor states are left out, and so are those that last no time here because the local answer is immediate
(Sta3, Sta8). In Sta13 all that arrives is ignored until the transport is closed (AA-6).
"""

from enum import Enum

from tirage.network.upper_layer.pdus import Pdu


class State(Enum):
    """States of the acceptor (PS3.8 Tables 9-1 to 9-5)."""

    AWAITING_REQUEST = "Sta2"
    ESTABLISHED = "Sta6"
    AWAITING_CLOSE = "Sta13"


class Action(Enum):
    """Actions (PS3.8 Tables 9-6 to 9-9)."""

    DECIDE = "AE-6"
    TAKE_DATA = "DT-2"
    RELEASE = "AR-2, AR-4"
    ABORT_AS_USER = "AA-1"
    CLOSE = "AA-2"
    INDICATE_ABORT = "AA-3"
    ABORT_AS_PROVIDER = "AA-8"


ACTIONS: dict[tuple[State, Pdu], Action] = {
    (State.AWAITING_REQUEST, Pdu.ASSOCIATE_RQ): Action.DECIDE,
    (State.AWAITING_REQUEST, Pdu.ASSOCIATE_AC): Action.ABORT_AS_USER,
    (State.AWAITING_REQUEST, Pdu.ASSOCIATE_RJ): Action.ABORT_AS_USER,
    (State.AWAITING_REQUEST, Pdu.P_DATA_TF): Action.ABORT_AS_USER,
    (State.AWAITING_REQUEST, Pdu.RELEASE_RQ): Action.ABORT_AS_USER,
    (State.AWAITING_REQUEST, Pdu.RELEASE_RP): Action.ABORT_AS_USER,
    (State.AWAITING_REQUEST, Pdu.ABORT): Action.CLOSE,
    (State.ESTABLISHED, Pdu.ASSOCIATE_RQ): Action.ABORT_AS_PROVIDER,
    (State.ESTABLISHED, Pdu.ASSOCIATE_AC): Action.ABORT_AS_PROVIDER,
    (State.ESTABLISHED, Pdu.ASSOCIATE_RJ): Action.ABORT_AS_PROVIDER,
    (State.ESTABLISHED, Pdu.P_DATA_TF): Action.TAKE_DATA,
    (State.ESTABLISHED, Pdu.RELEASE_RQ): Action.RELEASE,
    (State.ESTABLISHED, Pdu.RELEASE_RP): Action.ABORT_AS_PROVIDER,
    (State.ESTABLISHED, Pdu.ABORT): Action.INDICATE_ABORT,
}
