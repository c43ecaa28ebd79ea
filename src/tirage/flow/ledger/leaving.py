"""How a project's objects fell away on the way to a release, as a picture."""

from collections.abc import Mapping
from typing import Any

from tirage.flow.ledger.drawing import Aside, Station, draw
from tirage.flow.ledger.words import Kind

STATIONS = (
    ("Received", "quarantined", Kind.ABSENT),
    ("Readable as DICOM", "rejected", Kind.UNWANTED),
    ("Wanted by the project", "held", Kind.PERSON),
)
"""What came so far, and the disposition of what came no further."""


def picture(attrition: Mapping[str, Any], project: str, version: str) -> str:
    """The diagram as SVG; `attrition` counts by disposition and reason."""
    stations, count = [], int(attrition["received"])
    for title, disposition, kind in STATIONS:
        reasons = attrition["left"].get(disposition, {})
        asides = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
        station = Station(title, count, tuple(Aside(kind, reason, number) for reason, number in asides))
        stations.append(station)
        count -= station.left
    rest = (
        Aside(Kind.DONE, "released before", int(attrition["released"])),
        Aside(Kind.COMING, "still on their way", int(attrition["elsewhere"])),
    )
    stations.append(
        Station("De-identified and past the gate", count, tuple(each for each in rest if each.count))
    )
    stations.append(Station(f"In {version}", int(attrition["candidate"])))
    return draw(stations, f"How the objects of {project} fell away before {version}")
