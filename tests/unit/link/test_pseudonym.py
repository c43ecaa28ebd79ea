"""What is derived from keys: stable, secret, separate by project and kind."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.link.pseudonym import (
    DEFAULT_SHIFT_DAYS,
    PSEUDONYM_MAX,
    PseudonymInvalid,
    date_offset_days,
    derive,
    keyed_pseudonym,
    make_link,
    project_key,
    random_pseudonym,
    supplied_pseudonym,
)
from tirage.model.identifiers import ProjectName, Pseudonym
from tirage.model.records import PatientIdentity

MASTER = bytes(range(32))
LUNG, HEART = ProjectName("lung"), ProjectName("heart")


def test_derivations_never_change_between_versions() -> None:
    """A change here would give every patient other identifiers: vectors, computed once with other code."""
    key = project_key(MASTER, LUNG)
    assert key.hex() == "65cbdfa4548ff1229b6cfda7625fb80edbdfce815789588eb0307508a61c303f"
    assert (
        derive(key, "kind", b"value").hex()
        == "0045981f176be29ed2bc6bcbe8250f52b0d778159db5e375370523cd5d5a8b0d"
    )
    assert date_offset_days(key, "P1") == -337
    assert keyed_pseudonym(key, PatientIdentity("A1", issuer="H")) == "ad1b3094-918e-8db2-873f-872ab5e51ec9"


def test_projects_share_nothing() -> None:
    one, other = (make_link(project_key(MASTER, p), p, Pseudonym("P")) for p in (LUNG, HEART))
    assert one.uid_key != other.uid_key
    identity = PatientIdentity("A1")
    assert keyed_pseudonym(project_key(MASTER, LUNG), identity) != keyed_pseudonym(
        project_key(MASTER, HEART), identity
    )


def test_kinds_share_nothing() -> None:
    assert derive(MASTER, "a", b"x") != derive(MASTER, "b", b"x")


@given(st.binary(min_size=32, max_size=32), st.text(max_size=40), st.integers(1, 20_000))
def test_every_offset_is_in_range_and_never_zero(key: bytes, patient: str, most: int) -> None:
    offset = date_offset_days(key, patient, most)
    assert -most <= offset <= -1
    assert offset == date_offset_days(key, patient, most)


def test_offsets_spread_over_the_whole_range() -> None:
    offsets = {date_offset_days(MASTER, str(number), 30) for number in range(1_000)}
    assert offsets == set(range(-30, 0))


def test_offsets_reach_back_ten_years_by_default() -> None:
    offsets = [date_offset_days(MASTER, str(number)) for number in range(2_000)]
    assert min(offsets) < -0.99 * DEFAULT_SHIFT_DAYS
    assert max(offsets) > -0.01 * DEFAULT_SHIFT_DAYS


def test_no_offset_without_a_day_to_move() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        date_offset_days(MASTER, "P", 0)


@pytest.mark.parametrize("prefix", ["", "LUNG-", "a_1-"])
def test_pseudonyms_are_guids_after_the_prefix(prefix: str) -> None:
    chosen = random_pseudonym(bytes(16), prefix)
    keyed = keyed_pseudonym(MASTER, PatientIdentity("A1"), prefix)
    assert UUID(chosen.removeprefix(prefix)).version == 4
    assert UUID(keyed.removeprefix(prefix)).version == 8
    assert len(keyed) <= PSEUDONYM_MAX


@pytest.mark.parametrize("prefix", ["a" * 25, "a b", "a\\b", "ä", "../"])
def test_a_prefix_that_does_not_fit_is_refused(prefix: str) -> None:
    with pytest.raises(PseudonymInvalid):
        random_pseudonym(bytes(16), prefix)


@pytest.mark.parametrize("text", ["", "   ", "x" * 65, "a\\b", "a\nb", "a\0"])
def test_a_supplied_pseudonym_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(PseudonymInvalid) as caught:
        supplied_pseudonym(text)
    assert not text.strip() or text not in str(caught.value)


def test_a_keyed_pseudonym_depends_on_identifier_and_issuer_alone() -> None:
    identity = PatientIdentity("A1", issuer="H")
    same = replace(identity, name="Roe^Jane", birth_date="19700101")
    assert keyed_pseudonym(MASTER, identity) == keyed_pseudonym(MASTER, same)
    assert keyed_pseudonym(MASTER, identity) != keyed_pseudonym(MASTER, replace(identity, issuer="I"))
