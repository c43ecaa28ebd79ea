"""Which national number belongs to which patient identifier, by a table of both."""

from collections.abc import Iterable

from tirage.acquire.cohort.columns import Columns
from tirage.acquire.cohort.remarks import Remarks
from tirage.acquire.cohort.values import Values, read_values
from tirage.model.cohorts import Fault, Field, Hint
from tirage.model.tables import Line

SOURCE = "links"
NEEDS_PATIENT = frozenset({Field.PATIENT_ID})
NEEDS_NATIONAL = frozenset({Field.NATIONAL_ID, Field.NHS_NUMBER})
Patient = tuple[str, str]


class Links:
    """The pairs of a link table, to be asked from either side."""

    def __init__(self) -> None:
        self._patients: dict[str, set[Patient]] = {}
        self._nationals: dict[Patient, set[str]] = {}

    def add(self, patient: Patient, national: str) -> None:
        """Link an issuer and identifier with a national number."""
        self._patients.setdefault(national, set()).add(patient)
        self._nationals.setdefault(patient, set()).add(national)

    def patients(self, national: str) -> set[Patient]:
        """Those linked with the number."""
        return self._patients.get(national, set())

    def nationals(self, issuer: str, patient_id: str) -> set[str]:
        """The numbers linked with a patient; a table without issuers holds for every issuer."""
        return self._nationals.get((issuer, patient_id)) or self._nationals.get(("", patient_id), set())


def read_links(lines: Iterable[Line], columns: Columns, remarks: Remarks) -> Links:
    """The links of a table; what is wrong with its rows is said of the source `links`."""
    links = Links()
    for line in lines:
        values = read_values(line, columns, {}, remarks, SOURCE)
        if values is None:
            continue
        patient, national = values.texts.get(Field.PATIENT_ID, ""), values.texts.get(Field.NATIONAL_ID, "")
        if patient and national:
            links.add((values.texts.get(Field.ISSUER, ""), patient), national)
        else:
            missing = Field.NATIONAL_ID if patient else Field.PATIENT_ID
            remarks.note(line.row, missing, Hint.NOT_LINKED, source=SOURCE)
    return links


def apply_links(values: Values, links: Links, remarks: Remarks) -> bool:
    """Fill in what is missing of patient and national number; False when the row cannot be loaded.

    A number of two patients, or a patient of two numbers, is refused: nobody but a person can say which.
    """
    texts, row = values.texts, values.row
    patient, issuer = texts.get(Field.PATIENT_ID, ""), texts.get(Field.ISSUER, "")
    national = texts.get(Field.NATIONAL_ID, "")
    if patient:
        return _fill_national(values, links.nationals(issuer, patient), national, remarks)
    if not national:
        return True
    found = {each for each in links.patients(national) if issuer in ("", each[0]) or not each[0]}
    if len(found) > 1:
        remarks.problem(row, Field.PATIENT_ID, Fault.AMBIGUOUS_LINK)
        return False
    if not found:
        if Field.ACCESSION in texts or Field.STUDY in texts:
            remarks.note(row, Field.PATIENT_ID, Hint.NOT_LINKED)
            return True
        remarks.problem(row, Field.PATIENT_ID, Fault.NO_LINK)
        return False
    known_issuer, texts[Field.PATIENT_ID] = found.pop()
    if known_issuer:
        texts[Field.ISSUER] = known_issuer
    return True


def _fill_national(values: Values, found: set[str], national: str, remarks: Remarks) -> bool:
    if national:
        if found and national not in found:
            remarks.problem(values.row, Field.NATIONAL_ID, Fault.CONTRADICTION)
            return False
        return True
    if len(found) > 1:
        remarks.problem(values.row, Field.NATIONAL_ID, Fault.AMBIGUOUS_LINK)
        return False
    if found:
        values.texts[Field.NATIONAL_ID] = next(iter(found))
    else:
        remarks.note(values.row, Field.NATIONAL_ID, Hint.NOT_LINKED)
    return True
