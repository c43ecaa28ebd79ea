"""What monitoring may ask a node: is it alive, is it ready, how many objects stand where. Never whose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import FastAPI, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tirage.model.outcomes import Disposition
from tirage.model.records import Tally

PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A node at one moment.

    `failing` are names of checks that fail; `tallies` are by project, the empty name for objects that no
    project claims; `stages` counts objects by the last stage completed; `disk_free` is a share of 1.
    """

    failing: tuple[str, ...] = ()
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    stages: Mapping[str, int] = field(default_factory=dict)
    disk_free: float = 1.0


class Observed(Protocol):
    """Whatever can say how a node is; asked at each request."""

    def snapshot(self) -> Snapshot:
        """The node as it is now."""


def make_app(observed: Observed) -> FastAPI:
    """An application with `/health`, `/ready` and `/metrics`."""
    app = FastAPI(title="Tirage node", docs_url=None, redoc_url=None, openapi_url=None)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Gauges(observed))

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/ready")
    def ready(response: Response) -> dict[str, object]:
        failing = list(observed.snapshot().failing)
        if failing:
            response.status_code = 503
        return {"status": "not ready" if failing else "ready", "failing": failing}

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=PROMETHEUS_TEXT)

    return app


class _Gauges(Collector):
    """Reads the node at each scrape; keeps nothing."""

    def __init__(self, observed: Observed) -> None:
        self._observed = observed

    def collect(self) -> Iterable[Metric]:
        now = self._observed.snapshot()
        objects = GaugeMetricFamily(
            "tirage_objects", "Objects by where they stand", labels=["project", "disposition"]
        )
        reasons = GaugeMetricFamily(
            "tirage_objects_by_reason", "Objects that did not go on, by reason", labels=["project", "reason"]
        )
        received = GaugeMetricFamily("tirage_objects_received", "Objects received", labels=["project"])
        conserved = GaugeMetricFamily(
            "tirage_conserved",
            "1 when every received object is accounted for exactly once",
            labels=["project"],
        )
        for project, tally in now.tallies.items():
            received.add_metric([project], tally.received)
            conserved.add_metric([project], float(tally.is_conserved))
            for disposition in Disposition:
                objects.add_metric([project, disposition.value], getattr(tally, disposition.value))
            for reason, count in tally.reasons.items():
                reasons.add_metric([project, reason], count)
        stages = GaugeMetricFamily(
            "tirage_objects_by_stage", "Objects by last stage completed", labels=["stage"]
        )
        for stage, count in now.stages.items():
            stages.add_metric([stage], count)
        yield from (objects, reasons, received, conserved, stages)
        yield GaugeMetricFamily(
            "tirage_disk_free_ratio", "Free share of the originals' disk", value=now.disk_free
        )
        yield GaugeMetricFamily("tirage_ready", "1 when objects can be taken and processed", not now.failing)
