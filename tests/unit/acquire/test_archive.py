"""An archive with one trap in it is refused whole, before a member is read (B37, B38)."""

import pytest

from tirage.acquire.archive import Caps, Entry, choose, contained
from tirage.model.outcomes import Passed, Refused
from tirage.model.reasons import QuarantineReason

GOOD = Entry(0, "study/image1", 1000, 500)


def test_regular_members_are_read_in_order_and_folders_passed_over() -> None:
    second = Entry(2, "study/image2", 1000, 500)
    outcome = choose([GOOD, Entry(1, "study/", 0, 0, is_folder=True), second])
    assert outcome == Passed([GOOD, second])


@pytest.mark.parametrize(
    "trap",
    [
        Entry(1, "../outside", 10, 10),
        Entry(1, "study/../../outside", 10, 10),
        Entry(1, "..\\outside", 10, 10),
        Entry(1, "/etc/passwd", 10, 10),
        Entry(1, "C:/outside", 10, 10),
        Entry(1, "a\0b", 10, 10),
        Entry(1, "link", 10, 10, is_regular=False),
        Entry(1, "study/image1", 10, 10),
        Entry(1, "secret", 10, 10, is_encrypted=True),
        Entry(1, "large", (4 << 30) + 1, 4 << 30),
        Entry(1, "bomb", 1 << 30, 1 << 20),
    ],
    ids=lambda entry: repr(entry.name[:12]),
)
def test_one_trap_refuses_the_archive(trap: Entry) -> None:
    outcome = choose([GOOD, trap])
    assert isinstance(outcome, Refused)
    assert outcome.reason is QuarantineReason.BAD_ARCHIVE
    assert trap.name not in str(outcome.findings[0].where)


def test_an_archive_of_too_many_members_is_refused() -> None:
    entries = [Entry(number, f"image{number}", 1, 1) for number in range(3)]
    assert isinstance(choose(entries, Caps(members=2)), Refused)


def test_an_archive_of_too_many_bytes_is_refused() -> None:
    entries = [Entry(number, f"image{number}", 600, 600) for number in range(2)]
    assert isinstance(choose(entries, Caps(total_bytes=1000)), Refused)


def test_well_packed_small_members_are_no_bomb() -> None:
    assert choose([Entry(0, "zeros", 10 << 20, 1000)]) == Passed([Entry(0, "zeros", 10 << 20, 1000)])


@pytest.mark.parametrize(
    ("components", "path"),
    [
        (["DICOM", "IM000001 "], "DICOM/IM000001"),
        (["..", "outside"], None),
        (["a/b"], None),
        (["a\\..\\b"], None),
        ([""], None),
        ([], None),
        (["C:", "x"], None),
    ],
)
def test_a_file_reference_cannot_leave_its_folder(components: list[str], path: str | None) -> None:
    found = contained(components)
    assert (found.as_posix() if found else None) == path
