"""`release.json`: how a release came to be, what it was judged by, and what it adds to the one before."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tirage.deliver.manifest import approvals, counts, stamp
from tirage.deliver.release import Release, label
from tirage.model.identifiers import Digest, Uid

FORMAT = "tirage-release-contents-1"

_SHOWN = ("canary", "sample", "small_cell", "cells", "rarity")
"""Of the numbers that people judged it by: what says how safe it is, and nothing of what was left out."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a release comes from: what was signed, the numbers shown, and which software looked at it.

    `statement` and `evidence` are empty for releases made before candidates were kept; of one that nobody
    signs `evidence` has what was read of it alone.
    """

    title: str
    statement: str
    evidence: Mapping[str, Any]
    detectors: Mapping[str, str]
    software: str


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows the tables of a release have, and in how many objects' headers nothing could be read."""

    studies: int
    series: int
    instances: int
    unread: int = 0
    linked: int | None = None


def account(
    release: Release,
    origin: Origin,
    rows: Rows,
    before: Mapping[Uid, int],
    files: Mapping[str, Digest],
) -> bytes:
    """The release's `release.json`; `before` says how many objects of a study earlier versions hold.

    `files` are the digests of its tables and lists, without those that name this file in their turn.
    """
    studies = sorted({member.output.study for member in release.members})
    content = {
        "format": FORMAT,
        "project": release.project,
        "title": origin.title,
        "version": release.label,
        "created": stamp(release.frozen_at),
        "software": origin.software,
        "policy": {"digest": release.policy, "profile": f"PS3.15 {release.edition}"},
        "detectors": dict(sorted(origin.detectors.items())),
        "statement": origin.statement or None,
        "approvals": approvals(release),
        "judged_by": {name: origin.evidence[name] for name in _SHOWN if name in origin.evidence},
        "counts": counts(release),
        "rows": {
            "studies": rows.studies,
            "series": rows.series,
            "instances": rows.instances,
            "linked_procedures": rows.linked,
            "unread_headers": rows.unread,
        },
        "adds": {
            "to": label(release.version - 1) if release.version > 1 else None,
            "added_studies": [uid for uid in studies if not before.get(uid)],
            "changed_studies": [uid for uid in studies if before.get(uid)],
        },
        "files": dict(sorted(files.items())),
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
