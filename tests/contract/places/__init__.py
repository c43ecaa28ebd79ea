"""The destinations of the contract suite, each before a server of its own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.contract.places import folder, ftps, packed, pacs, sftp
from tests.contract.places.place import Place

PLACES: dict[str, Callable[[Path], AbstractContextManager[Place]]] = {
    "folder": folder.opened,
    "ftps": ftps.explicit,
    "ftps-implicit": ftps.implicit,
    "pacs": pacs.opened,
    "sftp": sftp.opened,
    "zip": packed.into_folder,
    "zip-sftp": packed.by_sftp,
}
