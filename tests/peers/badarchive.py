"""An archive that misbehaves as asked: pynetdicom in this process, over real sockets.

    with BadArchive(make_studies(...), {"TIRAGE": port}, Behaviour(failing_first=1)) as archive:
        ...
        assert archive.asked["MOVE"] == 2

It answers C-FIND from the data sets it was given, and sends them by C-STORE to the AE titles it knows.
`behaviour` may be changed while it runs.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, AllStoragePresentationContexts, _config, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

Answers = list[Dataset]
AT_LEVEL = {
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
COUNTS = (
    "NumberOfStudyRelatedInstances",
    "NumberOfStudyRelatedSeries",
    "NumberOfSeriesRelatedInstances",
)


@dataclass
class Behaviour:
    """What the archive does wrong; by default nothing.

    `find_status`, `move_status`: ends every query or retrieval with that status and nothing else.
    `sends`: how many objects each retrieval sends, the first one first; the last number holds from then on
    (`[0]` says Success with nothing, `[2, None]` sends two, then everything; None is everything).
    `chosen`: what a retrieval sends instead of what was asked for, given that (others, twice, backwards).
    `answers`: what a query answers instead, given that and the level.
    `omits`: attributes left out of answers. `needs_series`: an IMAGE query without SeriesInstanceUID fails
    with this status (0 answers nothing). `refuses_lists`: a list of UIDs fails with 0xA900.
    `takes_first`: only the first UID of a list is looked at. `pending`: the status of each answer.
    `silent_s`: waits so long before each response. `leaves_after`: drops the connection after so many
    objects or answers, after objects alone with `answers_queries`. `aborts_after`: A-ABORT likewise.
    `ends_with`: the status after the objects were sent.
    """

    find_status: int | None = None
    move_status: int | None = None
    sends: Sequence[int | None] = (None,)
    chosen: Callable[[Answers], Answers] = lambda found: found
    answers: Callable[[Answers, str], Answers] = lambda found, level: found
    omits: Sequence[str] = ()
    needs_series: int | None = None
    refuses_lists: bool = False
    refuses_attributes: Sequence[str] = ()
    takes_first: bool = False
    pending: int = 0xFF00
    silent_s: float = 0.0
    leaves_after: int | None = None
    answers_queries: bool = False
    aborts_after: int | None = None
    ends_with: int | None = None


@dataclass
class BadArchive:
    """A context manager; listens on `port` while it is open."""

    studies: Sequence[Dataset]
    destinations: Mapping[str, int] = field(default_factory=dict)
    behaviour: Behaviour = field(default_factory=Behaviour)
    ae_title: str = "BADARCHIVE"
    asked: Counter[str] = field(default_factory=Counter)
    """How many requests came in, by "FIND", "MOVE", "GET", "ECHO", and by "FIND STUDY", "MOVE IMAGE" …"""
    requests: list[Dataset] = field(default_factory=list)
    """The identifiers of all requests."""
    associations: int = 0
    cancelled: int = 0

    def __enter__(self) -> Self:
        _config.LOG_HANDLER_LEVEL = "none"
        _config.LOG_REQUEST_IDENTIFIERS = _config.LOG_RESPONSE_IDENTIFIERS = False
        entity = AE(ae_title=self.ae_title)
        entity.add_supported_context(Verification)
        for model in (
            StudyRootQueryRetrieveInformationModelFind,
            StudyRootQueryRetrieveInformationModelMove,
            StudyRootQueryRetrieveInformationModelGet,
        ):
            entity.add_supported_context(model)
        syntaxes = {_syntax(one) for one in self.studies} | {ExplicitVRLittleEndian}
        for context in AllStoragePresentationContexts:
            entity.add_supported_context(
                context.abstract_syntax, sorted(syntaxes), scu_role=True, scp_role=True
            )
        for sop_class, syntax in sorted({(str(one.SOPClassUID), _syntax(one)) for one in self.studies}):
            entity.add_requested_context(sop_class, syntax)
        entity.require_called_aet = True
        self._server = entity.start_server(
            ("127.0.0.1", 0),
            block=False,
            evt_handlers=[
                (evt.EVT_ACCEPTED, self._on_accepted),
                (evt.EVT_C_ECHO, self._on_echo),
                (evt.EVT_C_FIND, self._on_find),
                (evt.EVT_C_MOVE, self._on_move),
                (evt.EVT_C_GET, self._on_get),
            ],
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def hang_up(self) -> None:
        """End every association, as an archive does with idle peers."""
        for association in list(self._server.active_associations):
            association.abort()

    def _on_accepted(self, event: Any) -> None:
        self.associations += 1

    def _on_echo(self, event: Any) -> int:
        self.asked["ECHO"] += 1
        return 0

    def _note(self, name: str, asked: Dataset) -> None:
        self.asked[name] += 1
        self.asked[f"{name} {asked.QueryRetrieveLevel}"] += 1
        self.requests.append(asked)

    def _on_find(self, event: Any) -> Iterator[tuple[int, Dataset | None]]:
        asked, act = event.identifier, self.behaviour
        self._note("FIND", asked)
        level = asked.QueryRetrieveLevel
        time.sleep(act.silent_s)
        if act.find_status is not None:
            yield act.find_status, None
            return
        if any(keyword in asked for keyword in act.refuses_attributes):
            yield 0xA900, None
            return
        if level == "IMAGE" and not asked.get("SeriesInstanceUID") and act.needs_series is not None:
            if act.needs_series:
                yield act.needs_series, None
            return
        answers = act.answers(
            [self._answer(asked, level, one) for one in self._matching(asked, level)], level
        )
        for number, answer in enumerate(answers):
            if not act.answers_queries and self._leaves(event, number):
                return
            if event.is_cancelled:
                yield 0xFE00, None
                return
            yield act.pending, answer
            time.sleep(act.silent_s)
        if not act.answers_queries:
            self._leaves(event, len(answers))

    def _on_move(self, event: Any) -> Iterator[Any]:
        self._note("MOVE", event.identifier)
        port = self.destinations.get(event.move_destination)
        if port is None or self.behaviour.move_status == 0xA801:
            yield None, None
            return
        yield "127.0.0.1", port
        yield from self._sent(event, self.asked["MOVE"])

    def _on_get(self, event: Any) -> Iterator[Any]:
        self._note("GET", event.identifier)
        yield from self._sent(event, self.asked["GET"])

    def _sent(self, event: Any, number: int) -> Iterator[Any]:
        asked, act = event.identifier, self.behaviour
        time.sleep(act.silent_s)
        if event.assoc.acse.is_aborted():
            # Who asked has given up; pynetdicom would still send to the destination.
            yield 0
            return
        uids = asked.get("SOPInstanceUID")
        is_list = bool(uids) and not isinstance(uids, str)
        if act.move_status is not None or (is_list and act.refuses_lists):
            yield 1
            yield (0xA900 if act.move_status is None else act.move_status), None
            return
        if is_list and act.takes_first:
            asked.SOPInstanceUID = uids[0]
        sending = act.chosen(self._matching(asked, "IMAGE"))
        sending = sending[: act.sends[min(number, len(act.sends)) - 1]]
        # One more is announced where a status follows: pynetdicom ends by itself after the last.
        yield len(sending) + (act.ends_with is not None)
        for count, one in enumerate(sending):
            if self._leaves(event, count):
                return
            if event.is_cancelled:
                self.cancelled += 1
                yield 0xFE00, None
                return
            yield 0xFF00, one
            time.sleep(act.silent_s)
        if self._leaves(event, len(sending)):
            return
        if act.ends_with is not None:
            yield act.ends_with, None

    def _leaves(self, event: Any, number: int) -> bool:
        if self.behaviour.aborts_after == number:
            event.assoc.abort()
            return True
        if self.behaviour.leaves_after == number:
            event.assoc.dul.socket.close()
            event.assoc.is_established = False
            event.assoc.kill()
            return True
        return False

    def _matching(self, asked: Dataset, level: str) -> Answers:
        """The first instance of each thing at the level that matches the keys, letter by letter."""
        found: dict[str, Dataset] = {}
        for one in self.studies:
            if all(_is_match(asked, one, keyword) for keyword in KEYS):
                found.setdefault(str(one[AT_LEVEL[level]].value), one)
        return list(found.values())

    def _answer(self, asked: Dataset, level: str, one: Dataset) -> Dataset:
        answer = Dataset()
        answer.QueryRetrieveLevel = level
        if "SpecificCharacterSet" in one:
            answer.SpecificCharacterSet = one.SpecificCharacterSet
        counts = self._counts(one)
        for element in asked:
            keyword = element.keyword
            if keyword in self.behaviour.omits or keyword in answer:
                continue
            if keyword in counts:
                setattr(answer, keyword, counts[keyword])
            elif keyword in one:
                answer.add(one[element.tag])
        return answer

    def _counts(self, one: Dataset) -> dict[str, Any]:
        study = [each for each in self.studies if each.StudyInstanceUID == one.StudyInstanceUID]
        series = [each for each in study if each.SeriesInstanceUID == one.SeriesInstanceUID]
        counts = (len(study), len({each.SeriesInstanceUID for each in study}), len(series))
        return {
            **dict(zip(COUNTS, counts, strict=True)),
            "ModalitiesInStudy": sorted({each.Modality for each in study}),
        }


KEYS = (
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "PatientID",
    "AccessionNumber",
    "StudyDate",
)


def _syntax(one: Dataset) -> str:
    return str(one.file_meta.TransferSyntaxUID)


def _is_match(asked: Dataset, one: Dataset, keyword: str) -> bool:
    wanted = asked.get(keyword)
    if not wanted:
        return True
    value = str(one.get(keyword, ""))
    if keyword == "StudyDate" and "-" in str(wanted):
        first, _, last = str(wanted).partition("-")
        return first <= value <= (last or "99991231")
    return value in ([str(wanted)] if isinstance(wanted, str) else [str(each) for each in wanted])
