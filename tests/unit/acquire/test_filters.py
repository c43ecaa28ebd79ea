"""Which studies and series are fetched, and which description a decision is about."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.acquire.descriptions import Listings, fold
from tirage.acquire.filters import StudyFacts, facts, judge, wanted_series
from tirage.acquire.optout import OptOuts, key
from tirage.model.archives import SeriesAnswer, StudyAnswer
from tirage.model.identifiers import Uid
from tirage.model.requests import Level, Listing, Request, Verdict
from tirage.policy.project import Project, load_project

ROW = Request(2, patient_id="PAT-1", national_id="9434765919")
STUDY = StudyFacts("PAT-1", "20260314", "CT Thorax", ("CT", "SR"), ("ACME Medical",), 40)
NOBODY = OptOuts()
UNDECIDED = Listings()


def project(fetch: str = "", include: str = "") -> Project:
    text = "project: {name: lungs, title: Lungs}\n"
    return load_project(
        text + (f"fetch: {{{fetch}}}\n" if fetch else "") + (f"include: {{{include}}}\n" if include else "")
    )


def verdict(study: StudyFacts = STUDY, row: Request = ROW, rules: str = "", include: str = "") -> Verdict:
    return judge(study, row, project(rules, include), UNDECIDED, NOBODY)


def test_a_study_nothing_speaks_against_is_wanted() -> None:
    assert verdict() is Verdict.WANTED
    assert verdict(StudyFacts()) is Verdict.WANTED


@pytest.mark.parametrize("identifier", ["PAT-1", "9434765919", "OTHER-ID"])
def test_an_opted_out_patient_is_found_by_each_identifier_also_the_answered_one(identifier: str) -> None:
    listed = OptOuts(frozenset({key(identifier)}))
    study = replace(STUDY, patient_id="OTHER-ID")
    assert judge(study, ROW, project(), UNDECIDED, listed) is Verdict.OPTED_OUT


def test_the_first_reason_in_a_fixed_order_counts() -> None:
    study = replace(STUDY, study_date="19000101", instances=0, modalities=("US",), manufacturers=("Other",))
    rules = project("study_descriptions: listed", "modalities: [CT], manufacturers: [acme]")
    row, listed = replace(ROW, is_deceased=True), OptOuts(frozenset({key("PAT-1")}))
    said = []
    for mended in (
        lambda: (study, row, listed),
        lambda: (study, row, NOBODY),
        lambda: (study, ROW, NOBODY),
        lambda: (replace(study, study_date="20260314"), ROW, NOBODY),
        lambda: (replace(STUDY, modalities=("US",), manufacturers=("Other",), instances=None), ROW, NOBODY),
        lambda: (replace(STUDY, manufacturers=("Other",)), ROW, NOBODY),
        lambda: (STUDY, ROW, NOBODY),
    ):
        facts_, row_, listed_ = mended()
        said.append(judge(facts_, row_, rules, UNDECIDED, listed_))
    assert said == [
        Verdict.OPTED_OUT,
        Verdict.DECEASED,
        Verdict.PLACEHOLDER_DATE,
        Verdict.NO_IMAGES,
        Verdict.MODALITY,
        Verdict.MANUFACTURER,
        Verdict.DESCRIPTION_UNKNOWN,
    ]


def test_deceased_patients_are_left_out_unless_the_project_says_otherwise() -> None:
    row = replace(ROW, is_deceased=True)
    assert verdict(row=row) is Verdict.DECEASED
    assert verdict(row=row, rules="exclude_deceased: false") is Verdict.WANTED


def test_a_placeholder_date_is_the_answered_one_or_else_the_requested_one() -> None:
    row = replace(ROW, study_date=date(2099, 1, 1))
    assert verdict(replace(STUDY, study_date="")) is Verdict.WANTED
    assert verdict(replace(STUDY, study_date=""), row) is Verdict.PLACEHOLDER_DATE
    assert verdict(STUDY, row) is Verdict.WANTED


@pytest.mark.parametrize(
    ("study", "expected"),
    [
        (replace(STUDY, instances=0), Verdict.NO_IMAGES),
        (replace(STUDY, instances=None), Verdict.WANTED),
        (replace(STUDY, availability="UNAVAILABLE"), Verdict.NO_IMAGES),
        (replace(STUDY, availability="NEARLINE"), Verdict.WANTED),
        (replace(STUDY, instances=None, status="SCHEDULED"), Verdict.NO_IMAGES),
        (replace(STUDY, instances=None, status="cancelled "), Verdict.NO_IMAGES),
        (replace(STUDY, instances=40, status="SCHEDULED"), Verdict.WANTED),
        (replace(STUDY, status="COMPLETED"), Verdict.WANTED),
    ],
    ids=range(8),
)
def test_a_study_has_no_images_only_when_the_archive_says_so(study: StudyFacts, expected: Verdict) -> None:
    assert verdict(study) is expected


def test_one_wanted_modality_is_enough_and_an_unknown_one_passes() -> None:
    assert verdict(include="modalities: [CT]") is Verdict.WANTED
    assert verdict(include="modalities: [MR]") is Verdict.MODALITY
    assert verdict(replace(STUDY, modalities=()), include="modalities: [MR]") is Verdict.WANTED


def test_a_manufacturer_counts_only_when_answered() -> None:
    assert verdict(include="manufacturers: [acme]") is Verdict.WANTED
    assert verdict(include="manufacturers: [other]") is Verdict.MANUFACTURER
    assert verdict(replace(STUDY, manufacturers=()), include="manufacturers: [other]") is Verdict.WANTED


def test_too_few_instances_only_when_they_are_counted() -> None:
    assert verdict(rules="minimum_instances: 41") is Verdict.TOO_FEW_INSTANCES
    assert verdict(replace(STUDY, instances=None), rules="minimum_instances: 41") is Verdict.WANTED


@pytest.mark.parametrize(
    ("rule", "listing", "expected"),
    [
        ("any", None, Verdict.WANTED),
        ("any", Listing.EXCLUDE, Verdict.DESCRIPTION_EXCLUDED),
        ("any", Listing.UNKNOWN, Verdict.WANTED),
        ("listed", None, Verdict.DESCRIPTION_UNKNOWN),
        ("listed", Listing.UNKNOWN, Verdict.DESCRIPTION_UNKNOWN),
        ("listed", Listing.INCLUDE, Verdict.WANTED),
        ("listed", Listing.EXCLUDE, Verdict.DESCRIPTION_EXCLUDED),
    ],
)
def test_a_description_is_wanted_as_decided(rule: str, listing: Listing | None, expected: Verdict) -> None:
    listings = Listings(1, {fold("ct  THORAX"): listing} if listing else {})
    assert judge(STUDY, ROW, project(f"study_descriptions: {rule}"), listings, NOBODY) is expected


def test_facts_join_what_study_and_series_say() -> None:
    answer = StudyAnswer(Uid("1.2"), patient_id="P", modalities=("SR", " CT"), status="READ")
    series = [SeriesAnswer(Uid("1.2.1"), "CT", manufacturer="ACME"), SeriesAnswer(Uid("1.2.2"))]
    joined = facts(answer, series)
    assert joined.modalities == ("CT", "SR")
    assert joined.manufacturers == ("ACME",)
    assert repr(joined) == "<StudyFacts, hidden>"


# --- series -----------------------------------------------------------------------------------------------

SERIES = (
    SeriesAnswer(Uid("1.1"), "CT", description="Axial 1 mm", manufacturer="ACME"),
    SeriesAnswer(Uid("1.2"), "CT", description="Localizer"),
    SeriesAnswer(Uid("1.3"), "SR", description="Dose"),
    SeriesAnswer(Uid("1.4"), "", description="Axial  1 MM"),
)


def test_all_series_are_wanted_where_nothing_is_ruled() -> None:
    assert wanted_series(SERIES, project(), UNDECIDED).wanted == ("1.1", "1.2", "1.3", "1.4")


def test_series_of_other_modalities_and_makers_are_left_out() -> None:
    rules = project(include="modalities: [CT], manufacturers: [other]")
    assert wanted_series(SERIES, rules, UNDECIDED).wanted == ("1.2", "1.4")


def test_undecided_series_wait_and_their_descriptions_are_named_once() -> None:
    rules = project("series_descriptions: listed", "modalities: [CT]")
    choice = wanted_series(SERIES, rules, UNDECIDED)
    assert choice.wanted == ()
    assert choice.unknown == ("Axial 1 mm", "Localizer", "Axial  1 MM")
    decided = Listings(1, {}, {"axial 1 mm": Listing.INCLUDE, "localizer": Listing.EXCLUDE})
    choice = wanted_series(SERIES, rules, decided)
    assert choice.wanted == ("1.1", "1.4")
    assert choice.unknown == ()


def test_single_series_that_rows_ask_for_are_the_only_ones() -> None:
    assert wanted_series(SERIES, project(), UNDECIDED, only={"1.2"}).wanted == ("1.2",)


# --- descriptions -----------------------------------------------------------------------------------------


def test_descriptions_a_person_would_call_the_same_are_the_same() -> None:
    assert len({fold(text) for text in ("CT Thorax", " ct  thorax ", "CT\tTHORAX", "ＣＴ Thorax\0")}) == 1
    assert fold("Schädel MRT") == fold("SCHA\u0308DEL  MRT")
    assert fold("Straße") == fold("STRASSE")
    assert fold("CT Thorax") != fold("CT Thorax 2")


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_decision_is_found_on_its_own_level_alone() -> None:
    listings = Listings(3, {"scout": Listing.EXCLUDE})
    assert listings.of(Level.STUDY, "Scout") is Listing.EXCLUDE
    assert listings.of(Level.SERIES, "Scout") is Listing.UNKNOWN
