"""By which identifiers a patient may be known, beside what one object says."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, select

from tirage.model.identifiers import ProjectName, ReceivedId
from tirage.store import corrections
from tirage.store.prepared import pages
from tirage.store.requested import cohort, request
from tirage.store.schema import instance, patient


def identifiers(
    connection: Connection, project: ProjectName, numbers: Sequence[ReceivedId]
) -> dict[ReceivedId, set[str]]:
    """The patient identifiers of objects, and those that the project's cohorts give for these patients."""
    found: dict[ReceivedId, set[str]] = {}
    for page in pages(numbers):
        query = (
            select(instance.c.received_id, patient.c.patient_id)
            .join(patient, patient.c.id == instance.c.patient_id)
            .where(instance.c.received_id.in_(page))
        )
        found |= {ReceivedId(row.received_id): {row.patient_id} for row in connection.execute(query)}
    for number, corrected in corrections.identities(connection, list(found)).items():
        found[number].add(corrected.patient_id)
    others = _others(connection, project, {each for known in found.values() for each in known})
    return {number: known.union(*(others[each] for each in known)) for number, known in found.items()}


def _others(connection: Connection, project: ProjectName, known: set[str]) -> dict[str, set[str]]:
    others: dict[str, set[str]] = defaultdict(set)
    for page in pages(sorted(known)):
        query = (
            select(request.c.patient_id, request.c.national_id)
            .distinct()
            .join(cohort, cohort.c.id == request.c.cohort_id)
            .where(cohort.c.project == project, request.c.patient_id.in_(page), request.c.national_id != "")
        )
        for row in connection.execute(query):
            others[row.patient_id].add(row.national_id)
    return others
