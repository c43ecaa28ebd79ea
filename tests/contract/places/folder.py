"""A folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.contract.places.place import Place, pixels

from tirage.network.send.folder import FolderDestination


@contextmanager
def opened(scratch: Path) -> Iterator[Place]:
    """A folder, and one that is not mounted."""
    root = scratch / "research"
    root.mkdir()
    yield Place(
        FolderDestination("share", root),
        FolderDestination("share", scratch / "unmounted"),
        lambda _: sorted(pixels(path) for path in root.rglob("*") if path.is_file()),
    )
