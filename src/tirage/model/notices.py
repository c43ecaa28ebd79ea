"""What people are told of, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Happening(StrEnum):
    """What may be told, by the name it has in project files and in what webhooks get."""

    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery-failed"
    DESTINATION_PAUSED = "destination-paused"
    RELEASED = "released"
    RELEASE_REFUSED = "release-refused"
    WITHDRAWN = "withdrawn"
    SIGNATURE_NEEDED = "signature-needed"
    HOLDS = "holds"
    SCHEDULE_FAILED = "schedule-failed"
    NODE_TROUBLE = "node-trouble"
    NODE_WELL = "node-well"
    TEST = "test"


OF_THE_NODE = frozenset({Happening.NODE_TROUBLE, Happening.NODE_WELL, Happening.TEST})
"""No project asks for these: the first two go to the node's administrators, the last to whoever is tried."""

Value = str | int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `key` is the same however often it is read from the record.

    `project` is '' for what concerns the node; `values` are names, counts and codes, `at` microseconds.
    """

    key: str
    what: Happening
    project: str
    at: int
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """What one recipient is sent: `id` stays the same when it is sent again; `body` is for programs."""

    id: str
    subject: str
    text: str
    body: Mapping[str, object]
