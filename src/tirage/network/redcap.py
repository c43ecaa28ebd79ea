"""The API of a REDCap project: one address that every question is posted to.

Source: REDCap API documentation (a page of every REDCap server, `/api/help/`): Export Metadata, Export
Records, Import Records, Export REDCap Version. Answers and error texts may hold identifiers: none is shown.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

from tirage.errors import Permanent, Transient
from tirage.network.https import Https, Service, Unanswered, fault_of

MOST_ROWS = 500
"""Rows of one import: a server with PHP's usual limits takes them in seconds."""


class RedcapUnreachable(Transient):
    """REDCap does not answer, or not now."""

    code = "REDCAP_UNREACHABLE"
    remedy = (
        "Check the address in the project's `redcap` section, and the network between; it is tried again."
    )


class RedcapRefused(Permanent):
    """REDCap answers and says no."""

    code = "REDCAP_REFUSED"
    exit_code = 77
    remedy = (
        "Check the token in the node's secrets, and that its user may use the API: export with full data set "
        "and import. `tirage redcap check PROJECT` asks again."
    )


class RedcapContradicts(Permanent):
    """REDCap's answer is not one of its API."""

    code = "REDCAP_CONTRADICTS"
    exit_code = 65
    remedy = "Check that the address is the API's, which ends in /api/, and no sign-in page stands before it."


class Redcap:
    """A REDCap project; all of it raises `RedcapUnreachable`, `RedcapRefused` or `RedcapContradicts`."""

    def __init__(self, https: Https, token: str) -> None:
        self._https = https
        self._token = token

    def version(self) -> str:
        """The server's version, such as 14.5.5."""
        return self._posted({"content": "version"}).decode("utf-8", "replace").strip()[:20]

    def fields(self) -> dict[str, str]:
        """The project's fields, each with its instrument; the first one is the record's."""
        rows = self._rows({"content": "metadata"})
        return {str(row.get("field_name", "")): str(row.get("form_name", "")) for row in rows}

    def records(self, fields: Sequence[str]) -> list[dict[str, Any]]:
        """Every record's rows, with those fields."""
        asked = {"content": "record", "type": "flat", "rawOrLabel": "raw", "exportSurveyFields": "false"}
        return self._rows(asked | {f"fields[{place}]": name for place, name in enumerate(fields)})

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write the fields named in rows, empty values too; a row says which record and instance it is."""
        for first in range(0, len(rows), MOST_ROWS):
            page = rows[first : first + MOST_ROWS]
            asked = {
                "content": "record",
                "type": "flat",
                "overwriteBehavior": "overwrite",
                "forceAutoNumber": "false",
                "returnContent": "count",
                "data": orjson.dumps(page).decode(),
            }
            self._posted(asked)

    def _rows(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        try:
            found = orjson.loads(self._posted(asked))
        except orjson.JSONDecodeError:
            raise RedcapContradicts("an answer is no JSON") from None
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise RedcapContradicts("an answer is no list of rows")
        return found

    def _posted(self, asked: dict[str, str]) -> bytes:
        form = {"token": self._token, "format": "json", "returnFormat": "json"} | asked
        try:
            answer = self._https.ask("POST", "/", form=form)
            if not answer.is_success:
                raise fault_of(answer.status)
        except Unanswered as fault:
            raise _named(fault) from None
        # An error comes with 200 from some servers that stand before REDCap, and from old versions of it.
        if answer.body.lstrip()[:9] in (b'{"error":', b"{'error':"):
            raise RedcapRefused("it answered with an error")
        return answer.body


def _named(fault: Unanswered) -> Transient | Permanent:
    return RedcapUnreachable(str(fault)) if fault.is_worth_retrying else RedcapRefused(str(fault))


@contextmanager
def opened(service: Service, token: str) -> Iterator[Redcap]:
    """The project that the token opens."""
    try:
        https = Https(service)
    except Unanswered as fault:
        raise _named(fault) from None
    try:
        yield Redcap(https, token)
    finally:
        https.close()
