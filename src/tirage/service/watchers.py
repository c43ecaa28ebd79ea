"""What a worker looks after besides its pipeline."""

from tirage.service.build import Parts
from tirage.service.changes import Following
from tirage.service.heads import Heads
from tirage.service.schedule import Schedules
from tirage.service.worker import Watcher
from tirage.settings import Settings


def make_watchers(settings: Settings, parts: Parts) -> list[Watcher]:
    """Project files, schedules, and the signed ends of the audit."""
    return [
        Following(parts),
        Schedules(settings, parts),
        Heads(settings, parts.database),
    ]
