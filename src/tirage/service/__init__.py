"""The composition root: the only place that knows which parts make a node."""

from tirage.service.node import Node, create_node, open_node
from tirage.service.reports import (
    Asked,
    Endpoints,
    Failure,
    ImportLine,
    ImportReport,
    Progress,
    ReleaseSummary,
    TimelineLine,
)

__all__ = [
    "Asked",
    "Check",
    "Endpoints",
    "Failure",
    "ImportLine",
    "ImportReport",
    "Node",
    "Progress",
    "ReleaseSummary",
    "TimelineLine",
    "create_node",
    "open_node",
]
