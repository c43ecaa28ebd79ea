"""The composition root: the only place that knows which parts make a node."""

from tirage.service.node import Node, create_node, open_node
from tirage.service.reports import (
    Check,
    Endpoints,
    ImportLine,
    ImportReport,
    Progress,
    ReleaseSummary,
    TimelineLine,
)

__all__ = [
    "Check",
    "Endpoints",
    "ImportLine",
    "ImportReport",
    "Node",
    "Progress",
    "ReleaseSummary",
    "TimelineLine",
    "create_node",
    "open_node",
]
