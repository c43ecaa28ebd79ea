"""Answers of the XNAT double: rows of listings and items, as the wiki pages of its API have them."""

import json
from typing import Any

from tests.peers.xnat_store import Kept

Answer = tuple[int, str, bytes]


def json_answer(content: Any) -> Answer:
    """Anything as JSON."""
    return 200, "application/json", json.dumps(content).encode()


def result(rows: list[dict[str, Any]]) -> Answer:
    """Rows of a listing."""
    return json_answer({"ResultSet": {"Result": rows, "totalRecords": str(len(rows))}})


def item(kind: str, fields: dict[str, Any]) -> Answer:
    """A single object."""
    meta = {"xsi:type": kind, "isHistory": False}
    return json_answer({"items": [{"children": [], "meta": meta, "data_fields": fields}]})


def url_of(kept: Kept) -> str:
    """Where a waiting session is, without `/data`."""
    return f"/prearchive/projects/{kept.project}/{kept.stamp}/{kept.label}"


def waiting_row(kept: Kept) -> dict[str, Any]:
    """A session of the prearchive."""
    return {
        "project": kept.project,
        "subject": kept.subject,
        "name": kept.label,
        "folderName": kept.label,
        "tag": kept.study,
        "status": kept.status,
        "timestamp": kept.stamp,
        "url": url_of(kept),
    }


def subject_of(kept: Kept) -> str:
    """The number of a subject."""
    return f"XNAT_S_{kept.subject}"


def kind_of(kept: Kept) -> str:
    """The type of a session, by its modality."""
    return {"MR": "xnat:mrSessionData", "CT": "xnat:ctSessionData"}.get(
        kept.modality, "xnat:otherDicomSessionData"
    )


def session_row(kept: Kept) -> dict[str, Any]:
    """A session of a listing."""
    return {"ID": kept.number, "label": kept.label, "xsiType": kind_of(kept), "project": kept.project}
