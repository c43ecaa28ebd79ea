"""A small research PACS to deliver to: it keeps what it is sent as files, and lists what it has.

For the demo, on loopback. It answers C-ECHO, C-STORE and C-FIND at IMAGE level (PS3.4 B, C), nothing else.
"""

import re
import warnings
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tirage.network.scu.association import VERIFICATION
from tirage.network.scu.find import STUDY_ROOT_FIND
from tirage.network.status import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator

AE_TITLE = "RESEARCH"
PENDING = 0xFF00
CANNOT_UNDERSTAND = 0xC000
OUT_OF_RESOURCES = 0xA700
_UID = re.compile(r"[0-9.]{1,64}")
_KEYS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


class ResearchPacs:
    """A PACS that listens on a free port of loopback while it is entered; files go into `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[tuple[str, str, str]] = set()
        self._server: Any = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.socket.getsockname()[1])

    def __enter__(self) -> Self:
        from pynetdicom import AE, AllStoragePresentationContexts, evt

        self._folder.mkdir(parents=True, exist_ok=True)
        ours = AE(ae_title=AE_TITLE)
        ours.supported_contexts = AllStoragePresentationContexts
        for context in ours.supported_contexts:
            context.transfer_syntax = [*_transfer_syntaxes()]
        ours.add_supported_context(VERIFICATION)
        ours.add_supported_context(STUDY_ROOT_FIND)
        handlers: list[Any] = [(evt.EVT_C_STORE, self._store), (evt.EVT_C_FIND, self._find)]
        self._server = ours.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()

    def _store(self, event: Any) -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they quote values
            dataset = event.dataset
            names = tuple(str(dataset.get(key, "")) for key in _KEYS)
        if not all(_UID.fullmatch(name) for name in names):
            return CANNOT_UNDERSTAND
        study, series, instance = names
        try:
            (self._folder / f"{instance}.dcm").write_bytes(event.encoded_dataset())
        except OSError:
            return OUT_OF_RESOURCES
        self._known.add((study, series, instance))
        return SUCCESS

    def _find(self, event: Any) -> "Iterator[tuple[int, Any]]":
        from pydicom.dataset import Dataset

        wanted = [str(event.identifier.get(key, "") or "") for key in _KEYS]
        for names in sorted(self._known):
            if all(not key or key == name for key, name in zip(wanted, names, strict=True)):
                answer = Dataset()
                answer.QueryRetrieveLevel = "IMAGE"
                for key, name in zip(_KEYS, names, strict=True):
                    setattr(answer, key, name)
                yield PENDING, answer


def _transfer_syntaxes() -> tuple[str, ...]:
    from pynetdicom import ALL_TRANSFER_SYNTAXES

    return tuple(str(each) for each in ALL_TRANSFER_SYNTAXES)
