"""A release's own account of itself: for people, for programs, for `sha256sum -c`."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from tirage.deliver.release import Release, label
from tirage.model.identifiers import Digest

FORMAT = "tirage-release-1"


def summary(release: Release, software: str, key: str = "") -> bytes:
    """`manifest.json`: which project, version and policy, how many of what, made when and by what.

    Times are UTC. `adds_to` names the version before, which this one does not repeat; `key` is the id of the
    key that seals the release.
    """
    content = {
        "format": FORMAT,
        "project": release.project,
        "version": release.label,
        "adds_to": label(release.version - 1) if release.version > 1 else None,
        "created": stamp(release.frozen_at),
        "policy": release.policy,
        "standard": release.edition,
        "software": software,
        "key": key or None,
        "approvals": approvals(release),
        "counts": counts(release),
        "tables": [each.name for each in release.attachments],
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def approvals(release: Release) -> list[dict[str, str]]:
    """Who signed the release before it was made, and what."""
    return [
        {
            "role": "approver",
            "account": each.account,
            "signed": stamp(each.signed_at),
            "statement": each.statement,
        }
        for each in release.approvals
    ]


def counts(release: Release) -> dict[str, object]:
    """How much of what the release holds."""
    outputs = [member.output for member in release.members]
    return {
        "patients": len({output.pseudonym for output in outputs}),
        "studies": len({output.study for output in outputs}),
        "series": len({output.series for output in outputs}),
        "objects": len(outputs),
        "bytes": release.size_bytes,
        "modalities": dict(sorted(Counter(output.modality for output in outputs).items())),
    }


def stamp(moment: datetime) -> str:
    """A time as the lists write it: UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def table(release: Release) -> bytes:
    """`manifest.parquet`: one row an object, in order of its path; UIDs are the research ones."""
    import pyarrow
    from pyarrow import parquet

    members = release.members
    columns = {
        "path": [member.name for member in members],
        "sha256": [member.output.digest for member in members],
        "size_bytes": [member.output.size_bytes for member in members],
        "pseudonym": [member.output.pseudonym for member in members],
        "study_uid": [member.output.study for member in members],
        "series_uid": [member.output.series for member in members],
        "sop_instance_uid": [member.output.sop_instance for member in members],
        "sop_class_uid": [member.output.sop_class for member in members],
        "modality": [member.output.modality for member in members],
        "transfer_syntax_uid": [member.output.transfer_syntax for member in members],
    }
    text = pyarrow.string()
    schema = pyarrow.schema(
        [(name, pyarrow.int64() if name == "size_bytes" else text) for name in columns],
        metadata={"format": FORMAT, "project": release.project, "version": release.label},
    )
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table(columns, schema=schema), sink, compression="zstd")
    return bytes(sink.getvalue())


def checksums(release: Release, others: Mapping[str, Digest]) -> bytes:
    """`SHA256SUMS`: objects and tables, then `others` (all lists but the seal), as `sha256sum -c` reads it.

    Paths need no escaping: `arrange` lets nothing but letters, digits, dot, hyphen and underscore through.
    """
    lines = [f"{member.output.digest}  {member.name}" for member in release.members]
    lines += [f"{each.digest}  {each.name}" for each in release.attachments]
    lines += [f"{digest}  {name}" for name, digest in sorted(others.items())]
    return ("\n".join(lines) + "\n").encode()
