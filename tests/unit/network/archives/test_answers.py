"""Answers as records."""

import pytest

from tirage.model.archives import ArchiveContradicts, InstanceAnswer
from tirage.model.identifiers import Uid
from tirage.network.archives import answers
from tirage.network.archives.attributes import Tag

STUDY, SERIES = Uid("1.2"), Uid("1.2.1")


def test_a_study_without_a_usable_uid_is_left_out() -> None:
    given = [{Tag.PATIENT_ID: "x"}, {Tag.STUDY: "none"}, {Tag.STUDY: STUDY}]
    assert [one.study for one in answers.studies(given)] == [STUDY]


def test_the_same_study_with_two_patients_is_two_answers() -> None:
    given = [{Tag.STUDY: STUDY, Tag.PATIENT_ID: patient} for patient in ("a", "b", "a")]
    assert [one.patient_id for one in answers.studies(given)] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "count"), [("12", 12), ("0", 0), ("", None), ("-1", None), ("many", None), ("²", None)]
)
def test_a_count_is_a_number_or_none(text: str, count: int | None) -> None:
    (study,) = answers.studies([{Tag.STUDY: STUDY, Tag.INSTANCES_IN_STUDY: text}])
    assert study.instances == count


def test_an_answer_shows_nothing_of_itself() -> None:
    (study,) = answers.studies([{Tag.STUDY: STUDY, Tag.PATIENT_NAME: "Canary^Planted"}])
    assert "Canary" not in repr(study)


def test_an_instance_named_twice_has_the_class_that_was_named() -> None:
    bare = {Tag.SERIES: SERIES, Tag.SOP_INSTANCE: "1.2.1.1"}
    whole = bare | {Tag.SOP_CLASS: "1.2.840.10008.5.1.4.1.1.2"}
    expected = [InstanceAnswer(SERIES, Uid("1.2.1.1"), Uid(whole[Tag.SOP_CLASS]))]
    assert answers.instances(STUDY, [bare, whole, bare]) == expected
    assert answers.instances(STUDY, [whole, bare]) == expected


def test_the_series_asked_for_need_not_be_answered() -> None:
    bare = {Tag.SOP_INSTANCE: "1.2.1.1"}
    assert answers.instances(STUDY, [bare], SERIES) == [InstanceAnswer(SERIES, Uid("1.2.1.1"))]
    with pytest.raises(ArchiveContradicts):
        answers.instances(STUDY, [bare])


@pytest.mark.parametrize(
    "answer",
    [
        {Tag.STUDY: "1.9", Tag.SERIES: SERIES, Tag.SOP_INSTANCE: "1.2.1.1"},
        {Tag.STUDY: STUDY, Tag.SERIES: "1.9", Tag.SOP_INSTANCE: "1.2.1.1"},
        {Tag.STUDY: STUDY, Tag.SERIES: SERIES},
        {Tag.STUDY: STUDY, Tag.SERIES: SERIES, Tag.SOP_INSTANCE: "x"},
    ],
)
def test_an_answer_that_belongs_elsewhere_is_a_contradiction(answer: dict[int, str]) -> None:
    with pytest.raises(ArchiveContradicts, match="1 of 1 answers"):
        answers.instances(STUDY, [answer], SERIES)
