"""A list of requests, opened from a file or an extract's folder and checked; nothing is recorded."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tirage.acquire.cohort import omop
from tirage.acquire.cohort.columns import Columns, ColumnsUnclear, read_columns
from tirage.acquire.cohort.links import NEEDS_NATIONAL, NEEDS_PATIENT, Links, read_links
from tirage.acquire.cohort.remarks import Remarks
from tirage.acquire.cohort.rows import Contents, Reading, find_orders, read_requests
from tirage.acquire.cohort.values import ROW
from tirage.acquire.cohort.window import PatientKey, Window
from tirage.errors import Permanent
from tirage.model.cohorts import Checked, Fault
from tirage.model.requests import CohortKind, Request
from tirage.model.tables import Line
from tirage.service.reports import Progress
from tirage.store.tables import open_table
from tirage.store.tables.extract import Extract, PublicFile, open_extract

_EVERY = 2_000

Advance = Callable[[Progress], None]


class ListChanged(Permanent):
    """The list was not the same when it was read again."""

    code = "LIST_CHANGED"
    remedy = "Somebody writes to the list. Wait until it is finished, or copy it, and load it again."


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be loaded: a file or an extract's folder, and how to understand it.

    `columns` gives the heading of a field (`{"accession": "Acc No"}`); `links` is a table of patient and
    national numbers; `again` has it loaded even when nothing in it is new.
    """

    path: Path
    links: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    window: Window = field(default_factory=Window)
    again: bool = False


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list that can be read as often as needed, each time to the same requests."""

    kind: CohortKind
    columns: Columns
    lines: Callable[[Remarks], Iterator[Line]]
    remarks: tuple[str, ...]
    files: tuple[PublicFile, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadList:
    """A checked list; `requests` reads it once more and raises `ListChanged` when it is another by then."""

    checked: Checked
    files: tuple[PublicFile, ...]
    requests: Callable[[Advance], Iterator[Request]]


def quiet(progress: Progress) -> None:
    """Tell nobody."""


def read_list(
    order: Order, known: Mapping[PatientKey, date] | None = None, advance: Advance = quiet
) -> ReadList:
    """Check every row of a list. `known` says to which day known patients' studies were asked for.

    Raises `ListUnreadable`, `ColumnsUnclear` or `ExtractIncomplete` when it cannot be read at all.
    """
    opened, remarks = _open(order), Remarks()
    links = _links(order.links, remarks) if order.links is not None else None
    orders = (
        find_orders(opened.lines(Remarks()), opened.columns) if opened.kind is not CohortKind.OMOP else {}
    )
    reading = Reading(opened.columns, orders, links, order.window, known or {})
    contents = _contents(opened)
    for _ in contents.passing(read_requests(_counted(opened.lines(remarks), advance, 0), reading, remarks)):
        pass
    if not remarks.rows and not remarks.problem_count:
        remarks.problem(0, ROW, Fault.NO_ROWS)

    def once_more(advance: Advance) -> Iterator[Request]:
        again, unheard = _contents(opened), Remarks()
        lines = _counted(opened.lines(unheard), advance, remarks.rows)
        yield from again.passing(read_requests(lines, reading, unheard))
        if again.digest != contents.digest:
            raise ListChanged("the list changed while it was read")

    checked = Checked(
        opened.kind,
        remarks.rows,
        contents.count,
        contents.digest,
        dict(remarks.filled),
        (*opened.columns.ignored, *opened.ignored),
        opened.remarks,
        remarks.problems,
        remarks.problem_count,
        remarks.notes,
    )
    return ReadList(checked, opened.files, once_more)


def _open(order: Order) -> OpenList:
    if order.path.is_dir():
        if order.columns:
            raise ColumnsUnclear("the columns of an extract have the names that OMOP gives them")
        return _open_extract(open_extract(order.path))
    table = open_table(order.path)
    columns = read_columns(table.heading, order.columns)
    kind = CohortKind.PATIENTS if columns.names_patients_alone else CohortKind.TABLE
    return OpenList(kind, columns, lambda _: table.lines(), table.remarks)


def _open_extract(extract: Extract) -> OpenList:
    of_people = omop.places_of_people(extract.people.heading)
    of_studies = omop.places_of_studies(extract.studies.heading)
    of_procedures = omop.places_of_procedures(extract.procedures.heading)

    def lines(remarks: Remarks) -> Iterator[Line]:
        people = omop.read_keyed(omop.PEOPLE, extract.people.lines(), of_people, remarks)
        studies = omop.read_keyed(omop.STUDIES, extract.studies.lines(), of_studies, remarks)
        yield from omop.join(extract.procedures.lines(), of_procedures, people, studies, remarks)

    ignored = tuple(f"public/{name}" for name in extract.ignored)
    columns = omop.joined_columns()
    return OpenList(CohortKind.OMOP, columns, lines, extract.remarks, extract.files, ignored)


def _links(path: Path, remarks: Remarks) -> Links:
    table = open_table(path)
    columns = read_columns(table.heading, {}, NEEDS_PATIENT)
    if not NEEDS_NATIONAL & columns.places.keys():
        raise ColumnsUnclear("the table of links has no column of national numbers")
    heard = Remarks()
    links = read_links(table.lines(), columns, heard)
    remarks.take(heard)
    return links


def _contents(opened: OpenList) -> Contents:
    contents = Contents()
    for file in opened.files:
        contents.add(file.name, file.digest)
    return contents


def _counted(lines: Iterator[Line], advance: Advance, total: int) -> Iterator[Line]:
    for done, line in enumerate(lines, 1):
        if done % _EVERY == 0:
            advance(Progress(done, total))
        yield line
