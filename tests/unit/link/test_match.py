"""How alike two identities are, and what follows from it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.link.match import DEMOGRAPHICS, Agreement, Candidate, Verdict, compare, judge, search_keys
from tirage.model.reasons import HoldReason
from tirage.model.records import PatientIdentity

JANE = PatientIdentity("Q-17", "QH", "ROE^JANE", "19700102", "F")
NAMES = st.sampled_from(
    [
        "",
        "ROE^JANE",
        "Roe^Jane",
        "JANE^ROE",
        "ROE^JAYNE",
        "ROE^TIM",
        "ROE^TOM",
        "ROE^J",
        "Рое^Джейн",
        "DOE^JOHN",
    ]
    + ["MÜLLER^ANNA", "MUELLER^ANNA", "王^小東", "Wang^Xiaodong", "王^小東=WANG^XIAODONG", "ROE^JANE^MARY"]
)
IDENTITIES = st.builds(
    PatientIdentity,
    patient_id=st.sampled_from(["Q-17", "Q-18", "q-17"]),
    issuer=st.sampled_from(["", "QH"]),
    name=NAMES | st.text(max_size=12),
    birth_date=st.sampled_from(["", "19700102", "19700201", "19700103", "1970", "19551224"]),
    sex=st.sampled_from(["", "F", "M", "O"]),
)


def known(*identities: PatientIdentity) -> list[Candidate]:
    return [Candidate(number, number, each) for number, each in enumerate(identities, 1)]


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("ROE^JANE", "Roe, Jane", "same"),
        ("ROE^JANE", "JANE^ROE", "swapped"),
        ("Иванов^Иван", "Ivanov^Ivan", "transliterated"),
        ("王^小東", "Wang^Xiaodong", "transliterated"),
        ("ITO^KEN=伊藤^健", "伊藤^健", "same"),
        ("MÜLLER^ANNA", "MUELLER^ANNA", "sounds alike"),
        ("SMITH^JON", "SMITH^JOHN", "sounds alike"),
        ("WALSH^MARTHA", "WALSH^MARTAH", "typo"),
        ("ROE^J", "ROE^JANE", "shortened"),
        ("ROE^JANE", "ROE^JANE^MARY", "shortened"),
        ("ROE^TIM", "ROE^TOM", "differs"),
        ("ROE^JANE", "DOE^JOHN", "differs"),
        ("ROE^JANE", "", "missing"),
    ],
)
def test_names_agree_in_a_way_that_has_a_name(one: str, other: str, agreement: str) -> None:
    assert compare(replace(JANE, name=one), replace(JANE, name=other))["name"].value == agreement


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("19700102", "1970.01.02", "same"),
        ("19700102", "19700201", "swapped"),
        ("19700102", "19700103", "typo"),
        ("19700102", "19551224", "differs"),
        ("19700102", "1970", "missing"),
    ],
)
def test_birth_dates_agree_in_a_way_that_has_a_name(one: str, other: str, agreement: str) -> None:
    assert (
        compare(replace(JANE, birth_date=one), replace(JANE, birth_date=other))["birth_date"].value
        == agreement
    )


@given(IDENTITIES, IDENTITIES)
def test_comparing_is_the_same_whichever_comes_first(one: PatientIdentity, other: PatientIdentity) -> None:
    assert compare(one, other) == compare(other, one)


@given(IDENTITIES)
def test_an_identity_is_the_one_it_is(one: PatientIdentity) -> None:
    assert judge(one, known(one)) == Verdict(person=1)


@given(IDENTITIES, st.lists(IDENTITIES, max_size=4))
def test_nobody_is_made_one_with_another_identifier_or_against_a_contradiction(
    new: PatientIdentity, others: list[PatientIdentity]
) -> None:
    verdict = judge(new, known(*others))
    if verdict.person is not None:
        seen = compare(others[verdict.person - 1], new)
        assert seen.has_one_identifier
        assert seen.contradictions == 0


@given(IDENTITIES, st.lists(IDENTITIES, max_size=4))
def test_the_order_of_what_is_known_does_not_matter(
    new: PatientIdentity, others: list[PatientIdentity]
) -> None:
    candidates = known(*others)
    assert judge(new, candidates) == judge(new, candidates[::-1])


@given(st.sampled_from(["ANNA", "TIM", "TOM", "JANE", "JOAN"]), st.sampled_from(["F", "M"]))
def test_twins_are_never_one(given_name: str, sex: str) -> None:
    twin = replace(JANE, name=f"ROE^{given_name}", sex=sex)
    elsewhere = replace(twin, patient_id="Q-18")
    assert judge(elsewhere, known(JANE)).person is None
    if (given_name, sex) != ("JANE", "F"):
        assert judge(twin, known(JANE)).person is None


@given(IDENTITIES, IDENTITIES)
def test_whoever_is_under_one_identifier_is_looked_up_by_a_key_they_share(
    one: PatientIdentity, other: PatientIdentity
) -> None:
    if compare(one, other).has_one_identifier:
        assert search_keys(one) & search_keys(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ROE^JANE", "JANE^ROE"),
        ("Иванов^Иван", "Ivanov^Ivan"),
        ("王^小東", "Wang^Xiaodong"),
        ("KATHERINE^ROE", "CATHERINE^ROE"),
        ("WALSH^MARTHA", "WALSH^MARTAH"),
        ("ROE^JANE", "ROE^JANE^MARY"),
        ("ROE^J", "ROE^JANE"),
    ],
)
def test_whoever_may_be_one_under_two_identifiers_shares_a_key(one: str, other: str) -> None:
    here, there = replace(JANE, name=one), replace(JANE, patient_id="N-1", name=other)
    assert search_keys(here) & search_keys(there)
    assert judge(there, known(here)).reason is HoldReason.POSSIBLE_DUPLICATE


def test_each_kind_of_conflict_has_a_reason_of_its_own() -> None:
    others = {
        HoldReason.ONE_FIELD_DIFFERS: replace(JANE, name="ROE^JOAN"),
        HoldReason.IDENTIFIER_REUSED: replace(JANE, name="DOE^JOHN", birth_date="19551224", sex="M"),
        HoldReason.POSSIBLE_DUPLICATE: replace(JANE, patient_id="N-1"),
    }
    for reason, other in others.items():
        assert judge(other, known(JANE)) == Verdict(reason=reason, rival=1)
    bare = PatientIdentity("Q-17", "QH")
    assert judge(bare, known(JANE)) == Verdict(person=1)
    assert judge(bare, known(JANE), asks_demographics=True).reason is HoldReason.MISSING_DEMOGRAPHICS
    two = known(JANE, others[HoldReason.IDENTIFIER_REUSED])
    assert judge(bare, two).reason is HoldReason.MISSING_DEMOGRAPHICS


def test_a_spelling_that_was_accepted_is_known_from_then_on() -> None:
    jayne = replace(JANE, name="ROE^JAYNE")
    one_person = [Candidate(1, 1, JANE), Candidate(2, 1, jayne)]
    assert judge(replace(jayne, name="Roe, Jayne"), one_person) == Verdict(person=1)
    assert judge(replace(jayne, name="ROE^JOAN"), one_person).reason is HoldReason.ONE_FIELD_DIFFERS


def test_every_agreement_but_same_and_missing_contradicts() -> None:
    assert {each for each in Agreement if not each.contradicts} == {Agreement.SAME, Agreement.MISSING}
    assert DEMOGRAPHICS == ("name", "birth_date", "sex")
