"""C-FIND as a requestor, Study Root (PS3.4 C.4.1): keys in, answers as text out."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tirage.dicom.charsets import charset_of
from tirage.model.archives import ArchiveContradicts, ArchiveRefused, ArchiveUnreachable
from tirage.network.scu.line import NoAnswer, Open, accepts
from tirage.network.status import PENDING

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

STUDY_ROOT_FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"
MOST_ANSWERS: Final = 100_000
"""An archive that answers with more ignores what it was asked; nobody means to fetch that by one query."""

_CHARACTER_SET: Final = 0x00080005
_LEVEL: Final = 0x00080052
_UTF8: Final = "ISO_IR 192"

Answer = Mapping[int, str]
"""What was answered, by tag; values joined by a backslash, attributes without value left out."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answers, and the status the archive ended with."""

    answers: list[Answer]
    status: int


def find(opened: Open, level: str, keys: Mapping[int, str]) -> Found:
    """Every answer to a query; keys with an empty value are asked to be returned.

    Raises `NoAnswer` when nothing was answered at all, `ArchiveUnreachable` when the archive fell silent or
    went away, `ArchiveRefused` when it offers no C-FIND, `ArchiveContradicts` for an answer that is none.
    """
    association = opened.association
    if not accepts(association, STUDY_ROOT_FIND):
        raise ArchiveRefused("the archive offers no C-FIND (Study Root)")
    answers: list[Answer] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote values
        try:
            identifier = identifier_of(level, keys)
            responses = association.send_c_find(identifier, STUDY_ROOT_FIND, opened.message_id)
        except RuntimeError:
            # The association ended since we last looked.
            raise NoAnswer("the association was gone") from None
        for status, answer in responses:
            if "Status" not in status:
                break
            if status.Status not in PENDING:
                return Found(answers, int(status.Status))
            if answer is None:
                raise ArchiveContradicts("an answer to C-FIND cannot be read")
            answers.append(_read(answer, keys))
            if len(answers) > MOST_ANSWERS:
                raise ArchiveContradicts(f"more than {MOST_ANSWERS:,} answers to one query")
    raise _gone(opened, len(answers))


def _gone(opened: Open, answered: int) -> ArchiveUnreachable:
    if opened.messages.is_late:
        return ArchiveUnreachable("the archive fell silent during a query")
    fault = ArchiveUnreachable if answered else NoAnswer
    return fault("the archive went away during a query")


def identifier_of(level: str, keys: Mapping[int, str]) -> "Dataset":
    """The identifier of a query or retrieval; UTF-8 is declared where a value needs it."""
    from pydicom import config
    from pydicom.datadict import dictionary_VR
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

    values = {_LEVEL: level, **keys}
    if not all(value.isascii() for value in values.values()):
        values[_CHARACTER_SET] = _UTF8
    dataset = Dataset()
    for tag, value in sorted(values.items()):
        # pydicom's complaints about values quote them; what is sent was checked by whoever asks.
        dataset.add(DataElement(tag, dictionary_VR(tag), value, validation_mode=config.IGNORE))
    return dataset


def _read(identifier: "Dataset", keys: Mapping[int, str]) -> Answer:
    charset = charset_of(_raw(identifier, _CHARACTER_SET))
    texts = {tag: charset.read(_raw(identifier, tag)).strip(" \0") for tag in keys}
    return {tag: text for tag, text in texts.items() if text}


def _raw(identifier: "Dataset", tag: int) -> bytes:
    """A value as it came over the wire, never decoded by pydicom, which stumbles and quotes."""
    if tag not in identifier:
        return b""
    value = identifier.get_item(tag).value
    return value if isinstance(value, bytes) else b""
