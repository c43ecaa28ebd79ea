"""The destinations of the contract suite, each before a server of its own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.contract.places import bids, folder, pacs, s3, stow, xnat
from tests.contract.places.place import Place

PLACES: dict[str, Callable[[Path], AbstractContextManager[Place]]] = {
    "bids": bids.opened,
    "folder": folder.opened,
    "pacs": pacs.opened,
    "s3": s3.opened,
    "xnat": xnat.opened,
    "pacs-commitment": pacs.promising,
    "pacs-tls": pacs.secret,
    "stow": stow.opened,
}
