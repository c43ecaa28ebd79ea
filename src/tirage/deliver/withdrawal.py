"""The tombstone of withdrawn studies: what whoever has copies is told to delete."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from tirage.deliver.release import label
from tirage.model.identifiers import ProjectName

FORMAT = "tirage-withdrawal-1"
FOLDER = "withdrawals"


def name(number: int) -> str:
    """The file's path below the project's folder: `withdrawals/0001.json`."""
    return f"{FOLDER}/{number:04d}.json"


def document(
    project: ProjectName,
    number: int,
    made_at: datetime,
    cause: str,
    studies: Sequence[tuple[str, str]],
    versions: Mapping[str, Sequence[int]],
) -> bytes:
    """The tombstone: pairs of pseudonym and study UID, and the versions that hold each; times are UTC."""
    content = {
        "format": FORMAT,
        "project": project,
        "number": number,
        "made": made_at.astimezone(UTC).isoformat(timespec="seconds"),
        "cause": cause,
        "asks": "Delete every copy of these studies, and tell whoever has them from you to do the same.",
        "studies": [
            {
                "pseudonym": pseudonym,
                "study_uid": study,
                "versions": [label(version) for version in sorted(versions.get(study, ()))],
                "path": f"{pseudonym}/{study}",
            }
            for pseudonym, study in studies
        ],
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def seal(key: str, public: bytes, signature: bytes) -> bytes:
    """The signature beside a tombstone, over the whole of its file."""
    content = {
        "format": FORMAT,
        "algorithm": "Ed25519",
        "key": key,
        "public": base64.b64encode(public).decode(),
        "signature": base64.b64encode(signature).decode(),
    }
    return (json.dumps(content, indent=2) + "\n").encode()
