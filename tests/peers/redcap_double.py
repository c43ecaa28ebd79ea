"""A double of the API of a REDCap project over real sockets, because REDCap cannot be installed here.

It does what the API documentation of REDCap says (`/api/help/` of every server; Export and Import Records,
Export Metadata, Export Project Info, Export REDCap Version), and nothing else: one address that is posted to;
a token of 32 characters; rows of repeating instruments beside a row of the whole record; a checkbox as
`field___code`; blank values that are ignored unless `overwriteBehavior` is `overwrite`; errors as
`{"error": …}` with 400, 403, 406 or 500. The judge of the double is the public client PyCap.
"""

import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

TOKEN = "0123456789ABCDEF0123456789ABCDEF"
STUDIES, TRANSFERS = "incoming_studies", "transfers"


@dataclass(frozen=True)
class Variable:
    """A row of the data dictionary; `codes` are a checkbox's."""

    name: str
    form: str
    validation: str = ""
    codes: tuple[str, ...] = ()


FIONA = (
    Variable("study_instance_uid", STUDIES),
    Variable("study_accession_number", STUDIES),
    Variable("study_patient_id", STUDIES),
    Variable("transfer_project_name", TRANSFERS),
    Variable("transfer_name", TRANSFERS),
    Variable("transfer_requested_date", TRANSFERS, "datetime_ymd"),
    Variable("transfer_date", TRANSFERS, "datetime_ymd"),
    Variable("transfer_error", TRANSFERS, codes=("1", "2", "3")),
    Variable("transfer_error_message", TRANSFERS),
    Variable("transfer_mapped_uid", TRANSFERS),
    Variable("transfer_objects", TRANSFERS),
)
"""The data dictionary of a project of transfer requests: FIONA's names, and one for the number of objects."""

_DATETIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
Place = tuple[str, int]
"""An instrument and an instance of it; ("", 0) is the whole record."""


class Server(ThreadingHTTPServer):
    """Says nothing of clients that leave."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class Refused(Exception):
    """A status and the error's text."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


@dataclass
class Double:
    """The running project. `data` is by record and place; `answers` are statuses of the next questions.

    `loses` names a field that is taken in and not kept; `cuts` ends the next answer in the middle.
    """

    url: str
    variables: tuple[Variable, ...] = FIONA
    data: dict[str, dict[Place, dict[str, str]]] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    loses: str = ""
    cuts: bool = False
    imports: list[list[dict[str, Any]]] = field(default_factory=list)
    said: str = ""

    def ask(self, study: str, project: str, name: str, instance: int = 1, **of_study: str) -> None:
        """A transfer request, as FIONA's pages write it."""
        record = self.data.setdefault(study, {("", 0): {"study_instance_uid": study}})
        record["", 0] |= of_study
        record[TRANSFERS, instance] = {"transfer_project_name": project, "transfer_name": name}

    def status(self, study: str, instance: int = 1) -> dict[str, str]:
        """What a request says beside what it asks for."""
        asked = ("transfer_project_name", "transfer_name")
        row = self.data[study][TRANSFERS, instance]
        return {name: value for name, value in row.items() if name not in asked and value}


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Double]:
    """A project without records."""

    class Handler(_Handler):
        pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    double = Double(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}/api/")
    Handler.double = double
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    double: Double

    def log_message(self, *args: object) -> None:
        return

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            if self.double.answers:
                raise Refused(self.double.answers.pop(0), self.double.said or "not now")
            status, answer = 200, self._answer(dict(parse_qsl(body, keep_blank_values=True)))
        except Refused as refused:
            status, answer = refused.status, json.dumps({"error": str(refused)})
        content = answer.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.double.cuts:
            self.double.cuts = False
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
            return
        self.wfile.write(content)

    def _answer(self, asked: dict[str, str]) -> str:
        double = self.double
        if self.path != "/api/":
            raise Refused(404, "not found")
        if asked.get("token") != TOKEN:
            raise Refused(403, "You do not have permissions to use the API")
        match asked.get("content"), "data" in asked:
            case "version", _:
                return "14.5.5"
            case "project", _:
                return json.dumps(
                    {"project_id": 1, "is_longitudinal": 0, "has_repeating_instruments_or_events": 1}
                )
            case "metadata", _:
                return json.dumps([_described(each) for each in double.variables])
            case "record", False:
                return json.dumps(_exported(double, _listed(asked, "fields"), _listed(asked, "forms")))
            case "record", True:
                return json.dumps({"count": _imported(double, asked)})
        raise Refused(400, 'The value of the parameter "content" is not valid')


def _described(variable: Variable) -> dict[str, str]:
    return {
        "field_name": variable.name,
        "form_name": variable.form,
        "field_type": "checkbox" if variable.codes else "text",
        "select_choices_or_calculations": " | ".join(f"{code}, {code}" for code in variable.codes),
        "text_validation_type_or_show_slider_number": variable.validation,
    }


def _listed(asked: dict[str, str], name: str) -> list[str]:
    return [value for key, value in asked.items() if re.fullmatch(rf"{name}(\[\d+\])?", key) and value]


def _columns(double: Double, wanted: list[str], forms: list[str]) -> list[tuple[str, str]]:
    """The columns of an export with the form that each is of."""
    known = {each.name for each in double.variables} | {f"{each.form}_complete" for each in double.variables}
    strange = [each for each in wanted if each not in known]
    if strange:
        raise Refused(
            400, f"The following values in the parameter fields are not valid: {', '.join(strange)}"
        )
    columns = []
    for form in dict.fromkeys(each.form for each in double.variables):
        for each in (each for each in double.variables if each.form == form):
            is_record = each is double.variables[0]
            if is_record or each.name in wanted or form in forms or not (wanted or forms):
                names = [f"{each.name}___{code}" for code in each.codes] or [each.name]
                columns += [(name, form) for name in names]
        if f"{form}_complete" in wanted or form in forms or not (wanted or forms):
            columns.append((f"{form}_complete", form))
    return columns


def _exported(double: Double, wanted: list[str], forms: list[str]) -> list[dict[str, Any]]:
    columns, record_field, rows = _columns(double, wanted, forms), double.variables[0].name, []
    for record, places in double.data.items():
        for (instrument, instance), values in places.items():
            row: dict[str, Any] = {record_field: record}
            row |= {"redcap_repeat_instrument": instrument, "redcap_repeat_instance": instance or ""}
            for name, form in columns:
                is_of_place = form == instrument if instrument else form != TRANSFERS
                blank = ("0" if "___" in name or name.endswith("_complete") else "") if is_of_place else ""
                row.setdefault(name, values.get(name, blank) if is_of_place else "")
            rows.append(row)
    return rows


def _imported(double: Double, asked: dict[str, str]) -> int:
    rows, record_field = json.loads(asked["data"]), double.variables[0].name
    known = dict(_columns(double, [], []))
    validations = {each.name: each.validation for each in double.variables}
    for row in rows:
        for name, value in row.items():
            if name.startswith("redcap_") or name == record_field:
                continue
            if name not in known:
                raise Refused(
                    400, f"The following fields were not found in the project as real data fields: {name}"
                )
            if value and validations.get(name) and not _DATETIME.fullmatch(str(value)):
                raise Refused(400, f'"{value}","The value is not in the expected format for {name}"')
    double.imports.append(rows)
    for row in rows:
        place = (str(row.get("redcap_repeat_instrument") or ""), int(row.get("redcap_repeat_instance") or 0))
        kept = double.data.setdefault(str(row[record_field]), {}).setdefault(place, {})
        for name, value in row.items():
            is_kept = name in known and name not in (record_field, double.loses)
            if is_kept and (str(value) or asked.get("overwriteBehavior") == "overwrite"):
                kept[name] = str(value)
    return len({str(row[record_field]) for row in rows})
