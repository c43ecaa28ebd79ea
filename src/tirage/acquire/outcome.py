"""The one way in which a requested row ends, from what is recorded about it. Every record gives exactly one.

A row that names a study ends as the study does. A row for all studies of a patient is still pending while one
of them is; delivered when every study that is wanted was delivered; otherwise it ends as the worst of them
does, in the order of `WORST_FIRST`. Studies that the project does not want count in the detail alone, unless
there are no others.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from tirage.acquire.standing import Decision, RequestStanding, Step, StudyStanding
from tirage.model.reasons import TO_RECONCILE, HoldReason
from tirage.model.requests import FetchState, Match, RequestOutcome, Resolution, Verdict

NOT_ASKED = "NOT_ASKED"
NOT_FETCHED = "NOT_FETCHED"
NO_SERIES = "NO_SERIES_WANTED"
SERIES_UNKNOWN = "SERIES_UNKNOWN"
"""What a fetch keeps as its detail when series of the study wait for a decision about their description."""

WORST_FIRST = (
    RequestOutcome.IDENTITY_CONFLICT,
    RequestOutcome.DEIDENTIFICATION_FAILED,
    RequestOutcome.HELD,
    RequestOutcome.PARTIALLY_RECEIVED,
    RequestOutcome.DESCRIPTION_UNKNOWN,
    RequestOutcome.NOT_IN_ARCHIVE,
    RequestOutcome.OPTED_OUT,
    RequestOutcome.DECEASED,
    RequestOutcome.PLACEHOLDER_DATE,
    RequestOutcome.NO_IMAGES,
    RequestOutcome.REJECTED,
    RequestOutcome.CANCELLED,
)
UNWANTED = frozenset(WORST_FIRST[WORST_FIRST.index(RequestOutcome.OPTED_OUT) :])
"""What was not to be delivered in the first place."""

DELIVERED = frozenset({RequestOutcome.DELIVERED, RequestOutcome.ALREADY_DELIVERED})

_BY_VERDICT = {
    Verdict.OPTED_OUT: RequestOutcome.OPTED_OUT,
    Verdict.DECEASED: RequestOutcome.DECEASED,
    Verdict.PLACEHOLDER_DATE: RequestOutcome.PLACEHOLDER_DATE,
    Verdict.NO_IMAGES: RequestOutcome.NO_IMAGES,
    Verdict.MODALITY: RequestOutcome.REJECTED,
    Verdict.MANUFACTURER: RequestOutcome.REJECTED,
    Verdict.DESCRIPTION_EXCLUDED: RequestOutcome.REJECTED,
    Verdict.TOO_FEW_INSTANCES: RequestOutcome.REJECTED,
    Verdict.DESCRIPTION_UNKNOWN: RequestOutcome.DESCRIPTION_UNKNOWN,
}
_FAILED = frozenset({HoldReason.RULE_FAILED.value, HoldReason.DECODE_CRASH.value})
_SHORT = frozenset({FetchState.PARTIAL, FetchState.REFUSED, FetchState.ABSENT})


def decide(row: RequestStanding) -> Decision:
    """The outcome of a row."""
    asked = [study for study in row.studies if study.match is Match.AS_ASKED]
    is_lost = row.resolution is Resolution.FOUND and not row.studies
    if row.resolution is Resolution.OPEN or is_lost:
        return Decision(RequestOutcome.PENDING, NOT_ASKED, Step.REQUESTED)
    if asked:
        return _together([decide_study(study) for study in asked])
    if row.has_placeholder:
        return Decision(RequestOutcome.PLACEHOLDER_DATE, "", Step.REQUESTED)
    if row.studies:
        matches = Counter(study.match.value for study in row.studies)
        return Decision(RequestOutcome.FOUND_ELSEWHERE, _counts(matches), Step.REQUESTED)
    return Decision(RequestOutcome.NOT_IN_ARCHIVE, "", Step.REQUESTED)


def decide_study(study: StudyStanding) -> Decision:
    """The outcome of one study that is as asked.

    What was delivered before stays so whatever the filters say today, but for who opted out or died.
    """
    if study.verdict in (Verdict.OPTED_OUT, Verdict.DECEASED):
        return Decision(_BY_VERDICT[study.verdict], "", Step.FOUND)
    is_settled = study.fetch not in (FetchState.WANTED, FetchState.PARTIAL, FetchState.REFUSED)
    if study.is_from_before and study.objects.are_delivered and is_settled:
        return _delivered(study)
    if study.verdict is not Verdict.WANTED:
        outcome = _BY_VERDICT[study.verdict]
        detail = study.verdict.value if outcome is RequestOutcome.REJECTED else ""
        return Decision(outcome, detail, Step.FOUND)
    return _fetching(study) or _processing(study) or _releasing(study)


def _fetching(study: StudyStanding) -> Decision | None:
    """While it is fetched, or when nothing of it came."""
    received = f"{study.received} of {study.expected}"
    has_objects = study.objects.total > 0
    match study.fetch:
        case None if not has_objects:
            return Decision(RequestOutcome.PENDING, NOT_FETCHED, Step.WANTED)
        case FetchState.WANTED:
            return Decision(RequestOutcome.PENDING, received if study.expected else NOT_FETCHED, Step.WANTED)
        case FetchState.CANCELLED:
            return Decision(RequestOutcome.CANCELLED, received if study.expected else "", Step.WANTED)
        case FetchState.ABSENT if not has_objects and not study.received:
            return Decision(RequestOutcome.NOT_IN_ARCHIVE, study.fetch_detail, Step.WANTED)
        case FetchState.COMPLETE if not has_objects and not study.expected:
            if study.fetch_detail == SERIES_UNKNOWN:
                return Decision(RequestOutcome.DESCRIPTION_UNKNOWN, SERIES_UNKNOWN, Step.WANTED)
            return Decision(RequestOutcome.REJECTED, NO_SERIES, Step.WANTED)
        case _:
            return None


def _processing(study: StudyStanding) -> Decision | None:
    """While its objects are on their way, or when some of them do not go on."""
    objects, is_short = study.objects, study.fetch in _SHORT
    step = Step.FETCHED if is_short and study.received else Step.WANTED if is_short else Step.RECEIVED
    missing = _listed(f"{study.received} of {study.expected}", study.fetch_detail) if is_short else ""
    waiting = objects.pending + max(0, study.received - objects.total)
    if waiting or (study.fetch is FetchState.COMPLETE and not objects.total):
        return Decision(RequestOutcome.PENDING, f"{waiting or study.expected} on their way", step)
    held = _reasons("held", objects.held)
    if not TO_RECONCILE.isdisjoint(objects.held):
        return Decision(RequestOutcome.IDENTITY_CONFLICT, _listed(missing, held), step)
    quarantined = _reasons("quarantined", objects.quarantined)
    if quarantined or not _FAILED.isdisjoint(objects.held):
        detail = _listed(missing, held, quarantined)
        return Decision(RequestOutcome.DEIDENTIFICATION_FAILED, detail, step)
    if held:
        return Decision(RequestOutcome.HELD, _listed(missing, held), step)
    if objects.conflicting:
        conflict = f"{objects.conflicting} held {HoldReason.REMOTE_CONFLICT}"
        return Decision(RequestOutcome.HELD, _listed(missing, conflict), Step.RELEASED)
    if is_short:
        return Decision(RequestOutcome.PARTIALLY_RECEIVED, missing, step)
    if study.fetch_detail == SERIES_UNKNOWN:
        return Decision(RequestOutcome.DESCRIPTION_UNKNOWN, SERIES_UNKNOWN, step)
    return None


def _releasing(study: StudyStanding) -> Decision:
    """Once everything was received and judged."""
    objects = study.objects
    if not objects.released:
        return Decision(RequestOutcome.REJECTED, _reasons("rejected", objects.rejected), Step.RECEIVED)
    if objects.delivered < objects.released:
        detail = _listed(study.release, f"{objects.delivered} of {objects.released} delivered")
        return Decision(RequestOutcome.PENDING, detail, Step.RELEASED)
    return _delivered(study)


def _delivered(study: StudyStanding) -> Decision:
    is_old = study.is_from_before
    outcome = RequestOutcome.ALREADY_DELIVERED if is_old else RequestOutcome.DELIVERED
    detail = _listed(study.release, _reasons("rejected", study.objects.rejected))
    return Decision(outcome, detail, Step.DELIVERED)


def _together(studies: Sequence[Decision]) -> Decision:
    if len(studies) == 1:
        return studies[0]
    outcome = _of_all({study.outcome for study in studies})
    named = [study for study in studies if study.outcome is outcome]
    counts = Counter(study.outcome.value for study in studies)
    details = {study.detail for study in named}
    detail = f"{len(studies)} studies: " + ", ".join(
        f"{count} {each}" for each, count in counts.most_common()
    )
    if len(details) == 1:
        detail = "; ".join(filter(None, (detail, *details)))
    order = list(Step)
    return Decision(outcome, detail, min((study.step for study in named), key=order.index))


def _of_all(outcomes: set[RequestOutcome]) -> RequestOutcome:
    if RequestOutcome.PENDING in outcomes:
        return RequestOutcome.PENDING
    wanted = outcomes - UNWANTED
    if wanted and wanted <= DELIVERED:
        is_new = RequestOutcome.DELIVERED in wanted
        return RequestOutcome.DELIVERED if is_new else RequestOutcome.ALREADY_DELIVERED
    return next(outcome for outcome in WORST_FIRST if outcome in outcomes)


def _reasons(word: str, reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {word} {reason}" for reason, count in sorted(reasons.items()) if count)


def _counts(named: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(named.items()))


def _listed(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
