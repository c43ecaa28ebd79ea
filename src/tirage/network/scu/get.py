"""C-GET as a requestor, Study Root (PS3.4 C.4.3): objects come over the association that asked for them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from tirage.model.archives import ArchiveRefused
from tirage.network.offers import storage_classes
from tirage.network.scu.association import MOST_CONTEXTS
from tirage.network.scu.find import identifier_of
from tirage.network.scu.line import Offer, Open, accepts
from tirage.network.scu.retrieval import (
    EXPLICIT_LITTLE,
    IDENTIFIER_SYNTAXES,
    IMPLICIT_LITTLE,
    Suboperations,
    follow,
)

STUDY_ROOT_GET: Final = "1.2.840.10008.5.1.4.1.2.2.3"

_JPEG: Final = "1.2.840.10008.1.2.4."
BY_USE: Final = (
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    _JPEG + "70",
    _JPEG + "90",
    _JPEG + "50",
    _JPEG + "80",
    "1.2.840.10008.1.2.5",
    _JPEG + "91",
    _JPEG + "51",
    _JPEG + "57",
    _JPEG + "81",
    "1.2.840.10008.1.2.1.99",
    _JPEG + "201",
    _JPEG + "202",
    _JPEG + "203",
    _JPEG + "100",
    _JPEG + "101",
    _JPEG + "102",
    _JPEG + "103",
    _JPEG + "107",
    "1.2.840.10008.1.2.2",
)
"""Transfer syntaxes, those that archives hold most of first."""

USUAL: Final = (
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1.2",
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.6.1",
    "1.2.840.10008.5.1.4.1.1.3.1",
    "1.2.840.10008.5.1.4.1.1.12.1",
    "1.2.840.10008.5.1.4.1.1.12.2",
    "1.2.840.10008.5.1.4.1.1.20",
    "1.2.840.10008.5.1.4.1.1.128",
    "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.13.1.3",
    "1.2.840.10008.5.1.4.1.1.88.11",
    "1.2.840.10008.5.1.4.1.1.88.22",
    "1.2.840.10008.5.1.4.1.1.88.33",
    "1.2.840.10008.5.1.4.1.1.88.67",
    "1.2.840.10008.5.1.4.1.1.88.59",
    "1.2.840.10008.5.1.4.1.1.11.1",
    "1.2.840.10008.5.1.4.1.1.104.1",
    "1.2.840.10008.5.1.4.1.1.66.4",
    "1.2.840.10008.5.1.4.1.1.481.3",
    "1.2.840.10008.5.1.4.1.1.481.5",
)
"""SOP classes asked for where the archive does not say which it holds."""


def get_offer(sop_classes: Iterable[str]) -> Offer:
    """What is offered to receive objects of these classes.

    The acceptor of a presentation context chooses one transfer syntax for all of its objects, and would
    decode or compress the others: so each pair of class and syntax gets a context of its own, as many
    syntaxes as fit into 128 contexts beside the one of C-GET itself.
    """
    named = [name for name in sorted(set(sop_classes)) if name]
    classes = tuple(named or [name for name in USUAL if name in storage_classes()])[: MOST_CONTEXTS - 1]
    syntaxes = BY_USE[: max(1, (MOST_CONTEXTS - 1) // len(classes))]
    pairs: list[tuple[str, tuple[str, ...]]] = [(name, (one,)) for name in classes for one in syntaxes]
    if len(syntaxes) == 1:
        pairs = [(name, BY_USE[:2]) for name in classes]
    return Offer(((STUDY_ROOT_GET, IDENTIFIER_SYNTAXES), *pairs), classes)


def get(opened: Open, level: str, keys: Mapping[int, str], is_cancelled: Callable[[], bool]) -> Suboperations:
    """Receive what the unique keys name; see `follow` for what is raised.

    Objects go to the intake of the line and are answered once they are committed. A transient fault of the
    intake cancels the request and is raised when that is over.
    """
    association = opened.association
    if not accepts(association, STUDY_ROOT_GET):
        raise ArchiveRefused("the archive offers no C-GET (Study Root)")
    identifier = identifier_of(level, keys)
    messages = opened.messages
    messages.fault = None
    done = follow(
        opened,
        lambda: association.send_c_get(identifier, STUDY_ROOT_GET, opened.message_id),
        STUDY_ROOT_GET,
        lambda: messages.fault is not None or is_cancelled(),
    )
    if messages.fault is not None:
        raise messages.fault
    return done
