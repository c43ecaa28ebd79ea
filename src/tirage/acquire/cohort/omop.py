"""The imaging procedures of an OMOP ES extract, joined with the links that say whose and which they are.

`public/` says what was done when, under numbers of the extract's own; `private/` says which patient and which
study those numbers are. The layout is the one that PIXL reads.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tirage.acquire.cohort.columns import Columns
from tirage.acquire.cohort.identifiers import trimmed
from tirage.acquire.cohort.remarks import Remarks
from tirage.acquire.cohort.values import ROW
from tirage.errors import Permanent
from tirage.model.cohorts import Fault, Field, Hint
from tirage.model.tables import Cell, Line
from tirage.policy.headings import fields, folded

PEOPLE, STUDIES, PROCEDURES = "PERSON_LINKS", "PROCEDURE_OCCURRENCE_LINKS", "PROCEDURE_OCCURRENCE"
PERSON_ID, PROCEDURE_ID, DATE = "person_id", "procedure_occurrence_id", "procedure_date"
JOINED = (
    Field.PARTICIPANT,
    Field.STUDY_DATE,
    Field.PATIENT_ID,
    Field.NHS_NUMBER,
    Field.ACCESSION,
    Field.STUDY,
)
_OF_PERSON, _OF_STUDY = JOINED[2:4], JOINED[4:]
_NOTHING = Cell("")


class ExtractIncomplete(Permanent):
    """A folder lacks what an OMOP ES extract has: a file, or a column of one."""

    code = "EXTRACT_INCOMPLETE"
    exit_code = 65
    remedy = (
        "Have OMOP ES write it anew: extract_summary.json, public/PROCEDURE_OCCURRENCE.parquet, "
        "private/PERSON_LINKS.parquet and private/PROCEDURE_OCCURRENCE_LINKS.parquet."
    )


def joined_columns() -> Columns:
    """The columns of what `join` yields."""
    return Columns({field: place for place, field in enumerate(JOINED)}, (), len(JOINED))


@dataclass(frozen=True, slots=True)
class Places:
    """Where the key of a link table stands, and where each of its fields does, -1 for none."""

    key: int
    fields: tuple[int, ...]


def places_of_people(heading: Sequence[str]) -> Places:
    """The columns of PERSON_LINKS; raises `ExtractIncomplete`."""
    return _places(PEOPLE, heading, PERSON_ID, _OF_PERSON, frozenset({Field.PATIENT_ID}))


def places_of_studies(heading: Sequence[str]) -> Places:
    """The columns of PROCEDURE_OCCURRENCE_LINKS; raises `ExtractIncomplete`."""
    return _places(STUDIES, heading, PROCEDURE_ID, _OF_STUDY, frozenset(_OF_STUDY))


def places_of_procedures(heading: Sequence[str]) -> tuple[int, int, int]:
    """Where procedure, person and day stand in PROCEDURE_OCCURRENCE; raises `ExtractIncomplete`."""
    procedure, person, day = (_place(PROCEDURES, heading, name) for name in (PROCEDURE_ID, PERSON_ID, DATE))
    return procedure, person, day


def read_keyed(
    name: str, lines: Iterable[Line], places: Places, remarks: Remarks
) -> dict[str, tuple[int, tuple[Cell, ...]]]:
    """The rows of a link table by their key, each with its number; a key that comes twice is a problem."""
    rows: dict[str, tuple[int, tuple[Cell, ...]]] = {}
    for line in lines:
        key = trimmed(line.cells[places.key].text)
        if not key:
            remarks.problem(line.row, ROW, Fault.INCOMPLETE, source=name)
        elif key in rows:
            remarks.problem(line.row, ROW, Fault.DUPLICATE_KEY, rows[key][0], source=name)
        else:
            cells = tuple(line.cells[place] if place >= 0 else _NOTHING for place in places.fields)
            rows[key] = (line.row, cells)
    return rows


def join(
    procedures: Iterable[Line],
    places: tuple[int, int, int],
    people: Mapping[str, tuple[int, tuple[Cell, ...]]],
    studies: Mapping[str, tuple[int, tuple[Cell, ...]]],
    remarks: Remarks,
) -> Iterator[Line]:
    """Each procedure that has a study, with its patient: rows of `JOINED` under the procedure's own number.

    Procedures without a study are not imaging: they are noted and not asked for. A procedure with a study but
    without a patient is a problem, and so is one that comes twice.
    """
    seen: dict[str, int] = {}
    for line in procedures:
        key, person = (trimmed(line.cells[place].text) for place in places[:2])
        if key in seen:
            remarks.problem(line.row, ROW, Fault.DUPLICATE_KEY, seen[key], source=PROCEDURES)
            continue
        seen[key] = line.row
        study = studies.get(key, (0, ()))[1]
        if not any(trimmed(cell.text) for cell in study):
            remarks.note(line.row, Field.ACCESSION, Hint.NOT_ASKED, source=PROCEDURES)
        elif person not in people:
            remarks.problem(line.row, Field.PATIENT_ID, Fault.NO_LINK, source=PROCEDURES)
        else:
            participant = Cell(person)
            yield Line(line.row, (participant, line.cells[places[2]], *people[person][1], *study))
    for key, (row, _) in studies.items():
        if key not in seen:
            remarks.note(row, ROW, Hint.NOT_LINKED, source=STUDIES)


def _places(
    name: str, heading: Sequence[str], key: str, wanted: Sequence[Field], needs: frozenset[Field]
) -> Places:
    found: dict[Field, int] = {}
    for place, title in enumerate(heading):
        field = fields().get(folded(title))
        if field is None or field not in wanted:
            continue
        if field in found:
            raise ExtractIncomplete(f"{name}: columns {found[field] + 1} and {place + 1} both mean {field}")
        found[field] = place
    if not needs & found.keys():
        raise ExtractIncomplete(f"{name}: no column says {' or '.join(sorted(needs))}")
    return Places(_place(name, heading, key), tuple(found.get(field, -1) for field in wanted))


def _place(name: str, heading: Sequence[str], wanted: str) -> int:
    for place, title in enumerate(heading):
        if title.casefold() == wanted:
            return place
    raise ExtractIncomplete(f"{name}: no column {wanted}")
