"""Answers `tirage.web.api.destinations`."""

from dataclasses import asdict

from tirage.model.identifiers import ProjectName
from tirage.model.people import Permission, Who
from tirage.service import delivering
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts, make_senders
from tirage.service.connections import check_destination
from tirage.service.console.nodes import tile
from tirage.service.delivering import DestinationMissing
from tirage.settings import Settings
from tirage.store import audit, times
from tirage.store.audit import Line
from tirage.store.database import repeated
from tirage.web.api.destinations import DestinationCard, GivenUp
from tirage.web.api.node import Tile


class NodeDestinations:
    """Where this node's projects deliver."""

    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._settings, self._parts = settings, parts

    def listed(self, who: Who) -> list[DestinationCard]:
        """Where the projects deliver that `who` may see."""
        return [
            DestinationCard(**asdict(each))
            for each in delivering.standings(self._parts)
            if who.may(Permission.SEE_NODE, each.project)
        ]

    def test(self, who: Who, project: str, name: str) -> Tile | None:
        """Whether a destination answers and takes files."""
        try:
            spec = delivering.spec_of(self._parts, ProjectName(project), name)
        except (ProjectUnknown, DestinationMissing):
            return None
        check = check_destination(make_senders(self._settings), ProjectName(project), spec)
        line = Line(who.account, "test", f"destination:{project}:{name}", {"is_ok": check.is_ok})
        at = times.micros(times.now())
        repeated(self._parts.database, lambda connection: audit.append(connection, [line], at))
        return tile(check)

    def pause(self, who: Who, project: str, name: str, is_paused: bool) -> DestinationCard | None:
        """Send to a destination nothing more, or again."""
        act = delivering.pause if is_paused else delivering.resume
        try:
            act(self._parts, ProjectName(project), name, who.account)
        except (ProjectUnknown, DestinationMissing):
            return None
        return next(each for each in self.listed(who) if (each.project, each.name) == (project, name))

    def give_up(self, who: Who, project: str, name: str, version: int) -> GivenUp | None:
        """Want no more of what a destination does not take of a release."""
        try:
            files = delivering.give_up(self._parts, ProjectName(project), version, name, who.account)
        except (ProjectUnknown, DestinationMissing):
            return None
        return GivenUp(files=files)
