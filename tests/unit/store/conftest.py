"""A whole store in a temporary folder, on SQLite."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.arrivals import CT, EXPLICIT, PROJECT, SCANNER

from tirage.model.custody import Acceptance
from tirage.model.identifiers import Digest, ProjectName, Uid
from tirage.model.records import Origin
from tirage.store.blobs import BlobStore
from tirage.store.database import open_database, upgrade
from tirage.store.intake import DurableIntake


@dataclass
class Store:
    """Bytes, records and the intake over both; `projects` is what the routes answer."""

    blobs: BlobStore
    engine: Engine
    intake: DurableIntake
    projects: list[ProjectName]

    def send(
        self, data: bytes, sop_instance: str = "1.2.3.1", origin: Origin = SCANNER, pieces: int = 3
    ) -> Acceptance:
        """Hand a data set over as an association would, in several pieces."""
        incoming = self.intake.begin(origin, CT, Uid(sop_instance), EXPLICIT)
        step = -(-len(data) // pieces) or 1
        for start in range(0, len(data), step):
            incoming.write(memoryview(data)[start : start + step])
        return incoming.commit()

    def objects(self) -> list[Digest]:
        """Every object on disk."""
        return [digest for digest, _ in self.blobs.listed()]

    def left_behind(self) -> list[Path]:
        """Temporary files."""
        return list((self.blobs.root / "tmp").iterdir())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = open_database(f"sqlite:///{tmp_path}/tirage.db")
    upgrade(engine)
    blobs = BlobStore(tmp_path / "originals", least_free=0.0)
    projects = [PROJECT]
    yield Store(blobs, engine, DurableIntake(blobs, engine, lambda origin: tuple(projects)), projects)
    engine.dispose()
