"""What archives are asked for a row, and which of their answers are what was asked."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.acquire.answers import contradicts, day_of, match, queries, resolution
from tirage.model.archives import DateRange, StudyAnswer, StudyQuery
from tirage.model.identifiers import Uid
from tirage.model.requests import Match, Request, Resolution

DAY = date(2026, 3, 14)
ROW = Request(2, patient_id="PAT-1", issuer="HOSP", accession="ACC-1", study="1.2.3", study_date=DAY)
ANSWER = StudyAnswer(
    Uid("1.2.3"), patient_id="PAT-1", issuer="HOSP", accession="ACC-1", study_date="20260314"
)


def altered(answer: StudyAnswer = ANSWER, **changes: str) -> StudyAnswer:
    fields = {name: getattr(answer, name) for name in StudyAnswer.__dataclass_fields__}
    return StudyAnswer(**{**fields, **changes})


def row(**fields: object) -> Request:
    return Request(2, **fields)  # type: ignore[arg-type]


# --- questions --------------------------------------------------------------------------------------------


def test_the_study_is_asked_for_by_its_uid_first_and_more_widely_to_find_out_where_it_is() -> None:
    that_day = DateRange(DAY, DAY)
    assert queries(ROW) == [
        StudyQuery(study="1.2.3"),
        StudyQuery(patient_id="PAT-1", issuer="HOSP", accession="ACC-1", dates=that_day),
        StudyQuery(accession="ACC-1"),
        StudyQuery(patient_id="PAT-1", issuer="HOSP", dates=that_day),
    ]


def test_a_row_with_a_patient_alone_asks_for_all_studies_in_its_window() -> None:
    window = DateRange(DAY, None)
    assert queries(row(patient_id="PAT-1", dates=window)) == [StudyQuery(patient_id="PAT-1", dates=window)]
    assert queries(row(patient_id="PAT-1")) == [StudyQuery(patient_id="PAT-1")]


def test_no_question_is_asked_twice_and_none_lists_all_studies_of_a_patient_to_find_one() -> None:
    assert queries(row(accession="ACC-1")) == [StudyQuery(accession="ACC-1")]
    assert queries(row(patient_id="PAT-1", accession="ACC-1")) == [
        StudyQuery(patient_id="PAT-1", accession="ACC-1"),
        StudyQuery(accession="ACC-1"),
    ]
    assert queries(row(patient_id="PAT-1", study="1.2.3")) == [StudyQuery(study="1.2.3")]


def test_every_identifier_under_which_archives_know_the_patient_is_asked() -> None:
    asked = queries(row(patient_id="PAT-1", accession="A"), known_as=("OLD-1", "PAT-1"))
    assert [query.patient_id for query in asked] == ["PAT-1", "OLD-1", ""]


def test_the_national_number_is_asked_where_no_other_is_known() -> None:
    assert queries(row(national_id="9434765919")) == [StudyQuery(patient_id="9434765919")]
    assert queries(row(national_id="9434765919", patient_id="P")) == [StudyQuery(patient_id="P")]
    assert queries(row(national_id="9434765919"), known_as=("P",)) == [StudyQuery(patient_id="P")]


# --- answers ----------------------------------------------------------------------------------------------


def test_an_answer_that_agrees_in_everything_is_as_asked() -> None:
    assert match(ROW, ANSWER) is Match.AS_ASKED


def test_a_patient_is_compared_after_trimming_and_with_the_issuer_only_where_both_have_one() -> None:
    assert match(ROW, altered(patient_id=" PAT-1 ")) is Match.AS_ASKED
    assert match(ROW, altered(issuer="")) is Match.AS_ASKED
    assert match(ROW, altered(issuer="ELSEWHERE")) is Match.OTHER_PATIENT
    assert match(ROW, altered(patient_id="pat-1")) is Match.OTHER_PATIENT
    assert match(ROW, altered(patient_id="")) is Match.OTHER_PATIENT


def test_another_patient_counts_before_anything_else_that_differs() -> None:
    other = altered(patient_id="PAT-2", accession="X", study="9.9", study_date="")
    assert match(ROW, other) is Match.OTHER_PATIENT


def test_another_accession_under_the_asked_uid_is_not_what_was_asked() -> None:
    assert match(ROW, altered(accession="ACC-2")) is Match.OTHER_ACCESSION
    assert match(ROW, altered(accession="")) is Match.OTHER_ACCESSION


def test_an_archive_may_keep_the_examination_under_a_new_uid() -> None:
    assert match(ROW, altered(study="9.9")) is Match.AS_ASKED
    assert match(row(study="1.2.3", patient_id="PAT-1"), altered(study="9.9")) is Match.OTHER_STUDY
    assert match(row(study="1.2.3", accession="ACC-1"), altered(study="9.9")) is Match.OTHER_STUDY


def test_the_date_must_agree_but_may_be_left_out_beside_an_accession() -> None:
    assert match(ROW, altered(study_date="20260315")) is Match.OTHER_DATE
    assert match(ROW, altered(study_date="")) is Match.AS_ASKED
    assert match(ROW, altered(study_date="last week")) is Match.OTHER_DATE


def test_without_a_study_the_window_picks_and_an_unknown_date_is_not_in_it() -> None:
    window = row(patient_id="PAT-1", dates=DateRange(date(2026, 1, 1), date(2026, 3, 14)))
    assert match(window, ANSWER) is Match.AS_ASKED
    assert match(window, altered(study_date="20260315")) is Match.OTHER_DATE
    assert match(window, altered(study_date="")) is Match.OTHER_DATE
    assert match(row(patient_id="PAT-1"), altered(study_date="")) is Match.AS_ASKED


@pytest.mark.parametrize("field", ["patient_id", "accession", "study"])
@pytest.mark.parametrize("pattern", ["*", "?AT-1", "PAT-*", "PAT-1\\PAT-2", "%", "_"])
def test_what_would_be_a_pattern_to_an_archive_matches_itself_alone(field: str, pattern: str) -> None:
    """An archive that takes it for one answers with everything it has; none of it was asked for."""
    assert match(row(**{field: pattern}), ANSWER) is not Match.AS_ASKED
    assert match(row(**{field: pattern}), altered(**{field: pattern})) is Match.AS_ASKED


@given(st.text(max_size=8), st.text(min_size=1, max_size=8))
def test_no_other_patient_is_ever_as_asked(asked: str, answered: str) -> None:
    is_same = asked.strip() == answered.strip()
    if asked.strip():
        found = match(row(patient_id=asked), StudyAnswer(Uid("1.2"), patient_id=answered))
        assert (found is Match.AS_ASKED) == is_same


def test_an_archive_asked_for_one_patient_that_answers_with_another_contradicts_itself() -> None:
    asked = StudyQuery(patient_id="PAT-1", accession="ACC-1")
    assert contradicts(asked, altered(patient_id="PAT-2"))
    assert not contradicts(asked, ANSWER)
    assert not contradicts(StudyQuery(accession="ACC-1"), altered(patient_id="PAT-2"))


def test_asking_ends_as_its_best_answer() -> None:
    assert resolution([Match.OTHER_DATE, Match.AS_ASKED]) is Resolution.FOUND
    assert resolution([Match.OTHER_PATIENT]) is Resolution.ELSEWHERE
    assert resolution([]) is Resolution.ABSENT


def test_only_whole_dates_are_days() -> None:
    assert day_of(" 20260314") == DAY
    assert [day_of(text) for text in ("", "2026", "20260230", "2026.03.14", "２０２６０３１４")] == [None] * 5
