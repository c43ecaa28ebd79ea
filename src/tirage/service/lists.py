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
from tirage.acquire.cohort.values import ROW, Orders
from tirage.acquire.cohort.window import PatientKey, Window
from tirage.model.cohorts import Checked, Fault
from tirage.model.requests import CohortKind, Request
from tirage.model.tables import Line, Table
from tirage.service.reports import Progress
from tirage.store.tables import open_table
from tirage.store.tables.extract import Extract, PublicFile, open_extract

_EVERY = 2_000

Advance = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be loaded: a file, an extract's folder or a table, and how to understand it.

    `columns` gives the heading of a field (`{"accession": "Acc No"}`); `links` is a table of patient and
    national numbers; `again` has it loaded even when nothing in it is new.
    """

    path: Path | Table
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
    orders: Callable[[], Orders]
    remarks: tuple[str, ...]
    files: tuple[PublicFile, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadList:
    """A checked list and the files that go along with it."""

    checked: Checked
    files: tuple[PublicFile, ...]


def quiet(progress: Progress) -> None:
    """Tell nobody."""


def forget(request: Request) -> None:
    """Keep nothing."""


def read_list(
    order: Order,
    known: Mapping[PatientKey, date] | None = None,
    advance: Advance = quiet,
    keep: Callable[[Request], None] = forget,
) -> ReadList:
    """Check every row of a list, handing each request to `keep` as it is found.

    `known` says to which day known patients' studies were asked for. Raises `ListUnreadable`,
    `ColumnsUnclear` or `ExtractIncomplete` when the list cannot be read at all.
    """
    opened, remarks, contents = _open(order), Remarks(), Contents()
    links = _links(order.links, remarks) if order.links is not None else None
    reading = Reading(opened.columns, opened.orders(), links, order.window, known or {})
    for file in opened.files:
        contents.add_file(file.name, file.digest)
    for request in read_requests(_counted(opened.lines(remarks), advance), reading, remarks, contents):
        keep(request)
    if not remarks.rows and not remarks.problem_count:
        remarks.problem(0, ROW, Fault.NO_ROWS)
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
    return ReadList(checked, opened.files)


def _open(order: Order) -> OpenList:
    if isinstance(order.path, Path) and order.path.is_dir():
        if order.columns:
            raise ColumnsUnclear("the columns of an extract have the names that OMOP gives them")
        return _open_extract(open_extract(order.path))
    table = open_table(order.path) if isinstance(order.path, Path) else order.path
    columns = read_columns(table.heading, order.columns)
    kind = CohortKind.PATIENTS if columns.names_patients_alone else CohortKind.TABLE
    return OpenList(
        kind, columns, lambda _: table.lines(), lambda: find_orders(table.lines(), columns), table.remarks
    )


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
    return OpenList(CohortKind.OMOP, columns, lines, dict, extract.remarks, extract.files, ignored)


def _links(path: Path, remarks: Remarks) -> Links:
    table = open_table(path)
    try:
        columns = read_columns(table.heading, {}, NEEDS_PATIENT)
        read_columns(table.heading, {}, NEEDS_NATIONAL)
    except ColumnsUnclear as error:
        raise ColumnsUnclear(f"table of links: {error}") from error
    heard = Remarks()
    links = read_links(table.lines(), columns, heard)
    remarks.take(heard)
    return links


def _counted(lines: Iterator[Line], advance: Advance) -> Iterator[Line]:
    for done, line in enumerate(lines, 1):
        if done % _EVERY == 0:
            advance(Progress(done, 0))
        yield line
