"""An archive asked by C-FIND, and fetched from by C-MOVE or C-GET."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from tirage.model.archives import (
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
from tirage.network.scu.association import VERIFICATION, Peer
from tirage.network.scu.find import STUDY_ROOT_FIND, Found, find
from tirage.network.scu.get import get, get_offer
from tirage.network.scu.line import Line, NoAnswer, Offer, Open, accepts, single
from tirage.network.scu.move import STUDY_ROOT_MOVE, move
from tirage.network.scu.retrieval import IDENTIFIER_SYNTAXES, Suboperations
from tirage.network.status import (
    CANCELLED,
    CANNOT_COUNT,
    CANNOT_PERFORM,
    SUCCESS,
    fault_of_request,
    is_refusal,
    is_unable,
    is_warning,
)

MOST_FAILURES: Final = 3
"""So many instances in a row may be out of an archive's reach before it is taken to be out of order."""

_OUT_OF_RESOURCES: Final = frozenset({CANNOT_COUNT, CANNOT_PERFORM})


class Retrieval(StrEnum):
    """How objects are had from an archive."""

    MOVE = "move"
    GET = "get"


@dataclass(frozen=True, slots=True)
class DicomArchiveSettings:
    """An archive in the node's settings.

    `move_to` is the AE title under which the archive knows this node's listener. `silence_s` is how long
    the archive may say nothing in the middle of a retrieval, before the first response too: a study may come
    from tape. `most_uids` is how many instances are asked for at once.
    """

    name: str
    peer: Peer
    retrieve: Retrieval = Retrieval.MOVE
    move_to: str = "TIRAGE"
    silence_s: float = 300.0
    most_uids: int = 100


class DicomArchive:
    """An `Archive` (`model.archives`); with C-GET objects go to `intake`, which C-MOVE does not need."""

    def __init__(self, settings: DicomArchiveSettings, intake: Intake | None = None) -> None:
        if settings.retrieve is Retrieval.GET and intake is None:
            raise ValueError("C-GET needs an intake")
        self._settings = settings
        services = [VERIFICATION, STUDY_ROOT_FIND]
        if settings.retrieve is Retrieval.MOVE:
            services.append(STUDY_ROOT_MOVE)
        self._offer = single(services, IDENTIFIER_SYNTAXES)
        origin = Origin(OriginKind.ARCHIVE, batch=settings.name)
        self._asking = Line(settings.peer, origin)
        self._getting = Line(settings.peer, origin, intake)
        self._knows_rare = True
        self._asks_by_series = False
        self._takes_lists = True

    @property
    def name(self) -> str:
        """The archive's name in the node's settings."""
        return self._settings.name

    def check(self) -> None:
        """C-ECHO; says with `ArchiveRefused` which service the archive does not offer."""
        self._asking.ask(self._offer, self._echo)

    def find_studies(self, query: StudyQuery) -> list[StudyAnswer]:
        """C-FIND at STUDY level."""
        return answers.studies(self._find(Level.STUDY, study_keys(query), STUDY_LEVEL, STUDY_LEVEL_RARE))

    def find_series(self, study: Uid) -> list[SeriesAnswer]:
        """C-FIND at SERIES level."""
        keys: dict[int, str] = {Tag.STUDY: uid_key(study)}
        return answers.series(study, self._find(Level.SERIES, keys, SERIES_LEVEL, SERIES_LEVEL_RARE))

    def find_instances(self, study: Uid, series: Sequence[Uid] = ()) -> list[InstanceAnswer]:
        """C-FIND at IMAGE level: once for the study where the archive takes that, else for each series."""
        if not series and not self._asks_by_series:
            whole: dict[int, str] = {**dict.fromkeys(IMAGE_LEVEL, ""), Tag.STUDY: uid_key(study)}
            found = self._ask(Level.IMAGE, whole)
            if found.answers and found.status == SUCCESS:
                return answers.instances(study, found.answers)
            if found.status != SUCCESS and not is_refusal(found.status):
                raise fault_of_request(found.status)
        named = list(series) or [one.series for one in self.find_series(study)]
        gathered: list[InstanceAnswer] = []
        for one in named:
            keys: dict[int, str] = {Tag.STUDY: uid_key(study), Tag.SERIES: uid_key(one)}
            gathered += answers.instances(study, self._find(Level.IMAGE, keys, IMAGE_LEVEL), one)
        # An archive that answers by series alone is not asked otherwise again.
        self._asks_by_series |= bool(gathered) and not series
        return gathered

    def retrieve(self, wanted: Wanted, is_cancelled: Callable[[], bool]) -> Retrieved:
        """C-MOVE or C-GET, in as few requests as the archive takes."""
        offer = self._offer
        if self._settings.retrieve is Retrieval.GET:
            offer = get_offer(one.sop_class for one in wanted.instances)
        so_far = Retrieved()
        failures = 0
        waiting = deque(portions(wanted, self._settings.most_uids if self._takes_lists else 1))
        while waiting and not is_cancelled():
            portion = waiting.popleft()
            done = self._fetch(portion, offer, is_cancelled)
            failures = failures + 1 if is_unable(done.status) else 0
            if _refuses_list(portion, done):
                # What is unable now may have stumbled over one of them; anything else is for good.
                self._takes_lists &= is_unable(done.status)
                singly = [one for each in (portion, *waiting) for one in each.singly()]
                waiting = deque(singly)
            elif failures and portion.level is Level.IMAGE and failures <= MOST_FAILURES:
                done = replace(done, failed=1)
            elif not _is_an_end(done.status):
                raise fault_of_request(done.status)
            so_far = _added(so_far, done)
            if done.status in _OUT_OF_RESOURCES or done.status == CANCELLED:
                break
        return so_far

    def close(self) -> None:
        """Release associations that are open."""
        self._asking.close()
        self._getting.close()

    def _fetch(self, portion: Portion, offer: Offer, is_cancelled: Callable[[], bool]) -> Suboperations:
        keys: dict[int, str] = {Tag.STUDY: uid_key(portion.study)}
        if portion.series:
            keys[Tag.SERIES] = uid_key(portion.series)
        if portion.instances:
            keys[Tag.SOP_INSTANCE] = "\\".join(uid_key(uid) for uid in portion.instances)
        level, silence_s = portion.level, self._settings.silence_s
        if self._settings.retrieve is Retrieval.GET:
            return self._getting.ask(offer, lambda line: get(line, level, keys, is_cancelled), silence_s)
        move_to = self._settings.move_to
        return self._asking.ask(offer, lambda line: move(line, level, keys, move_to, is_cancelled), silence_s)

    def _find(
        self, level: Level, keys: dict[int, str], asked: Sequence[Tag], rare: Sequence[Tag] = ()
    ) -> list[answers.Answer]:
        everything = (*asked, *rare) if self._knows_rare else asked
        found = self._ask(level, {**dict.fromkeys(everything, ""), **keys})
        if rare and self._knows_rare and is_refusal(found.status):
            plain = self._ask(level, {**dict.fromkeys(asked, ""), **keys})
            if plain.status == SUCCESS:
                self._knows_rare = False
                found = plain
        # Answers that end with anything else, a warning too, may not be all of them.
        if found.status != SUCCESS:
            raise fault_of_request(found.status)
        return list(found.answers)

    def _ask(self, level: Level, keys: dict[int, str]) -> Found:
        return self._asking.ask(self._offer, lambda line: find(line, level, keys))

    def _echo(self, line: Open) -> None:
        for service, name in ((STUDY_ROOT_FIND, "C-FIND"), (STUDY_ROOT_MOVE, "C-MOVE")):
            if service in dict(self._offer.contexts) and not accepts(line.association, service):
                raise ArchiveRefused(f"the archive offers no {name} (Study Root)")
        if not accepts(line.association, VERIFICATION):
            return
        try:
            status = line.association.send_c_echo(line.message_id)
        except RuntimeError:
            # The association ended since we last looked.
            raise NoAnswer("the association was gone") from None
        if "Status" not in status:
            raise NoAnswer("C-ECHO was not answered")
        if status.Status != SUCCESS:
            raise fault_of_request(int(status.Status))


def _is_an_end(status: int) -> bool:
    """Whether a request ran its course, with objects left over or without."""
    return status in (SUCCESS, CANCELLED) or is_warning(status) or status in _OUT_OF_RESOURCES


def _refuses_list(portion: Portion, done: Suboperations) -> bool:
    """Whether a list of UIDs failed as a whole, or only one of it was looked at."""
    if len(portion.instances) < 2:
        return False
    counted = done.completed + done.failed + done.warned
    return is_refusal(done.status) or (done.status == SUCCESS and 0 < counted < len(portion.instances))


def _added(before: Retrieved, done: Suboperations) -> Retrieved:
    return Retrieved(
        before.completed + done.completed,
        before.failed + done.failed,
        before.warned + done.warned,
        done.status,
        before.requests + 1,
    )
