"""The destinations of the contract suite, each before a server of its own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.contract.places import bids, folder, ftps, packed, pacs, s3, sftp, stow, xnat
from tests.contract.places.place import Place

PLACES: dict[str, Callable[[Path], AbstractContextManager[Place]]] = {
    "bids": bids.opened,
    "folder": folder.opened,
    "ftps": ftps.explicit,
    "ftps-implicit": ftps.implicit,
    "pacs": pacs.opened,
    "s3": s3.opened,
    "xnat": xnat.opened,
    "pacs-commitment": pacs.promising,
    "pacs-tls": pacs.secret,
    "stow": stow.opened,
    "sftp": sftp.opened,
    "zip": packed.into_folder,
    "zip-sftp": packed.by_sftp,
}
