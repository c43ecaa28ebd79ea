"""A sample is the same each time, leaves out no stratum, and holds everything that carries a mark."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from tirage.model.identifiers import Digest, ReceivedId
from tirage.model.reviews import Mark, Stratum
from tirage.policy.fields import Sampling
from tirage.review.sample import Candidate, choose

CT, SC, US = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.6.1"
strata = st.builds(Stratum, st.sampled_from("AB"), st.sampled_from("12"), st.just(CT), st.just("CT"))
marks = st.frozensets(st.sampled_from([Mark.SCREEN, Mark.WORDS]), max_size=1)
samplings = st.builds(
    Sampling,
    per_stratum=st.integers(1, 5),
    percent=st.integers(0, 100),
    double_percent=st.integers(0, 100),
)


def candidate(number: int, stratum: Stratum, marks: frozenset[Mark] = frozenset()) -> Candidate:
    digest = Digest(hashlib.sha256(str(number).encode()).hexdigest())
    return Candidate(ReceivedId(number), digest, stratum, marks)


candidates = st.lists(st.tuples(strata, marks), max_size=60).map(
    lambda rows: [candidate(number, *row) for number, row in enumerate(rows)]
)


@given(candidates, samplings, st.binary(min_size=32, max_size=32), st.randoms())
def test_the_same_outputs_and_the_same_chance_give_the_same_sample(
    waiting: list[Candidate], sampling: Sampling, chance: bytes, order: object
) -> None:
    first = choose(waiting, sampling, (), chance)
    shuffled = list(waiting)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(shuffled, sampling, (), chance) == first


@given(candidates, samplings)
def test_every_stratum_has_its_share_and_every_mark_is_looked_at(
    waiting: list[Candidate], sampling: Sampling
) -> None:
    familiar = {each.stratum for each in waiting if each.stratum.model == "1"}
    chosen = choose(waiting, sampling, familiar, b"k" * 32)
    numbers = [each.candidate.received for each in chosen]
    assert len(set(numbers)) == len(numbers)
    assert {each.received for each in waiting if each.marks} <= set(numbers)
    for stratum in {each.stratum for each in waiting}:
        unmarked = [each for each in waiting if each.stratum == stratum and not each.marks]
        drawn = [each for each in chosen if each.is_drawn and each.candidate.stratum == stratum]
        least = sampling.per_stratum * (1 if stratum in familiar else 2)
        assert len(drawn) >= min(len(unmarked), least)
        assert 100 * len(drawn) >= sampling.percent * len(unmarked)


@given(candidates, samplings)
def test_the_asked_share_of_the_sample_is_read_by_two(waiting: list[Candidate], sampling: Sampling) -> None:
    chosen = choose(waiting, sampling, (), b"k" * 32)
    twice = sum(each.readers == 2 for each in chosen)
    assert twice == -(-len(chosen) * sampling.double_percent // 100)


def test_another_chance_gives_another_sample() -> None:
    stratum = Stratum("A", "1", CT, "CT")
    waiting = [candidate(number, stratum) for number in range(200)]
    samples = {
        tuple(each.candidate.received for each in choose(waiting, Sampling(), (), bytes([key]) * 32))
        for key in range(5)
    }
    assert len(samples) == 5


def test_secondary_captures_and_ultrasound_are_all_looked_at() -> None:
    waiting = [candidate(1, Stratum("A", "1", SC, "OT")), candidate(2, Stratum("A", "1", US, "US"))]
    chosen = choose(waiting, Sampling(), (), b"k" * 32)
    assert [each.marks for each in chosen] == [(Mark.SECONDARY,), (Mark.ULTRASOUND,)]
