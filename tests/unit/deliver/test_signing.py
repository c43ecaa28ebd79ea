"""Nobody signs their own wish or their own review, nor twice; what is signed names everything."""

from dataclasses import fields, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tirage.deliver.signing import CandidateState, Standing, Statement, Unfit, is_signed, person, why_not
from tirage.model.identifiers import Digest, PolicyDigest, ProjectName

SEEN = Digest("ab" * 32)
PEOPLE = st.sampled_from(["anna", "Anna", "account:anna", "bo", "account:bo", "cleo", "dora"])
STANDINGS = st.builds(
    Standing,
    state=st.sampled_from(CandidateState),
    statement=st.just(SEEN),
    requester=st.one_of(PEOPLE, st.just("worker")),
    last_reviewer=st.one_of(PEOPLE, st.just("")),
    signed_by=st.lists(PEOPLE, max_size=2).map(tuple),
    needed=st.integers(0, 2),
)
STATEMENT = Statement(
    project=ProjectName("lung"),
    version=1,
    policy=PolicyDigest("a" * 64),
    terms=Digest("b" * 64),
    members=Digest("c" * 64),
    evidence=Digest("d" * 64),
    objects=3,
    requester="worker",
    signatures=2,
)


@given(STANDINGS, PEOPLE)
def test_whoever_may_sign_has_no_other_part_in_it(standing: Standing, account: str) -> None:
    if why_not(standing, account, SEEN) is not None:
        return
    others = {standing.requester, standing.last_reviewer, *standing.signed_by} - {""}
    assert person(account) not in {person(each) for each in others}
    assert standing.state is CandidateState.PROPOSED


@given(STANDINGS, PEOPLE)
def test_a_signature_that_was_given_is_not_given_again(standing: Standing, account: str) -> None:
    signed = replace(standing, signed_by=(*standing.signed_by, account))
    assert why_not(signed, account, SEEN) is not None


@given(STANDINGS, PEOPLE)
def test_what_was_not_looked_at_is_not_signed(standing: Standing, account: str) -> None:
    assert why_not(standing, account, Digest("cd" * 32)) in (Unfit.ENDED, Unfit.OTHER_STATEMENT)


@given(st.lists(PEOPLE, max_size=4), st.integers(0, 2))
def test_enough_is_that_many_different_people(signed_by: list[str], needed: int) -> None:
    assert is_signed(signed_by, needed) == (len({person(each) for each in signed_by}) >= needed)


def test_every_part_of_a_statement_changes_what_is_signed() -> None:
    others: dict[str, Any] = {
        "project": "heart",
        "requester": "bo",
        "version": 2,
        "objects": 4,
        "signatures": 1,
    }
    for field in fields(Statement):
        changed = replace(STATEMENT, **{field.name: others.get(field.name, "e" * 64)})
        assert changed.digest != STATEMENT.digest, field.name
