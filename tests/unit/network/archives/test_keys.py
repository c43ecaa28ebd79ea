"""What a query matches by: literal values only."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.model.archives import ALWAYS, DateRange, QueryUnaskable, StudyQuery
from tirage.network.archives.attributes import Tag
from tirage.network.archives.keys import date_range, is_uid, study_keys, uid_key

DAY = date(2026, 2, 1)


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_pattern_and_no_second_value_is_ever_sent(patient_id: str, issuer: str, accession: str) -> None:
    query = StudyQuery(study="1.2.3", patient_id=patient_id, issuer=issuer, accession=accession)
    for tag, value in study_keys(query).items():
        assert not set(value) & set("*?\\\r\n\0"), Tag(tag)
        assert value.strip()


@pytest.mark.parametrize("value", ["*", "A?", "1\\2", "a\nb", " ", "", "x" * 65])
def test_a_query_with_nothing_left_is_refused_without_its_value(value: str) -> None:
    with pytest.raises(QueryUnaskable) as caught:
        study_keys(StudyQuery(patient_id=value, accession=value, issuer="hospital", dates=ALWAYS))
    assert len(value) < 2 or value not in str(caught.value)


@pytest.mark.parametrize("value", ['"', "'", "A-1", "Müller", "a b", "a^b", "100%", "x" * 64])
def test_everything_else_is_a_key(value: str) -> None:
    assert study_keys(StudyQuery(patient_id=value)) == {Tag.PATIENT_ID: value}


@pytest.mark.parametrize("value", ["1.2.*", "1..2", ".1", "x", "1.2\\1.3", "1" * 65, "1.2\n", "１.２"])
def test_what_is_no_uid_is_asked_for_nowhere(value: str) -> None:
    assert not is_uid(value)
    with pytest.raises(QueryUnaskable):
        uid_key(value)
    with pytest.raises(QueryUnaskable):
        study_keys(StudyQuery(study=value, patient_id="known"))


@pytest.mark.parametrize(
    ("dates", "text"),
    [
        (None, ""),
        (ALWAYS, ""),
        (DateRange(DAY, DAY), "20260201"),
        (DateRange(DAY, date(2026, 3, 1)), "20260201-20260301"),
        (DateRange(DAY), "20260201-"),
        (DateRange(None, DAY), "-20260201"),
    ],
)
def test_days_are_a_range_with_both_ends(dates: DateRange | None, text: str) -> None:
    assert date_range(dates) == text


def test_days_alone_are_a_query() -> None:
    assert study_keys(StudyQuery(dates=DateRange(DAY, DAY))) == {Tag.STUDY_DATE: "20260201"}
