"""Answers of an archive as records: counts read, repetitions dropped, contradictions told."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from tirage.model.archives import ArchiveContradicts, InstanceAnswer, SeriesAnswer, StudyAnswer
from tirage.model.identifiers import Uid
from tirage.network.archives.attributes import Tag
from tirage.network.archives.keys import is_uid

T = TypeVar("T")
Answer = Mapping[int, str]


def studies(answers: Iterable[Answer]) -> list[StudyAnswer]:
    """Studies with a usable UID, each different answer once."""
    return _once(_study(answer) for answer in answers if is_uid(answer.get(Tag.STUDY, "")))


def series(study: Uid, answers: Iterable[Answer]) -> list[SeriesAnswer]:
    """The series of a study; raises `ArchiveContradicts` where answers belong elsewhere or have no UID."""
    return _once(_series(answer) for answer in _belonging(answers, Tag.STUDY, study, Tag.SERIES))


def instances(study: Uid, answers: Iterable[Answer], series: Uid | None = None) -> list[InstanceAnswer]:
    """The instances of a study or of one series; raises as `series` does.

    An archive that was asked for one series may leave its UID out of the answers. An instance that was
    answered with a SOP class and without has one.
    """
    found = _belonging(answers, Tag.STUDY, study, Tag.SOP_INSTANCE)
    if series:
        found = _belonging(found, Tag.SERIES, series, Tag.SOP_INSTANCE)
    by_place: dict[tuple[str, str], InstanceAnswer] = {}
    for answer in found:
        place = Uid(answer.get(Tag.SERIES, series or "")), Uid(answer[Tag.SOP_INSTANCE])
        if not is_uid(place[0]):
            raise ArchiveContradicts("an instance is answered without its series")
        if place not in by_place or not by_place[place].sop_class:
            by_place[place] = InstanceAnswer(*place, Uid(answer.get(Tag.SOP_CLASS, "")))
    return list(by_place.values())


def _belonging(answers: Iterable[Answer], tag: Tag, expected: Uid, own: Tag) -> list[Answer]:
    """Answers that name `expected`, or nothing, at `tag`, and themselves at `own`; all must."""
    kept: list[Answer] = []
    count = 0
    for answer in answers:
        count += 1
        if answer.get(tag, expected) == expected and is_uid(answer.get(own, "")):
            kept.append(answer)
    if len(kept) < count:
        raise ArchiveContradicts(f"{count - len(kept)} of {count} answers are not of what was asked for")
    return kept


def _study(answer: Answer) -> StudyAnswer:
    return StudyAnswer(
        study=Uid(answer[Tag.STUDY]),
        patient_id=answer.get(Tag.PATIENT_ID, ""),
        issuer=answer.get(Tag.ISSUER_OF_PATIENT_ID, ""),
        name=answer.get(Tag.PATIENT_NAME, ""),
        birth_date=answer.get(Tag.PATIENT_BIRTH_DATE, ""),
        sex=answer.get(Tag.PATIENT_SEX, ""),
        accession=answer.get(Tag.ACCESSION_NUMBER, ""),
        study_date=answer.get(Tag.STUDY_DATE, ""),
        study_time=answer.get(Tag.STUDY_TIME, ""),
        description=answer.get(Tag.STUDY_DESCRIPTION, ""),
        modalities=_values(answer.get(Tag.MODALITIES_IN_STUDY, "")),
        series=_count(answer.get(Tag.SERIES_IN_STUDY, "")),
        instances=_count(answer.get(Tag.INSTANCES_IN_STUDY, "")),
        availability=answer.get(Tag.INSTANCE_AVAILABILITY, ""),
        status=answer.get(Tag.STUDY_STATUS_ID, ""),
    )


def _series(answer: Answer) -> SeriesAnswer:
    return SeriesAnswer(
        series=Uid(answer[Tag.SERIES]),
        modality=answer.get(Tag.MODALITY, ""),
        number=answer.get(Tag.SERIES_NUMBER, ""),
        description=answer.get(Tag.SERIES_DESCRIPTION, ""),
        body_part=answer.get(Tag.BODY_PART, ""),
        manufacturer=answer.get(Tag.MANUFACTURER, ""),
        instances=_count(answer.get(Tag.INSTANCES_IN_SERIES, "")),
    )


def _values(text: str) -> tuple[str, ...]:
    return tuple(value for part in text.split("\\") if (value := part.strip()))


def _count(text: str) -> int | None:
    """A count, or None for what is no count: archives write empty text, -1 and "unknown"."""
    return int(text) if text.isascii() and text.isdigit() else None


def _once(answers: Iterable[T]) -> list[T]:
    seen: list[T] = []
    known: set[T] = set()
    for answer in answers:
        if answer not in known:
            known.add(answer)
            seen.append(answer)
    return seen
