"""What to ask archives for a requested row, and whether an answer is what was asked for.

Archives ignore keys they do not know, take `*` for a pattern and match what looks alike. So every answer is
compared again here, literally, and only what agrees in everything that was asked is fetched.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from tirage.model.archives import ALWAYS, DateRange, StudyAnswer, StudyQuery
from tirage.model.requests import Match, Request, Resolution


def queries(request: Request, known_as: Sequence[str] = ()) -> list[StudyQuery]:
    """The questions to ask, in order; the next only while no answer so far is `AS_ASKED`.

    First the Study Instance UID, then patient with accession and date, or patient with dates alone for a row
    that names no study. What follows is wider, to find out where the study is instead: what it finds is as
    asked only when it agrees in everything all the same. `known_as` are other identifiers of the patient.
    """
    patients, dates = _patients(request, known_as), _dates(request)
    asked = [StudyQuery(study=request.study)] if request.study else []
    if request.accession:
        asked += [
            StudyQuery(patient_id=each, issuer=request.issuer, accession=request.accession, dates=dates)
            for each in patients
        ]
        asked.append(StudyQuery(accession=request.accession))
    if dates is not None or not _names_study(request):
        asked += [StudyQuery(patient_id=each, issuer=request.issuer, dates=dates) for each in patients]
    return list(dict.fromkeys(asked))


def match(request: Request, answer: StudyAnswer, known_as: Sequence[str] = ()) -> Match:
    """How an answer fits the row; the first thing in which it differs, the patient before all else.

    An answer without a patient is no answer about a patient. A study of another UID is still the one asked
    for when patient and accession both agree: archives give new UIDs to what they take over. Without a study
    or an accession the date is all that picks a study, so it must be there; otherwise one left out is passed.
    """
    patients = _patients(request, known_as)
    if patients and not _is_same_patient(request.issuer, patients, answer):
        return Match.OTHER_PATIENT
    if request.accession and answer.accession.strip() != request.accession.strip():
        return Match.OTHER_ACCESSION
    if request.study and answer.study != request.study.strip() and not (patients and request.accession):
        return Match.OTHER_STUDY
    dates = _dates(request)
    is_passed = not answer.study_date.strip() and _names_study(request)
    if dates is not None and not is_passed and not _is_within(answer.study_date, dates):
        return Match.OTHER_DATE
    return Match.AS_ASKED


def contradicts(query: StudyQuery, answer: StudyAnswer) -> bool:
    """Whether an archive that was asked about one patient answered with another.

    Such an archive cannot be trusted to keep patients apart: nothing of this answer may be fetched.
    """
    asked = query.patient_id.strip()
    return bool(asked) and not _is_same_patient(query.issuer, [asked], answer)


def resolution(matches: Iterable[Match]) -> Resolution:
    """How asking ended, once every question that was due has its answers."""
    found = set(matches)
    if Match.AS_ASKED in found:
        return Resolution.FOUND
    return Resolution.ELSEWHERE if found else Resolution.ABSENT


def _patients(request: Request, known_as: Sequence[str]) -> list[str]:
    """The patient's identifiers; the national number only where no other is known."""
    local = [each.strip() for each in (request.patient_id, *known_as) if each.strip()]
    national = request.national_id.strip()
    return list(dict.fromkeys(local or ([national] if national else [])))


def _names_study(request: Request) -> bool:
    return bool(request.study or request.accession)


def _dates(request: Request) -> DateRange | None:
    if request.study_date is not None:
        return DateRange(request.study_date, request.study_date)
    return None if request.dates == ALWAYS else request.dates


def _is_same_patient(issuer: str, patients: Sequence[str], answer: StudyAnswer) -> bool:
    issuers = {issuer.strip(), answer.issuer.strip()} - {""}
    return answer.patient_id.strip() in patients and len(issuers) < 2


def _is_within(text: str, dates: DateRange) -> bool:
    day = day_of(text)
    if day is None:
        return False
    return (dates.first is None or dates.first <= day) and (dates.last is None or day <= dates.last)


def day_of(text: str) -> date | None:
    """The day a DICOM date (YYYYMMDD) names; None when it is none."""
    text = text.strip()
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
