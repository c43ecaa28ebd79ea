"""C-MOVE as a requestor, Study Root (PS3.4 C.4.2): the archive sends to a node it knows by its AE title."""

from collections.abc import Callable, Mapping
from typing import Final

from tirage.model.archives import ArchiveRefused
from tirage.network.scu.find import identifier_of
from tirage.network.scu.line import Open, accepts
from tirage.network.scu.retrieval import Suboperations, follow

STUDY_ROOT_MOVE: Final = "1.2.840.10008.5.1.4.1.2.2.2"


def move(
    opened: Open, level: str, keys: Mapping[int, str], move_to: str, is_cancelled: Callable[[], bool]
) -> Suboperations:
    """Have the archive send what the unique keys name to `move_to`; see `follow` for what is raised."""
    association = opened.association
    if not accepts(association, STUDY_ROOT_MOVE):
        raise ArchiveRefused("the archive offers no C-MOVE (Study Root)")
    identifier = identifier_of(level, keys)
    return follow(
        opened,
        lambda: association.send_c_move(identifier, move_to, STUDY_ROOT_MOVE, opened.message_id),
        STUDY_ROOT_MOVE,
        is_cancelled,
    )
