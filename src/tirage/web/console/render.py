"""Templates into pages: everything is escaped, times are UTC, numbers have separators."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from tirage.web.console.reader import Reader

TEMPLATES = Path(__file__).parent / "templates"


def render(
    request: Request, template: str, asking: Reader | None = None, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page; `asking` is who looks at it, None for pages that need no account.

    Templates also know `path` (of this page), `once` (a new word for a form), `csrf` and `may`.
    """
    page = _environment().get_template(template)
    known = {
        "path": request.url.path,
        "asking": asking,
        "may": asking.may if asking else _nothing,
        "csrf": asking.csrf if asking else "",
        "once": uuid4().hex,
        "status": status,
    }
    return HTMLResponse(page.render(known | values), status)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "moment": moment, "day": day, "size": size}
    return environment


def number(value: int) -> str:
    """12,345."""
    return f"{value:,}"


def moment(micros: int | None) -> str:
    """Microseconds since 1970 as a minute in UTC; empty for none."""
    return f"{datetime.fromtimestamp(micros / 1e6, UTC):%Y-%m-%d %H:%M}" if micros else ""


def day(text: str) -> str:
    """A DICOM date as a date to read; anything else as it is."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def size(size_bytes: float) -> str:
    """Bytes to read: 12.3 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} TB"


def _nothing(permission: str, project: str | None = None) -> bool:
    return False
