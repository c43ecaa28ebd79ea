"""The requests of a list: each row read, linked, completed, and compared with those before it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from tirage.acquire.cohort.columns import Columns
from tirage.acquire.cohort.dates import Order, tells_order
from tirage.acquire.cohort.links import Links, apply_links
from tirage.acquire.cohort.remarks import Remarks
from tirage.acquire.cohort.repeats import Repeats, content
from tirage.acquire.cohort.values import DATES, ROW, Orders, Values, read_values
from tirage.acquire.cohort.window import PatientKey, Window, dates_for
from tirage.model.archives import DateRange
from tirage.model.cohorts import Fault, Field
from tirage.model.identifiers import Digest
from tirage.model.requests import Request
from tirage.model.tables import Line


@dataclass(frozen=True, slots=True)
class Reading:
    """By what rows are read; `known` holds the day to which known patients' studies were asked for."""

    columns: Columns
    orders: Orders = field(default_factory=dict)
    links: Links | None = None
    window: Window = field(default_factory=Window)
    known: Mapping[PatientKey, date] = field(default_factory=dict)


def find_orders(lines: Iterable[Line], columns: Columns) -> dict[Field, Order | None]:
    """Which order the days of each column of dates are written in, told by all of its rows."""
    places = {each: columns.places[each] for each in DATES if each in columns.places}
    if not places:
        return {}
    told: dict[Field, set[Order]] = {each: set() for each in places}
    for line in lines:
        for each, place in places.items():
            order = tells_order(line.cells[place]) if place < len(line.cells) else None
            if order is not None:
                told[each].add(order)
    return {each: orders.pop() if len(orders) == 1 else None for each, orders in told.items()}


def read_requests(
    lines: Iterable[Line], reading: Reading, remarks: Remarks, contents: "Contents"
) -> Iterator[Request]:
    """Each row that can be loaded, added to `contents`; of the others `remarks` says why."""
    repeats = Repeats()
    for line in lines:
        values = read_values(line, reading.columns, reading.orders, remarks)
        if values is None:
            continue
        if reading.links is not None and not apply_links(values, reading.links, remarks):
            continue
        request = _request(values, reading)
        if not (request.patient_id or request.accession or request.study):
            remarks.problem(line.row, ROW, Fault.INCOMPLETE)
            continue
        said = content(request)
        if repeats.is_new(request, said, remarks):
            contents.add_request(request.row, said)
            yield request


class Contents:
    """The digest of requests and files, in the order they are added."""

    def __init__(self) -> None:
        self.count = 0
        self._hashed = sha256()

    def add_request(self, row: int, said: bytes) -> None:
        """Count in a request by what it says."""
        self.count += 1
        self._hashed.update(b"%d\x1f%b\x1e" % (row, said))

    def add_file(self, name: str, digest: Digest) -> None:
        """Count in a file that goes along."""
        self._hashed.update(f"{name}\x1f{digest}\x1d".encode())

    @property
    def digest(self) -> Digest:
        """What stands for all of it."""
        return Digest(self._hashed.hexdigest())


def _request(values: Values, reading: Reading) -> Request:
    texts, days = values.texts, values.days
    return Request(
        row=values.row,
        patient_id=texts.get(Field.PATIENT_ID, ""),
        issuer=texts.get(Field.ISSUER, ""),
        national_id=texts.get(Field.NATIONAL_ID, ""),
        accession=texts.get(Field.ACCESSION, ""),
        study=texts.get(Field.STUDY, ""),
        series=texts.get(Field.SERIES, ""),
        study_date=days.get(Field.STUDY_DATE),
        dates=_dates(values, reading),
        participant=texts.get(Field.PARTICIPANT, ""),
        index_date=days.get(Field.INDEX_DATE),
        is_deceased=values.is_deceased,
    )


def _dates(values: Values, reading: Reading) -> DateRange:
    """A row that names a study has no use for a window; one that names a day asks for that day."""
    if Field.ACCESSION in values.texts or Field.STUDY in values.texts:
        return DateRange()
    day = values.days.get(Field.STUDY_DATE)
    if day is not None:
        return DateRange(day, day)
    patient = (values.texts.get(Field.ISSUER, ""), values.texts.get(Field.PATIENT_ID, ""))
    return dates_for(reading.window, patient, reading.known)
