"""Every requested row ends in exactly one way, and says why in codes and counts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.acquire.outcome import (
    DELIVERED,
    NO_SERIES,
    NOT_ASKED,
    NOT_FETCHED,
    SERIES_UNKNOWN,
    UNWANTED,
    WORST_FIRST,
    decide,
    decide_study,
)
from tirage.acquire.standing import Decision, Objects, RequestStanding, Step, StudyStanding
from tirage.model.reasons import HoldReason, QuarantineReason, RejectReason
from tirage.model.requests import FetchState, Match, RequestOutcome, Resolution, Verdict

LABEL = "v0003 2026-11-28"
WHOLE = StudyStanding(
    fetch=FetchState.COMPLETE,
    expected=14,
    received=14,
    objects=Objects(released=14, delivered=14),
    release=LABEL,
)


def ended(*studies: StudyStanding, resolution: Resolution = Resolution.FOUND) -> Decision:
    return decide(RequestStanding(resolution, studies))


def whole(**changes: object) -> StudyStanding:
    return replace(WHOLE, **changes)  # type: ignore[arg-type]


CASES = {
    "not asked": (RequestStanding(Resolution.OPEN), "still pending", NOT_ASKED, "requested"),
    "nowhere": (RequestStanding(Resolution.ABSENT), "not in archive", "", "requested"),
    "elsewhere": (
        RequestStanding(
            Resolution.ELSEWHERE,
            [StudyStanding(match=Match.OTHER_PATIENT), StudyStanding(match=Match.OTHER_DATE)],
        ),
        "found under another accession or patient",
        "1 other-date, 1 other-patient",
        "requested",
    ),
    "placeholder in the row": (
        RequestStanding(Resolution.ABSENT, has_placeholder=True),
        "placeholder date",
        "",
        "requested",
    ),
    "delivered": (WHOLE, "delivered", LABEL, "delivered"),
    "delivered before": (whole(is_from_before=True), "already delivered", LABEL, "delivered"),
    "delivered before, filtered now": (
        whole(is_from_before=True, verdict=Verdict.MODALITY),
        "already delivered",
        LABEL,
        "delivered",
    ),
    "opted out since": (
        whole(is_from_before=True, verdict=Verdict.OPTED_OUT),
        "opted out",
        "",
        "found",
    ),
    "deceased": (StudyStanding(verdict=Verdict.DECEASED), "deceased", "", "found"),
    "no images": (StudyStanding(verdict=Verdict.NO_IMAGES), "no images", "", "found"),
    "placeholder": (StudyStanding(verdict=Verdict.PLACEHOLDER_DATE), "placeholder date", "", "found"),
    "modality": (StudyStanding(verdict=Verdict.MODALITY), "rejected by rule", "modality", "found"),
    "description unknown": (
        StudyStanding(verdict=Verdict.DESCRIPTION_UNKNOWN),
        "description unknown",
        "",
        "found",
    ),
    "wanted": (StudyStanding(), "still pending", NOT_FETCHED, "wanted"),
    "fetching": (
        StudyStanding(fetch=FetchState.WANTED, expected=14, received=12),
        "still pending",
        "12 of 14",
        "wanted",
    ),
    "cancelled": (
        StudyStanding(fetch=FetchState.CANCELLED, expected=14, received=2),
        "cancelled",
        "2 of 14",
        "wanted",
    ),
    "gone from the archive": (StudyStanding(fetch=FetchState.ABSENT), "not in archive", "", "wanted"),
    "refused": (
        StudyStanding(fetch=FetchState.REFUSED, expected=14, fetch_detail="ARCHIVE_REFUSED"),
        "partially received",
        "0 of 14, ARCHIVE_REFUSED",
        "wanted",
    ),
    "partial": (
        whole(fetch=FetchState.PARTIAL, received=12, objects=Objects(released=12, delivered=12)),
        "partially received",
        "12 of 14",
        "fetched",
    ),
    "series wait": (
        StudyStanding(fetch=FetchState.COMPLETE, fetch_detail=SERIES_UNKNOWN),
        "description unknown",
        SERIES_UNKNOWN,
        "wanted",
    ),
    "some series wait": (
        whole(fetch_detail=SERIES_UNKNOWN),
        "description unknown",
        SERIES_UNKNOWN,
        "received",
    ),
    "no series wanted": (StudyStanding(fetch=FetchState.COMPLETE), "rejected by rule", NO_SERIES, "wanted"),
    "received": (whole(objects=Objects()), "still pending", "14 on their way", "received"),
    "catalogued": (whole(objects=Objects(pending=14)), "still pending", "14 on their way", "received"),
    "identity": (
        whole(objects=Objects(held={"IDENTITY_CONFLICT": 13, "RULE_FAILED": 1})),
        "identity conflict",
        "13 held IDENTITY_CONFLICT, 1 held RULE_FAILED",
        "received",
    ),
    "rule failed": (
        whole(objects=Objects(released=13, held={"RULE_FAILED": 1})),
        "de-identification failed",
        "1 held RULE_FAILED",
        "received",
    ),
    "quarantined": (
        whole(objects=Objects(released=13, quarantined={"DECODE_FAIL": 1})),
        "de-identification failed",
        "1 quarantined DECODE_FAIL",
        "received",
    ),
    "held": (
        whole(objects=Objects(released=12, delivered=12, held={"PIXELS_UNCHECKED": 2})),
        "held",
        "2 held PIXELS_UNCHECKED",
        "received",
    ),
    "held of a part": (
        whole(fetch=FetchState.PARTIAL, received=12, objects=Objects(held={"PIXELS_UNCHECKED": 12})),
        "held",
        "12 of 14, 12 held PIXELS_UNCHECKED",
        "fetched",
    ),
    "destination has others": (
        whole(objects=Objects(released=14, delivered=13, conflicting=1)),
        "held",
        "1 held REMOTE_CONFLICT",
        "released",
    ),
    "rejected objects": (
        whole(objects=Objects(rejected={"MODALITY_EXCLUDED": 14})),
        "rejected by rule",
        "14 rejected MODALITY_EXCLUDED",
        "received",
    ),
    "in delivery": (
        whole(objects=Objects(released=14, delivered=9)),
        "still pending",
        f"{LABEL}, 9 of 14 delivered",
        "released",
    ),
    "delivered but for some": (
        whole(objects=Objects(released=12, delivered=12, rejected={"MODALITY_EXCLUDED": 2})),
        "delivered",
        f"{LABEL}, 2 rejected MODALITY_EXCLUDED",
        "delivered",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_state_of_the_record_has_its_outcome(name: str) -> None:
    standing, outcome, detail, step = CASES[name]
    row = standing if isinstance(standing, RequestStanding) else RequestStanding(Resolution.FOUND, [standing])
    assert decide(row) == Decision(RequestOutcome(outcome), detail, Step(step))


def test_every_outcome_is_reached_by_one_of_these_cases() -> None:
    assert {outcome for _, outcome, _, _ in CASES.values()} == set(RequestOutcome)


# --- rows of several studies ------------------------------------------------------------------------------

HELD = whole(objects=Objects(held={"TEXT_UNCHECKED": 14}))
REJECTED = StudyStanding(verdict=Verdict.MODALITY)
OTHER = StudyStanding(match=Match.OTHER_DATE)


def test_a_row_is_pending_while_one_of_its_studies_is() -> None:
    assert ended(WHOLE, HELD, StudyStanding()).outcome is RequestOutcome.PENDING


def test_studies_that_the_project_does_not_want_do_not_keep_a_row_from_being_delivered() -> None:
    row = ended(WHOLE, WHOLE, REJECTED, OTHER)
    assert row.outcome is RequestOutcome.DELIVERED
    assert row.detail == f"3 studies: 2 delivered, 1 rejected by rule; {LABEL}"


def test_a_row_is_already_delivered_only_when_all_of_it_was() -> None:
    before = whole(is_from_before=True)
    assert ended(before, before).outcome is RequestOutcome.ALREADY_DELIVERED
    assert ended(before, WHOLE).outcome is RequestOutcome.DELIVERED


def test_otherwise_the_worst_counts() -> None:
    unknown = StudyStanding(verdict=Verdict.DESCRIPTION_UNKNOWN)
    assert ended(WHOLE, unknown).outcome is RequestOutcome.DESCRIPTION_UNKNOWN
    assert ended(WHOLE, unknown, HELD).outcome is RequestOutcome.HELD
    assert ended(REJECTED, StudyStanding(verdict=Verdict.OPTED_OUT)).outcome is RequestOutcome.OPTED_OUT


def test_every_outcome_a_study_can_have_has_its_place_in_the_order() -> None:
    row_alone = {RequestOutcome.PENDING, RequestOutcome.FOUND_ELSEWHERE}
    assert set(WORST_FIRST) | DELIVERED | row_alone == set(RequestOutcome)
    assert len(set(WORST_FIRST)) == len(WORST_FIRST)
    assert RequestOutcome.NOT_IN_ARCHIVE not in UNWANTED


# --- every combination ------------------------------------------------------------------------------------

COUNTS = st.integers(0, 5)


def reasons(kind: type) -> st.SearchStrategy[dict[str, int]]:
    return st.dictionaries(st.sampled_from([each.value for each in kind]), st.integers(1, 5), max_size=3)


OBJECTS = st.builds(
    lambda released, delivered, conflicting, **rest: Objects(
        released=released,
        delivered=min(delivered, released),
        conflicting=min(conflicting, released - min(delivered, released)),
        **rest,
    ),
    released=COUNTS,
    delivered=COUNTS,
    conflicting=COUNTS,
    pending=COUNTS,
    held=reasons(HoldReason),
    rejected=reasons(RejectReason),
    quarantined=reasons(QuarantineReason),
)
STUDIES = st.builds(
    StudyStanding,
    match=st.sampled_from(Match),
    verdict=st.sampled_from(Verdict),
    fetch=st.none() | st.sampled_from(FetchState),
    fetch_detail=st.sampled_from(["", SERIES_UNKNOWN, "ARCHIVE_REFUSED"]),
    expected=COUNTS,
    received=COUNTS,
    objects=OBJECTS,
    release=st.sampled_from(["", LABEL]),
    is_from_before=st.booleans(),
)


@given(st.sampled_from(Resolution), st.lists(STUDIES, max_size=4), st.booleans())
def test_every_record_has_exactly_one_outcome(
    resolution: Resolution, studies: list[StudyStanding], has_placeholder: bool
) -> None:
    row = decide(RequestStanding(resolution, studies, has_placeholder))
    assert isinstance(row.outcome, RequestOutcome)
    assert (row.outcome in DELIVERED) == (row.step is Step.DELIVERED)
    assert decide(RequestStanding(resolution, studies[::-1], has_placeholder)).outcome is row.outcome


@given(STUDIES)
def test_nothing_counts_as_delivered_while_an_object_is_held_or_on_its_way(study: StudyStanding) -> None:
    if decide_study(study).outcome in DELIVERED:
        assert study.objects.are_delivered
        assert study.fetch not in (FetchState.WANTED, FetchState.PARTIAL, FetchState.REFUSED)
        assert study.verdict not in (Verdict.OPTED_OUT, Verdict.DECEASED)
