"""`/audit`: who did what, and whether all of it is still as it was written. Holds handles, no identifiers."""

from collections.abc import Iterator
from typing import Annotated, Literal, Protocol

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from tirage.model.people import Permission, Who
from tirage.web.api.access import allowed
from tirage.web.api.paging import Cursor, Most, Page, place

Looking = Annotated[Who, Depends(allowed(Permission.SEE_AUDIT))]
Value = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Moment = Annotated[int | None, Query(ge=0, le=2**53, description="Microseconds since 1970.")]
MEDIA_TYPES = {"json": "application/x-ndjson", "dicom": "application/xml-seq"}


class AuditLine(BaseModel):
    """A line; time in microseconds, `detail` as JSON text, `hash` covers it and all before it."""

    seq: int
    at: int
    actor: str
    action: str
    subject: str
    detail: str
    hash: str


class AuditSought(BaseModel):
    """Which lines: equal to what is given."""

    actor: Value = ""
    action: Value = ""
    subject: Value = ""
    since: Moment = None
    until: Moment = None


class AuditVerdict(BaseModel):
    """Whether the chain is whole: `bad` is the first line that is not as it was, null when all are."""

    lines: int
    heads: int
    last_head: int
    bad: int | None
    why: str
    failing: str


class Trail(Protocol):
    """Whoever keeps the audit."""

    def listed(self, who: Who, sought: AuditSought, before: int | None, most: int) -> Page[AuditLine]:
        """Lines that fit, the newest first."""

    def verdict(self, who: Who) -> AuditVerdict:
        """A look at the whole chain."""

    def exported(self, who: Who, after: int, form: str) -> Iterator[bytes]:
        """Lines in order, as they are handed out."""


def router(trail: Trail) -> APIRouter:
    """The routes of this resource."""
    routes = APIRouter(tags=["audit"])

    @routes.get("/audit")
    def listed(
        who: Looking, sought: Annotated[AuditSought, Query()], after: Cursor = "", most: Most = 50
    ) -> Page[AuditLine]:
        """Lines of the audit, the newest first."""
        begin = place(after, int)
        return trail.listed(who, sought, int(begin[0]) if begin else None, most)

    @routes.get("/audit/verdict")
    def verdict(who: Looking) -> AuditVerdict:
        """Look at every line and every signed head; takes seconds a million lines."""
        return trail.verdict(who)

    @routes.get(
        "/audit/export",
        response_class=StreamingResponse,
        responses={200: {"content": {media: {} for media in MEDIA_TYPES.values()}}},
    )
    def exported(
        who: Looking,
        after: Annotated[int, Query(ge=0, le=2**53)] = 0,
        form: Literal["json", "dicom"] = "json",
    ) -> StreamingResponse:
        """All lines behind a number: JSON lines, or DICOM audit messages, one a line."""
        headers = {"Content-Disposition": f'attachment; filename="audit.{form}l"'}
        return StreamingResponse(
            trail.exported(who, after, form), media_type=MEDIA_TYPES[form], headers=headers
        )

    return routes
