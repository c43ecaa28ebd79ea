"""What a worker looks after besides its pipeline."""

from tirage.service.build import Parts
from tirage.service.heads import Heads
from tirage.service.schedule import Schedules
from tirage.service.worker import Watcher
from tirage.settings import Settings


def make_watchers(settings: Settings, parts: Parts) -> list[Watcher]:
    """The schedules of projects, and the signed ends of the audit."""
    return [Schedules(settings, parts), Heads(settings, parts.database)]
