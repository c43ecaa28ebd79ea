"""Which objects a PACS lists after it took them: C-FIND at IMAGE level, series by series."""

from collections.abc import Iterable, Mapping
from typing import Final

from tirage.model.delivery import Consignment
from tirage.model.identifiers import Uid
from tirage.model.records import Origin, OriginKind
from tirage.network.archives.attributes import Tag
from tirage.network.archives.keys import uid_key
from tirage.network.scu.association import Peer
from tirage.network.scu.find import STUDY_ROOT_FIND, find
from tirage.network.scu.line import Line, single
from tirage.network.scu.retrieval import IDENTIFIER_SYNTAXES
from tirage.network.status import SUCCESS, fault_of_request

MOST_SINGLE: Final = 50
"""So many objects of a series that its list lacks are asked for one by one: archives cut long lists."""


def listed(peer: Peer, consignments: Iterable[Consignment]) -> set[Uid]:
    """Those of the objects that the peer lists in the series they belong to.

    Raises what a query does: `ArchiveUnreachable`, `ArchiveBusy`, `ArchiveRefused`, `ArchiveContradicts`.
    """
    by_series: dict[tuple[Uid, Uid], list[Uid]] = {}
    for each in consignments:
        by_series.setdefault((each.study, each.series), []).append(each.sop_instance)
    line = Line(peer, Origin(OriginKind.ARCHIVE))
    found: set[Uid] = set()
    try:
        for (study, series), instances in by_series.items():
            keys: dict[int, str] = {
                Tag.STUDY: uid_key(study),
                Tag.SERIES: uid_key(series),
                Tag.SOP_INSTANCE: "",
            }
            there = _asked(line, keys)
            missing = [uid for uid in instances if uid not in there]
            if there and len(missing) <= MOST_SINGLE:
                for uid in missing:
                    there |= _asked(line, {**keys, Tag.SOP_INSTANCE: uid_key(uid)})
            found |= there & set(instances)
    finally:
        line.close()
    return found


def can_list(peer: Peer) -> None:
    """Ask for an object that nobody has; raises what `listed` does."""
    nobodys = Uid("2.25.0")
    line = Line(peer, Origin(OriginKind.ARCHIVE))
    try:
        _asked(line, {Tag.STUDY: nobodys, Tag.SERIES: nobodys, Tag.SOP_INSTANCE: nobodys})
    finally:
        line.close()


def _asked(line: Line, keys: Mapping[int, str]) -> set[Uid]:
    offer = single([STUDY_ROOT_FIND], IDENTIFIER_SYNTAXES)
    answer = line.ask(offer, lambda opened: find(opened, "IMAGE", keys))
    if answer.status != SUCCESS:
        raise fault_of_request(answer.status)
    return {Uid(each.get(Tag.SOP_INSTANCE, "")) for each in answer.answers}
