"""What readings make of an object, how far readers agree, and what a sample says of the rest."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.model.reviews import State, Verdict
from tirage.review.agree import agreement, upper_bound
from tirage.review.decide import is_stopped, state_of

OK, LEAK, DOUBT = Verdict.OK, Verdict.LEAK, Verdict.DOUBT
verdicts = st.sampled_from(Verdict)


@pytest.mark.parametrize(
    ("said", "readers", "state"),
    [
        ([], 1, State.OPEN),
        ([OK], 1, State.PASSED),
        ([LEAK], 1, State.FAILED),
        ([DOUBT], 1, State.OPEN),
        ([OK], 2, State.OPEN),
        ([LEAK], 2, State.OPEN),
        ([OK, OK], 2, State.PASSED),
        ([LEAK, LEAK], 2, State.FAILED),
        ([OK, LEAK], 2, State.DISPUTED),
        ([DOUBT, OK], 1, State.DISPUTED),
        ([DOUBT, DOUBT], 2, State.DISPUTED),
        ([OK, LEAK, OK], 2, State.PASSED),
        ([OK, LEAK, LEAK], 2, State.FAILED),
        ([OK, DOUBT, DOUBT], 2, State.FAILED),
    ],
)
def test_what_readings_make_of_an_object(said: list[Verdict], readers: int, state: State) -> None:
    assert state_of(said, readers) is state


def test_nothing_passes_unread_and_nothing_that_was_called_a_leak_passes_on_one_word() -> None:
    for count in range(4):
        for said in product(Verdict, repeat=count):
            for readers in (1, 2):
                state = state_of(said, readers)
                if state is State.PASSED:
                    assert OK in said
                    assert not is_stopped(said, state)
                    assert LEAK not in said or said.count(OK) >= 1 and len(said) == 3
                if LEAK in said and state is not State.PASSED:
                    assert is_stopped(said, state)


def test_agreement_is_counted_beside_what_chance_gives() -> None:
    found = agreement([(OK, OK)] * 20 + [(OK, LEAK)] * 5 + [(LEAK, OK)] * 10 + [(LEAK, LEAK)] * 15)
    assert (found.pairs, found.alike) == (50, 35)
    assert found.kappa == pytest.approx(0.4)


def test_where_all_say_the_same_chance_explains_it() -> None:
    assert agreement([(OK, OK)] * 3).kappa is None
    assert agreement([]).kappa is None


@given(st.lists(st.tuples(verdicts, verdicts), min_size=1))
def test_kappa_is_one_exactly_when_all_agree(pairs: list[tuple[Verdict, Verdict]]) -> None:
    found = agreement(pairs)
    if found.kappa is not None:
        assert found.kappa <= 1
        assert (found.alike == found.pairs) == (found.kappa == pytest.approx(1))


@pytest.mark.parametrize(
    ("failed", "read", "bound"),
    [(0, 0, 1.0), (0, 1, 0.95), (0, 60, 0.048702), (0, 300, 0.009936), (1, 10, 0.394163), (5, 100, 0.102253)],
)
def test_the_bound_is_the_exact_one(failed: int, read: int, bound: float) -> None:
    assert upper_bound(failed, read) == pytest.approx(bound, abs=1e-5)


@given(st.integers(0, 30), st.integers(1, 400))
def test_the_bound_lies_above_what_was_seen_and_falls_as_more_is_read(failed: int, read: int) -> None:
    failed = min(failed, read)
    assert failed / read <= upper_bound(failed, read) <= 1
    assert upper_bound(failed, read * 2) <= upper_bound(failed, read)
