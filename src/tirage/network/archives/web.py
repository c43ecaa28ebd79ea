"""An archive asked by QIDO-RS and fetched from by WADO-RS."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import httpx2

from tirage.model.archives import (
    ArchiveContradicts,
    ArchiveRefused,
    InstanceAnswer,
    Retrieved,
    SeriesAnswer,
    StudyAnswer,
    StudyQuery,
    Wanted,
)
from tirage.model.custody import Intake
from tirage.model.identifiers import Uid
from tirage.model.records import Origin, OriginKind
from tirage.network.archives import answers
from tirage.network.archives.attributes import (
    IMAGE_LEVEL,
    SERIES_LEVEL,
    SERIES_LEVEL_RARE,
    STUDY_LEVEL,
    STUDY_LEVEL_RARE,
    Tag,
)
from tirage.network.archives.keys import study_keys, uid_key
from tirage.network.archives.portions import Level, Portion, portions
from tirage.network.dicomweb import qido
from tirage.network.dicomweb.address import WebPeer
from tirage.network.dicomweb.client import NOTHING, TOO_LARGE, Client, pieces, raise_unless_ok
from tirage.network.dicomweb.multipart import Event, boundary_of, read_parts
from tirage.network.dicomweb.objects import Deposited, as_one_part, deposit

AS_STORED: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'


@dataclass(frozen=True, slots=True)
class WebArchiveSettings:
    """An archive in the node's settings.

    `silence_s` is how long it may say nothing in the middle of a retrieval, before the first byte too.
    `page` is how many answers are asked for at once.
    """

    name: str
    peer: WebPeer
    silence_s: float = 300.0
    page: int = qido.PAGE


class WebArchive:
    """An `Archive` (`model.archives`) whose objects go to `intake`."""

    def __init__(self, settings: WebArchiveSettings, intake: Intake) -> None:
        self._settings = settings
        self._intake = intake
        self._origin = Origin(OriginKind.ARCHIVE, batch=settings.name)
        self._client = Client(settings.peer)
        self._asks_by_series = False

    @property
    def name(self) -> str:
        """The archive's name in the node's settings."""
        return self._settings.name

    def check(self) -> None:
        """A search for studies that wants one answer at most and looks at none."""
        self._client.ask("/studies", [("limit", "1"), ("includefield", f"{Tag.STUDY:08X}")])

    def find_studies(self, query: StudyQuery) -> list[StudyAnswer]:
        """Search for studies."""
        keys = study_keys(query)
        return answers.studies(self._search("/studies", (*STUDY_LEVEL, *STUDY_LEVEL_RARE), keys))

    def find_series(self, study: Uid) -> list[SeriesAnswer]:
        """Search for the series of a study."""
        path = f"/studies/{uid_key(study)}/series"
        return answers.series(study, self._search(path, (*SERIES_LEVEL, *SERIES_LEVEL_RARE)))

    def find_instances(self, study: Uid, series: Sequence[Uid] = ()) -> list[InstanceAnswer]:
        """Search for instances: of the study where the server takes that, else of each series."""
        if not series and not self._asks_by_series:
            try:
                found = self._search(f"/studies/{uid_key(study)}/instances", IMAGE_LEVEL)
            except ArchiveRefused:
                found = []
            if found:
                return answers.instances(study, found)
        named = list(series) or [one.series for one in self.find_series(study)]
        gathered: list[InstanceAnswer] = []
        for one in named:
            path = f"/studies/{uid_key(study)}/series/{uid_key(one)}/instances"
            gathered += answers.instances(study, self._search(path, IMAGE_LEVEL), one)
        self._asks_by_series |= bool(gathered) and not series
        return gathered

    def retrieve(self, wanted: Wanted, is_cancelled: Callable[[], bool]) -> Retrieved:
        """WADO-RS of the study, of series or of single instances; smaller where the server says too large."""
        completed = failed = requests = 0
        status: int | None = None
        waiting = list(portions(wanted, 1))
        while waiting and not is_cancelled():
            portion = waiting.pop(0)
            with self._client.stream(
                _path(portion), AS_STORED, silence_s=self._settings.silence_s
            ) as response:
                status = response.status_code
                requests += 1
                if status == TOO_LARGE and (smaller := list(_smaller(portion, wanted))):
                    waiting = smaller + waiting
                    continue
                if status in NOTHING:
                    continue
                raise_unless_ok(response)
                deposited = self._deposit(response, is_cancelled)
                completed += deposited.completed
                failed += deposited.failed
        return Retrieved(completed, failed, status=status, requests=requests)

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _search(
        self, path: str, asked: Sequence[Tag], keys: dict[int, str] | None = None
    ) -> list[answers.Answer]:
        everything: dict[int, str] = dict.fromkeys(asked, "")
        everything.update(keys or {})
        return qido.search(self._client, path, everything, self._settings.page)

    def _deposit(self, response: httpx2.Response, is_cancelled: Callable[[], bool]) -> Deposited:
        return deposit(_events(response), self._intake, self._origin, is_cancelled)


def _events(response: httpx2.Response) -> Iterator[Event]:
    content_type = response.headers.get("Content-Type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/related":
        return read_parts(pieces(response), boundary_of(content_type))
    # A single file is whole only where its length is told, or its end.
    if kind == "application/dicom" and response.headers.keys() & {"content-length", "transfer-encoding"}:
        return as_one_part(pieces(response))
    raise ArchiveContradicts("the archive answered a retrieval with something else than DICOM")


def _path(portion: Portion) -> str:
    path = f"/studies/{uid_key(portion.study)}"
    if portion.series:
        path += f"/series/{uid_key(portion.series)}"
    for instance in portion.instances:
        path += f"/instances/{uid_key(instance)}"
    return path


def _smaller(portion: Portion, wanted: Wanted) -> Iterator[Portion]:
    """The same objects in smaller requests; none for a single instance."""
    if portion.level is Level.STUDY:
        for series in dict.fromkeys(one.series for one in wanted.instances):
            yield Portion(portion.study, series)
    elif portion.level is Level.SERIES:
        for one in wanted.instances:
            if one.series == portion.series:
                yield Portion(portion.study, one.series, (one.sop_instance,))
