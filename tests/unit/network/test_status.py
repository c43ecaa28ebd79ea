"""The one table between our faults and DIMSE status codes."""

import pytest

from tirage.errors import Permanent, TirageError, Transient
from tirage.model.archives import ArchiveBusy, ArchiveRefused, MoveDestinationUnknown
from tirage.model.custody import (
    ObjectMismatch,
    ObjectUnreadable,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
)
from tirage.network.status import fault_of_request, is_refusal, is_warning, is_worth_retrying, status_of


class Unforeseen(Transient):
    pass


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (StoreFull, 0xA700),
        (StoreReadOnly, 0xA700),
        (StoreUnavailable, 0xA700),
        (ObjectMismatch, 0xA900),
        (ObjectUnreadable, 0xC000),
        (Unforeseen, 0xA700),
        (Permanent, 0x0110),
        (TirageError, 0x0110),
    ],
)
def test_every_fault_has_its_status(fault: type[TirageError], status: int) -> None:
    assert status_of(fault("no detail")) == status


@pytest.mark.parametrize("status", [0xB000, 0xB006, 0xB007, 0x0001])
def test_a_warning_means_stored(status: int) -> None:
    assert is_warning(status)


@pytest.mark.parametrize("status", [0x0000, 0xA700, 0xA900, 0xC000, 0x0110, 0x0122])
def test_success_and_failure_are_no_warnings(status: int) -> None:
    assert not is_warning(status)


@pytest.mark.parametrize(
    ("status", "expected"), [(0xA700, True), (0xA7FF, True), (0x0110, True), (0xA900, False), (0xC123, False)]
)
def test_only_what_may_pass_is_worth_retrying(status: int, expected: bool) -> None:
    assert is_worth_retrying(status) is expected


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (0xA700, ArchiveBusy),
        (0x0213, ArchiveBusy),
        (0xC001, ArchiveBusy),
        (0xA900, ArchiveRefused),
        (0x0122, ArchiveRefused),
        (0xA801, MoveDestinationUnknown),
    ],
)
def test_a_request_that_failed_is_worth_repeating_or_not(status: int, fault: type[TirageError]) -> None:
    assert type(fault_of_request(status)) is fault


def test_only_what_was_refused_is_asked_in_another_way() -> None:
    assert [status for status in (0x0000, 0xA700, 0xA801, 0xA900, 0xC000, 0xFE00) if is_refusal(status)] == [
        0xA900,
        0xC000,
    ]
