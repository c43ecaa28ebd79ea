"""Named places where a test may strike."""

import re
import time
from pathlib import Path

import pytest

import tirage
from tirage import faults
from tirage.faults import POINTS, FaultInjected, FaultSpelling, disarm, reach

SOURCES = Path(tirage.__file__).parent


@pytest.fixture(autouse=True)
def _disarmed() -> object:
    disarm()
    yield
    disarm()


def test_without_the_variable_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(faults.VARIABLE, raising=False)
    for point in POINTS:
        reach(point)


def test_the_fault_strikes_at_the_count_asked_for_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(faults.VARIABLE, "receive:after-fsync:3:raise")
    reach("receive:after-fsync")
    reach("receive:before-fsync")
    reach("receive:after-fsync")
    with pytest.raises(FaultInjected):
        reach("receive:after-fsync")
    reach("receive:after-fsync")


def test_a_fault_may_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(faults.VARIABLE, "receive:after-fsync:1:sleep=0.05")
    before = time.monotonic()
    reach("receive:after-fsync")
    assert time.monotonic() - before >= 0.05


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "receive:nowhere:1:kill",
        "receive:after-fsync:x:kill",
        "receive:after-fsync:1:burn",
        "receive:after-fsync:1:sleep=",
        "receive:after-fsync:1:kill,oops",
    ],
)
def test_a_misspelt_fault_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(faults.VARIABLE, text)
    with pytest.raises(FaultSpelling):
        reach("receive:after-fsync")


def test_every_place_in_the_code_is_in_the_table_and_the_other_way_round() -> None:
    reached = {
        point
        for path in SOURCES.rglob("*.py")
        for point in re.findall(r'\breach\(\s*"([^"]+)"\s*\)', path.read_text())
    }
    assert reached == set(POINTS)
