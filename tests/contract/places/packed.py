"""Destinations that get a ZIP a study with its checksums: a folder, and an SFTP server."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.contract.places import folder, sftp
from tests.contract.places.place import Place, pixels

from tirage.network.send.packed import PackedDestination


@contextmanager
def into_folder(scratch: Path) -> Iterator[Place]:
    """A ZIP a study in a folder."""
    with _packed(folder.opened, scratch) as place:
        yield place


@contextmanager
def by_sftp(scratch: Path) -> Iterator[Place]:
    """A ZIP a study at an SFTP server."""
    with _packed(sftp.opened, scratch) as place:
        yield place


@contextmanager
def _packed(opened: Callable[[Path], AbstractContextManager[Place]], scratch: Path) -> Iterator[Place]:
    outbox, root = scratch / "outbox", scratch / "research"

    def arrived(folder: Path) -> list[str]:
        assert not list(outbox.glob("*")), "the outbox is empty when nothing is sent"
        found = []
        for number, path in enumerate(sorted(root.rglob("*.zip"))):
            into = folder / f"unpacked-{number}"
            with zipfile.ZipFile(path) as packed:
                packed.extractall(into)
            found += [pixels(each) for each in into.rglob("*.dcm")]
        return sorted(found)

    with opened(scratch) as place:
        yield Place(
            PackedDestination(place.destination, outbox, has_zips=True, side_files=("md5", "sha256")),
            PackedDestination(place.absent, outbox, has_zips=True),
            arrived,
            has_whole_studies=True,
        )
