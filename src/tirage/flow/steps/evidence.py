"""The numbers people judge a proposed release by, worked out once, when it is proposed.

They are part of what is signed: who signs has seen these numbers and no others. No identifier is among them,
and no count of fewer patients than the project's `release.small_cell`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import orjson
from sqlalchemy import Connection

from tirage.deliver import cells
from tirage.deliver.cells import Traits
from tirage.deliver.release import Member
from tirage.dicom.elements import Malformed, read_header
from tirage.dicom.sources import FileSource
from tirage.flow.context import Context, Rules
from tirage.flow.steps import review
from tirage.model.outcomes import Disposition
from tirage.policy.destinations import address
from tirage.store import evidence
from tirage.store.database import reading
from tirage.verify.canary import canary_recall, measure

CANARY_SEED, CANARY_ROUNDS = 2026, 4
READERS = ("rapidocr", "onnxruntime", "pydicom")
"""Packages whose version decides what is found in a picture or read of a header."""

_STUDY_DATE, _SEX, _AGE, _BODY_PART = 0x00080020, 0x00100040, 0x00101010, 0x00180015


def gather(context: Context, rules: Rules, members: Sequence[Member]) -> str:
    """Everything that is shown of a candidate, as JSON."""
    name, outputs = rules.project.name, [member.output for member in members]
    threshold = rules.project.release.small_cell
    traits = _traits(context, members)
    patients, studies = {each.pseudonym for each in outputs}, {each.study for each in outputs}
    with reading(context.database) as connection:
        standing = evidence.standing(connection, name)
        found = evidence.findings(connection, name)
        known = evidence.released(connection, name, patients, studies)
        sample = _sample(connection, rules)
    content = {
        "counts": {
            "patients": len(patients),
            "studies": len(studies),
            "series": len({each.series for each in outputs}),
            "objects": len(outputs),
            "modalities": dict(sorted(Counter(each.modality for each in outputs).items())),
        },
        "attrition": _attrition(standing, len(members)),
        "findings": [asdict(each) for each in found],
        "canary": _canary() | {"measured_at": context.micros()},
        "sample": sample,
        "small_cell": threshold,
        "cells": [asdict(each) for each in cells.tables(traits, threshold)],
        "rarity": asdict(cells.rarity(traits, threshold)),
        "unread_series": sum(not each.modality for each in traits),
        "delta": {
            "new_patients": len(patients) - known[0],
            "known_patients": known[0],
            "new_studies": len(studies) - known[1],
            "known_studies": known[1],
        },
        "destinations": _destinations(rules),
        "detectors": detectors(context.software, rules.profile.edition),
    }
    return written(rules, content)


def unsigned(connection: Connection, rules: Rules, software: str) -> dict[str, Any]:
    """What is kept of a release that nobody signs: what was read of it and by what; no other numbers."""
    return {"sample": _sample(connection, rules), "detectors": detectors(software, rules.profile.edition)}


def written(rules: Rules, content: dict[str, Any]) -> str:
    """Evidence as it is kept: with the rules themselves, to compare the next release's with."""
    meant = rules.project.model_dump(mode="json", by_alias=True)
    return orjson.dumps(content | {"rules": meant}, option=orjson.OPT_SORT_KEYS).decode()


def _attrition(standing: dict[str, dict[str, int]], members: int) -> dict[str, Any]:
    pending = sum(standing.get(Disposition.PENDING, {}).values())
    left = {
        each.value: dict(sorted(standing.get(each, {}).items()))
        for each in (Disposition.QUARANTINED, Disposition.REJECTED, Disposition.HELD)
    }
    return {
        "received": sum(sum(counts.values()) for counts in standing.values()),
        "left": left,
        "released": sum(standing.get(Disposition.RELEASED, {}).values()),
        "elsewhere": pending - members,
        "candidate": members,
    }


def _traits(context: Context, members: Sequence[Member]) -> list[Traits]:
    """What the first object of each series says, read from the bytes that would leave."""
    first: dict[str, Member] = {}
    for member in members:
        first.setdefault(member.output.series, member)
    return [_of(context, member) for member in first.values()]


def _of(context: Context, member: Member) -> Traits:
    source = FileSource.open(context.objects.path(member.output.digest))
    try:
        header = read_header(source)
        year, sex, age, part = (header.text(tag) for tag in (_STUDY_DATE, _SEX, _AGE, _BODY_PART))
    except Malformed:
        return Traits(member.output.pseudonym, "", "", "", "", "")
    finally:
        source.close()
    return Traits(member.output.pseudonym, member.output.modality, year[:4], sex, age, part)


@lru_cache(maxsize=1)
def _canary() -> dict[str, Any]:
    """How much of what was planted the gate of this installation sees; measured once a process (1 s)."""
    rows = [row for row in measure(CANARY_SEED, CANARY_ROUNDS) if row.view != "nothing"]
    return {
        "planted": sum(row.planted for row in rows),
        "found": sum(row.found for row in rows),
        "recall": canary_recall(rows),
        "missed": {row.view: row.planted - row.found for row in rows if row.found < row.planted},
    }


def _sample(connection: Connection, rules: Rules) -> dict[str, Any] | None:
    if rules.project.review.sampling is None:
        return None
    found = review.standing(connection, rules.project.name, rules.profile.digest)
    return {
        "planned": found.planned,
        "read": found.read,
        "read_twice": found.double_read,
        "failed": found.failed,
        "drawn": found.drawn,
        "drawn_failed": found.drawn_failed,
        "upper_bound": found.upper_bound,
        "agreement": {"pairs": found.agreement.pairs, "alike": found.agreement.alike},
    }


def _destinations(rules: Rules) -> list[dict[str, str]]:
    return [
        {
            "name": each.name,
            "kind": each.kind,
            "where": address(each),
        }
        for each in rules.project.destinations
    ]


def detectors(software: str, edition: str) -> dict[str, str]:
    """What looks for identifiers here, with versions; `edition` names the edition of PS3.15."""
    found = {"gate": software, "PS3.15": edition}
    for package in READERS:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
