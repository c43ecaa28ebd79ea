"""Which studies of a project's releases each destination has, and why it has not the others."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from tirage.deliver.release import Member, label
from tirage.model.delivery import Delivery
from tirage.model.identifiers import Digest, ProjectName
from tirage.network.send.xnat.names import session_label
from tirage.policy.destinations import Destination, XnatDestination
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts
from tirage.settings import Settings
from tirage.store import releases
from tirage.store.arrivals import Answer, answers
from tirage.store.database import reading
from tirage.store.deliveries import DONE
from tirage.store.releases import ReleaseRow, ReleaseState

HEADINGS = (
    "Accession Number",
    "Patient ID",
    "Study Date",
    "Study Description",
    "Study UID",
    "Release",
    "Destination",
    "Session",
    "Objects",
    "Delivered",
    "Outcome",
    "Reason",
)
"""The five columns of a list for ingestion in their usual words, then what became of each study."""

_DESCRIBED = ("AccessionNumber", "StudyDate", "StudyDescription")


@dataclass(frozen=True, slots=True)
class Ingested:
    """A study of a release at a destination; every value is a research one, as the released objects have it.

    `outcome` is delivered, waiting, failed or conflict; `reason` counts the codes that destinations gave.
    """

    accession: str
    patient: str
    study_date: str
    description: str
    study: str
    release: str
    destination: str
    session: str
    objects: int
    delivered: int
    outcome: str
    reason: str

    @property
    def row(self) -> tuple[str, ...]:
        """The values under `HEADINGS`."""
        described = (self.accession, self.patient, self.study_date, self.description, self.study)
        counts = (str(self.objects), str(self.delivered))
        return (*described, self.release, self.destination, self.session, *counts, self.outcome, self.reason)


def ingested(
    parts: Parts, settings: Settings, name: ProjectName, version: int | None = None
) -> list[Ingested]:
    """Every study of the project's releases, or of one, for each of its destinations; the newest last.

    Raises `ProjectUnknown`.
    """
    if name not in parts.rules:
        raise ProjectUnknown(f"no project {name} on this node")
    destinations = parts.rules[name].project.destinations
    found: list[Ingested] = []
    with reading(parts.database) as connection:
        for release in releases.listed(connection, name, ReleaseState.COMPLETE):
            if version is not None and release.version != version:
                continue
            members = releases.members(connection, release.id)
            folder = settings.releases / name / label(release.version)
            said = {each.name: answers(connection, release.id, each.name) for each in destinations}
            found += _of_release(release, members, folder, destinations, said)
    return found


def _of_release(
    release: ReleaseRow,
    members: Sequence[Member],
    folder: Path,
    destinations: Sequence[Destination],
    said: dict[str, dict[Digest, Answer]],
) -> Iterator[Ingested]:
    studies = groupby(members, key=lambda each: (each.output.pseudonym, each.output.study))
    for (pseudonym, study), objects in studies:
        listed = list(objects)
        accession, day, description = _described(folder / listed[0].name)
        for spec in destinations:
            heard = [said[spec.name].get(each.output.digest) for each in listed]
            outcome, reason = _outcome(heard)
            yield Ingested(
                accession,
                pseudonym,
                day,
                description,
                study,
                label(release.version),
                spec.name,
                session_label(pseudonym, study) if isinstance(spec, XnatDestination) else "",
                len(listed),
                sum(answer is not None and answer[0] in DONE for answer in heard),
                outcome,
                reason,
            )


def _outcome(heard: Sequence[Answer | None]) -> tuple[str, str]:
    """What a study's answers come to, and the codes that say why."""
    statuses = {answer[0] if answer else None for answer in heard}
    codes = Counter(answer[1] for answer in heard if answer and answer[0] is Delivery.FAILED and answer[1])
    reason = ", ".join(f"{count} {code}" for code, count in sorted(codes.items()))
    if Delivery.CONFLICT in statuses:
        return "conflict", reason
    if Delivery.FAILED in statuses:
        return "failed", reason
    return ("waiting" if None in statuses else "delivered"), ""


def _described(path: Path) -> tuple[str, str, str]:
    """Accession number, date and description as a released object has them; nothing where it is gone."""
    try:
        found = dcmread(path, stop_before_pixels=True, specific_tags=list(_DESCRIBED))
    except (OSError, InvalidDicomError):
        return "", "", ""
    accession, day, description = (str(found.get(each, "")) for each in _DESCRIBED)
    return accession, day, description
