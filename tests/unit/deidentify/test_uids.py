"""One UID map for a project, everywhere the same, not to be undone."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from tirage.deidentify.uids import map_uid, map_value

KEY = bytes(range(32))
CT = b"1.2.840.10008.5.1.4.1.1.2"
UIDS = st.from_regex(rb"[1-9](\.(0|[1-9]\d{0,8})){1,6}", fullmatch=True)


@given(UIDS)
def test_a_mapped_uid_is_a_valid_version_8_uuid_under_2_25(uid: bytes) -> None:
    mapped = map_uid(KEY, uid)
    assert mapped.startswith(b"2.25.")
    assert len(mapped) <= 64
    number = uuid.UUID(int=int(mapped[5:]))
    assert number.version == 8
    assert number.variant == uuid.RFC_4122


@given(UIDS, UIDS)
def test_equal_uids_stay_equal_and_different_ones_different(first: bytes, second: bytes) -> None:
    assert (map_uid(KEY, first) == map_uid(KEY, second)) == (first == second)


def test_two_projects_share_no_uid() -> None:
    assert map_uid(KEY, b"1.2.3") != map_uid(bytes(32), b"1.2.3")


def test_every_uid_of_a_multiple_value_is_mapped_and_padding_does_not_matter() -> None:
    assert map_value(KEY, b"1.2.3\\1.2.4\x00", frozenset()) == b"\\".join(
        [map_uid(KEY, b"1.2.3"), map_uid(KEY, b"1.2.4")]
    )


def test_registered_uids_stay_but_their_root_alone_protects_nothing() -> None:
    known = frozenset({CT})
    assert map_value(KEY, CT + b"\x00", known) == CT
    assert map_value(KEY, CT + b".19550321", known) == map_uid(KEY, CT + b".19550321")


def test_an_empty_value_stays_empty() -> None:
    assert map_value(KEY, b"", frozenset()) == b""
    assert map_value(KEY, b"1.2.3\\", frozenset()).endswith(b"\\")
