"""The composition root: the only place that knows which parts make a node."""

from tirage.service.node import Node, create_node, open_node
from tirage.service.reports import (
    Asked,
    Endpoints,
    Failure,
    ImportLine,
    ImportReport,
    Progress,
    Proposal,
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
    "Proposal",
    "ReleaseSummary",
    "TimelineLine",
    "create_node",
    "open_node",
]
