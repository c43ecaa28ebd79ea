"""Descriptions that wait for a decision, and the decisions: recorded with who made them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from tirage.flow.steps.judging import judge_again
from tirage.model.identifiers import ProjectName
from tirage.model.requests import Level, Listing
from tirage.service.asking import ProjectUnknown
from tirage.service.build import Parts
from tirage.store import audit, descriptions, fetches, optouts, times
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.descriptions import Change, Waiting


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of decisions: the version of the list that holds them, and how many were news."""

    version: int
    news: int


def waiting(parts: Parts, name: ProjectName, level: Level) -> list[Waiting]:
    """The descriptions nobody decided yet, those of most studies first; raises `ProjectUnknown`."""
    _check(parts, name)
    with reading(parts.database) as connection:
        return descriptions.worklist(connection, name, level)


def decide(
    parts: Parts, name: ProjectName, level: Level, decisions: Mapping[str, Listing], account: str
) -> Decided:
    """Record decisions as one new version of the list, and want what was waiting for them."""
    _check(parts, name)
    project, at = parts.rules[name].project, times.micros(times.now())
    opted_out = optouts.read(parts.lists, project)

    def unit(connection: Connection) -> Decided:
        version, news = descriptions.decide(connection, name, level, decisions, account, at)
        if news:
            detail = {"version": version, "level": level.value, "descriptions": news}
            audit.append(connection, [Line(account, "decide", f"project:{name}", detail)], at)
            if level is Level.SERIES:
                fetches.decided(connection, name, at)
            else:
                judge_again(connection, project, opted_out, at)
        return Decided(version, news)

    return repeated(parts.database, unit)


def history(parts: Parts, name: ProjectName) -> list[Change]:
    """Every decision ever made, the oldest first."""
    _check(parts, name)
    with reading(parts.database) as connection:
        return descriptions.history(connection, name)


def _check(parts: Parts, name: ProjectName) -> None:
    if name not in parts.rules:
        raise ProjectUnknown(f"no project {name} on this node")
