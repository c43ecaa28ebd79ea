"""How a node is, for monitoring; asked of the record, not of the other processes."""

import shutil

from tirage.errors import TirageError
from tirage.settings import Settings
from tirage.store.database import open_database, reading
from tirage.store.dispositions import tallies
from tirage.store.studies import stages
from tirage.web.health import Snapshot


class NodeHealth:
    """Answers `tirage.web.health`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database = open_database(settings.catalogue_url)

    def snapshot(self) -> Snapshot:
        """The node as it is now."""
        usage = shutil.disk_usage(self._settings.identified)
        free = usage.free / usage.total
        failing = ["disk"] if free < self._settings.storage.watermark_percent / 100 else []
        try:
            with reading(self._database) as connection:
                counts, by_stage = tallies(connection), stages(connection)
        except TirageError:
            return Snapshot(failing=("database", *failing), disk_free=free)
        return Snapshot(tuple(failing), {str(name): count for name, count in counts.items()}, by_stage, free)
