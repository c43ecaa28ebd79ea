"""Monitoring sees numbers, and nothing else."""

from dataclasses import dataclass, field

from starlette.testclient import TestClient

from tirage.model.records import Tally
from tirage.web.health import Snapshot, make_app

TALLY = Tally(received=10, released=6, held=2, rejected=1, quarantined=1, pending=0, reasons={"DUP_TAG": 2})


@dataclass
class Still:
    """A node that stands still."""

    now: Snapshot = field(default_factory=Snapshot)

    def snapshot(self) -> Snapshot:
        return self.now


def client(now: Snapshot) -> TestClient:
    return TestClient(make_app(Still(now)))


def test_a_node_that_runs_is_alive_even_when_it_is_not_ready() -> None:
    assert client(Snapshot(failing=("database",))).get("/health").json() == {"status": "alive"}


def test_ready_names_the_checks_that_fail_and_answers_503() -> None:
    answer = client(Snapshot(failing=("database", "disk"))).get("/ready")
    assert answer.status_code == 503
    assert answer.json()["failing"] == ["database", "disk"]
    assert client(Snapshot()).get("/ready").status_code == 200


def test_metrics_count_objects_by_disposition_and_reason() -> None:
    text = (
        client(Snapshot(tallies={"lung": TALLY}, stages={"received": 10}, disk_free=0.5)).get("/metrics").text
    )
    assert 'tirage_objects{disposition="released",project="lung"} 6.0' in text
    assert 'tirage_objects_by_reason{project="lung",reason="DUP_TAG"} 2.0' in text
    assert 'tirage_conserved{project="lung"} 1.0' in text
    assert "tirage_disk_free_ratio 0.5" in text


def test_a_sum_that_does_not_match_is_a_number_to_alarm_on() -> None:
    lost = Tally(received=10, released=6, held=2, rejected=1, quarantined=0, pending=0)
    assert (
        'tirage_conserved{project="lung"} 0.0'
        in client(Snapshot(tallies={"lung": lost})).get("/metrics").text
    )


def test_nothing_but_the_three_addresses_is_served() -> None:
    for address in ("/", "/docs", "/openapi.json", "/metrics/../etc/passwd"):
        assert client(Snapshot()).get(address).status_code == 404
