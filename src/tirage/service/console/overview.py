"""Answers `tirage.web.api.overview`."""

from tirage.model.people import Permission, Who
from tirage.service.build import Parts
from tirage.store import dispositions
from tirage.store.database import reading
from tirage.web.api.overview import Counts, Summary


class NodeOverview:
    """Where everything stands at this node."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def summary(self, who: Who) -> Summary:
        """The projects that `who` may see."""
        with reading(self._parts.database) as connection:
            tallies = dispositions.tallies(connection)
        return Summary(
            projects=[
                Counts(
                    project=name,
                    received=tally.received,
                    released=tally.released,
                    held=tally.held,
                    rejected=tally.rejected,
                    quarantined=tally.quarantined,
                    pending=tally.pending,
                    reasons=tally.reasons,
                    is_conserved=tally.is_conserved,
                )
                for name, tally in tallies.items()
                if who.may(Permission.SEE_NODE, name)
            ]
        )
