"""Follow changes of the project files while the node works, and say so in the audit and the log."""

import structlog
from sqlalchemy import Connection

from tirage.deliver.release import label
from tirage.flow.context import Rules
from tirage.model.identifiers import short
from tirage.service.build import Parts
from tirage.store import audit, candidates, times
from tirage.store.audit import Line
from tirage.store.candidates import SYSTEM
from tirage.store.database import repeated


class Following:
    """Takes up what changes in the project files of a node."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def look(self) -> None:
        """Take up what changed; an invalid file leaves the old rules in force."""
        follow(self._parts)


def follow(parts: Parts) -> None:
    """Take up what changed in the project files; an invalid one leaves the old rules in force."""
    news = parts.rules.look()
    if news is None:
        return
    log = structlog.get_logger("tirage.projects")
    if news.problems:
        log.error("project file invalid: the rules read before stay in force", problems=news.problems)
    lines = (
        [Line(SYSTEM, "rules-refused", "node:projects", {"problems": news.problems})] if news.problems else []
    )

    def unit(connection: Connection) -> list[Line]:
        made = lines + [_line(connection, before, now) for before, now in news.changed]
        audit.append(connection, made, times.micros(times.now()))
        return made

    for each in repeated(parts.database, unit):
        if each.action == "rules-changed":
            log.warning("rules changed", **dict(each.detail))


def _line(connection: Connection, before: Rules | None, now: Rules) -> Line:
    """What changed; `returns_to` names the release whose rules these are again, where they are older ones."""
    name = now.project.name
    detail: dict[str, str | int] = {
        "project": name,
        "from": short(before.terms) if before else "",
        "to": short(now.terms),
        "policy": short(now.profile.digest),
        "signatures": now.signatures,
    }
    if before is not None and now.signatures < before.signatures:
        detail["signatures_before"] = before.signatures
    earlier = candidates.released_with(connection, name, now.terms)
    last = candidates.last_released(connection, name)
    if earlier is not None and last is not None and earlier.terms != last.terms:
        detail["returns_to"] = label(earlier.version)
    return Line(SYSTEM, "rules-changed", f"project:{name}", detail)
