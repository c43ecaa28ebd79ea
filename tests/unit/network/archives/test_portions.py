"""What is wanted as requests."""

from tirage.model.archives import InstanceAnswer, Wanted
from tirage.model.identifiers import Uid
from tirage.network.archives.portions import Level, Portion, portions

STUDY = Uid("1")
INSTANCES = [InstanceAnswer(Uid(f"1.{n % 2}"), Uid(f"1.{n % 2}.{n}")) for n in range(6)]


def test_a_whole_study_is_one_request() -> None:
    assert list(portions(Wanted(STUDY, INSTANCES, whole=True), 1)) == [Portion(STUDY)]
    assert Portion(STUDY).level is Level.STUDY


def test_whole_series_come_first_and_lists_never_cross_series() -> None:
    asked = list(portions(Wanted(STUDY, INSTANCES, whole_series=frozenset({Uid("1.1")})), 2))
    assert [(one.level, one.series, len(one.instances)) for one in asked] == [
        (Level.SERIES, "1.1", 0),
        (Level.IMAGE, "1.0", 2),
        (Level.IMAGE, "1.0", 1),
    ]
    assert [len(one.instances) for one in portions(Wanted(STUDY, INSTANCES), 100)] == [3, 3]


def test_nothing_wanted_is_no_request() -> None:
    assert list(portions(Wanted(STUDY, []), 100)) == []


def test_a_list_falls_apart_into_single_instances() -> None:
    (portion, _) = portions(Wanted(STUDY, INSTANCES), 100)
    assert [one.instances for one in portion.singly()] == [(uid,) for uid in portion.instances]
    assert list(Portion(STUDY).singly()) == [Portion(STUDY)]


def test_a_request_shows_nothing_of_itself() -> None:
    assert STUDY + "." not in repr(Portion(STUDY, INSTANCES[0].series))
