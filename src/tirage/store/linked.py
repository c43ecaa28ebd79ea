"""Which rows of a project's extracts ask for which studies of its releases."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, and_, or_, select

from tirage.acquire.cohort.omop import PROCEDURES
from tirage.model.identifiers import Digest, ProjectName, Pseudonym, Uid
from tirage.model.requests import CohortKind, Match
from tirage.store.prepared import pages
from tirage.store.reconciled import output_before
from tirage.store.releases import ReleaseRow
from tirage.store.requested import cohort, release_file, request, sighting
from tirage.store.schema import instance, output, patient, release, release_member, study

_IS_EXTRACT = cohort.c.kind == CohortKind.OMOP.value


@dataclass(frozen=True, slots=True)
class Procedures:
    """The table of procedures that came with a version of a list, `cohort`."""

    cohort: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Linked:
    """Line `row` of an extract's procedures asks for this study; UID and patient are the research ones."""

    cohort: int
    row: int
    study: Uid
    pseudonym: Pseudonym


def has_extract(connection: Connection, project: ProjectName) -> bool:
    """Whether a list of the project is an extract."""
    query = select(cohort.c.id).where(cohort.c.project == project, _IS_EXTRACT).limit(1)
    return connection.execute(query).first() is not None


def procedures(connection: Connection, row: ReleaseRow) -> list[Procedures]:
    """The tables of procedures that came with the release or with one before it, by version of their list."""
    came = (
        select(release_file.c.name, release_file.c.digest)
        .join(release, release.c.id == release_file.c.release_id)
        .where(release.c.project == row.project, release.c.version <= row.version)
        .order_by(release_file.c.name)
    )
    found = [(each.name.split("/", 2), each.digest) for each in connection.execute(came)]
    return [Procedures(int(name[1]), digest) for name, digest in found if name[2] == f"{PROCEDURES}.parquet"]


def links(
    connection: Connection, row: ReleaseRow, known: Sequence[Procedures], beside: set[int]
) -> list[Linked]:
    """The rows of the `known` tables that ask for studies of the release.

    Rows of the tables `beside` it, which it brings, ask for studies of earlier versions, too.

    A row is linked where an archive answered it with this very study, or where it names the study's UID, or
    accession, and its patient. What names another patient is not.
    """
    studies = _studies(connection, row)
    found: set[tuple[int, int, Uid, Pseudonym]] = set()
    for page in pages(sorted(studies)):
        for query in _asked(row, [each.cohort for each in known], page):
            for each in connection.execute(query):
                found |= {
                    (each.version, each.row, uid, pseudonym)
                    for uid, pseudonym, version in studies[each.uid]
                    if version == row.version or each.version in beside
                }
    return [Linked(*each) for each in sorted(found)]


def _studies(connection: Connection, row: ReleaseRow) -> dict[str, set[tuple[Uid, Pseudonym, int]]]:
    """By original UID: what the study is called in the release and in those before it, with their version."""
    found: dict[str, set[tuple[Uid, Pseudonym, int]]] = {}
    for table in (output, output_before):
        query = (
            select(study.c.uid, table.c.study, table.c.pseudonym, release.c.version)
            .distinct()
            .join(instance, instance.c.study_id == study.c.id)
            .join(table, table.c.received_id == instance.c.received_id)
            .join(
                release_member,
                and_(
                    release_member.c.received_id == table.c.received_id,
                    release_member.c.output_digest == table.c.digest,
                ),
            )
            .join(release, release.c.id == release_member.c.release_id)
            .where(
                release.c.project == row.project,
                release.c.version <= row.version,
                table.c.project == row.project,
                table.c.policy == release.c.policy,
            )
        )
        for each in connection.execute(query):
            found.setdefault(each.uid, set()).add((Uid(each.study), Pseudonym(each.pseudonym), each.version))
    return found


def _asked(row: ReleaseRow, known: list[int], page: list[str]) -> list[Select[tuple[int, int, str]]]:
    columns = select(cohort.c.version, request.c.row, study.c.uid).select_from(request)
    begun = columns.join(cohort, cohort.c.id == request.c.cohort_id).where(
        cohort.c.project == row.project, cohort.c.version.in_(known)
    )
    answered = begun.join(sighting, sighting.c.request_id == request.c.id).join(
        study, study.c.uid == sighting.c.study
    )
    is_theirs = or_(request.c.patient_id == "", request.c.patient_id == patient.c.patient_id)
    is_same = and_(request.c.accession != "", request.c.patient_id != "")
    by_uid = begun.join(study, study.c.uid == request.c.study).join(
        patient, patient.c.id == study.c.patient_id
    )
    by_accession = begun.join(patient, patient.c.patient_id == request.c.patient_id).join(
        study, and_(study.c.patient_id == patient.c.id, study.c.accession == request.c.accession)
    )
    issuers = or_(request.c.issuer == "", patient.c.issuer == "", request.c.issuer == patient.c.issuer)
    return [
        answered.where(study.c.uid.in_(page), sighting.c.match == Match.AS_ASKED.value),
        by_uid.where(study.c.uid.in_(page), is_theirs, issuers),
        by_accession.where(study.c.uid.in_(page), is_same, issuers),
    ]
