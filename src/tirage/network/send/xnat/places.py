"""Where files go in a project of XNAT: a session of the archive or the prearchive, or a resource."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from tirage.model.identifiers import Uid
from tirage.network.https import Unanswered
from tirage.network.send.pace import Pace
from tirage.network.send.xnat.names import session_label, subject_label
from tirage.network.send.xnat.proof import Compared, compare
from tirage.network.send.xnat.rest import READY, Listed, Waiting, Xnat
from tirage.network.send.xnat.sources import Source, packed

STUCK = frozenset({"CONFLICT", "ERROR", "_CONFLICT", "_ERROR"})
"""States of the prearchive that a person ends."""


class Place(Protocol):
    """What files are looked for in and sent to; may raise `Unanswered`, `OSError` or `SourceFault`."""

    def look(self, sources: Sequence[Source]) -> Compared:
        """What of the files is there."""

    def send(self, missing: Sequence[Source]) -> None:
        """Add what is missing."""

    def take_back(self, other: Sequence[tuple[Source, str]]) -> None:
        """Remove files that came damaged, each by its URI."""


class Archive:
    """A session of the archive, named after the subject and the study."""

    def __init__(
        self, xnat: Xnat, scratch: Path, pace: Pace, project: str, pseudonym: str, study: Uid
    ) -> None:
        self._xnat = xnat
        self._scratch = scratch
        self._pace = pace
        self._project = project
        self._study = study
        self._subject = subject_label(pseudonym)
        self._label = session_label(pseudonym, study)
        self._is_there = False

    def look(self, sources: Sequence[Source]) -> Compared:
        """Compare with the files of the session's scans."""
        files = self._xnat.session_files(self._label)
        self._is_there = files is not None
        return compare(sources, files or [], self._xnat.reading, self._scratch)

    def send(self, missing: Sequence[Source]) -> None:
        """Import into the session, which is made where there is none."""
        path = f"/archive/projects/{self._project}/subjects/{self._subject}/experiments/{self._label}"
        asked = {"dest": path, "overwrite": "append" if self._is_there else "none"}
        try:
            with packed(missing, self._scratch) as archive:
                self._xnat.import_zip(archive, asked, self._pace)
        except Unanswered as fault:
            if fault.code != "UNREACHABLE" and any(each.status in STUCK for each in self._waiting()):
                raise _stuck() from fault
            raise

    def take_back(self, other: Sequence[tuple[Source, str]]) -> None:
        """Delete the files."""
        for _, uri in other:
            self._xnat.delete(uri)

    def _waiting(self) -> list[Waiting]:
        """What the prearchive has of this study under this name."""
        return [
            each for each in self._xnat.waiting() if each.label == self._label and each.study == self._study
        ]


class Prearchive(Archive):
    """A session of the prearchive, until somebody moves it to the archive, where it is looked for too."""

    def look(self, sources: Sequence[Source]) -> Compared:
        """Compare with the session where it waits, else with the archive."""
        found: list[Listed] = []
        for each in self._waiting():
            if each.status in STUCK:
                raise _stuck()
            if each.status == READY:
                found += self._xnat.waiting_files(each)
        found += self._xnat.session_files(self._label) or []
        return compare(sources, found, self._xnat.reading, self._scratch)

    def send(self, missing: Sequence[Source]) -> None:
        """Import into the prearchive."""
        asked = {
            "dest": f"/prearchive/projects/{self._project}",
            "PROJECT_ID": self._project,
            "SUBJECT_ID": self._subject,
            "EXPT_LABEL": self._label,
            "overwrite": "none",
        }
        with packed(missing, self._scratch) as archive:
            self._xnat.import_zip(archive, asked, self._pace)

    def take_back(self, other: Sequence[tuple[Source, str]]) -> None:
        """Delete the waiting session: single files cannot be taken out of it."""
        for each in self._waiting():
            self._xnat.delete(each.uri)


class Resource:
    """A resource of the project, for the lists of a release."""

    def __init__(self, xnat: Xnat, scratch: Path, pace: Pace, label: str) -> None:
        self._xnat = xnat
        self._scratch = scratch
        self._pace = pace
        self._label = label

    def look(self, sources: Sequence[Source]) -> Compared:
        """Compare with the files of the resource."""
        return compare(sources, self._xnat.resource_files(self._label), self._xnat.reading, self._scratch)

    def send(self, missing: Sequence[Source]) -> None:
        """Put each file."""
        for each in missing:
            with each.consignment.path.open("rb") as file:
                self._xnat.put_resource(self._label, each.name, file, self._pace)

    def take_back(self, other: Sequence[tuple[Source, str]]) -> None:
        """Delete the files."""
        for _, uri in other:
            self._xnat.delete(uri)


def _stuck() -> Unanswered:
    said = "the study lies in the prearchive in conflict or error: archive, reject or delete it there"
    return Unanswered("PREARCHIVE_CONFLICT", said, False)
