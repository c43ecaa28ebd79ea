"""Reading the catalogue from end to end, and one study with what became of its objects in a project."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, and_, func, select

from tirage.model.identifiers import Digest, ProjectName, ReceivedId
from tirage.model.records import Confidential, Finding
from tirage.store import headers
from tirage.store.database import reading
from tirage.store.schema import custody, finding, header, instance, received, study

_BATCH = 500


@dataclass(frozen=True, slots=True, repr=False)
class Catalogued(Confidential):
    """One object's header as DICOM JSON (PS3.18 F), UTF-8, and its transfer syntax."""

    header: bytes
    transfer_syntax: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One object of a study: its original and, when it has one, its output; `reason` is empty then."""

    received: ReceivedId
    original: Digest
    output: Digest | None
    reason: str
    findings: tuple[Finding, ...]


def count(engine: Engine) -> int:
    """How many objects have a header in the catalogue."""
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(header)).scalar_one())


def every_header(engine: Engine) -> Iterator[Catalogued]:
    """Every catalogued object, in the order they came; no transaction stays open between batches."""
    last = 0
    while True:
        with reading(engine) as connection:
            wanted = (
                select(header.c.received_id, received.c.transfer_syntax)
                .join(received, received.c.id == header.c.received_id)
                .where(header.c.received_id > last)
                .order_by(header.c.received_id)
                .limit(_BATCH)
            )
            syntaxes = {
                ReceivedId(row.received_id): row.transfer_syntax for row in connection.execute(wanted)
            }
            bodies = headers.read_many(connection, list(syntaxes))
        if not syntaxes:
            return
        yield from (Catalogued(body, syntaxes[number]) for number, body in bodies.items())
        last = max(syntaxes)


def study_in_project(connection: Connection, uid: str, project: ProjectName) -> list[Standing]:
    """The objects of a study, given by its original UID, as they stand in a project."""
    in_project = and_(custody.c.received_id == instance.c.received_id, custody.c.project == project)
    columns = (received.c.id, received.c.digest, custody.c.output_digest, custody.c.reason)
    wanted = (
        select(*columns)
        .join(instance, instance.c.received_id == received.c.id)
        .join(study, study.c.id == instance.c.study_id)
        .join(custody, in_project)
        .where(study.c.uid == uid)
        .order_by(received.c.id)
    )
    rows = connection.execute(wanted).all()
    return [
        Standing(
            ReceivedId(row.id),
            Digest(row.digest),
            Digest(row.output_digest) if row.output_digest and not row.reason else None,
            row.reason,
            _findings(connection, row.id, project) if row.reason else (),
        )
        for row in rows
    ]


def _findings(connection: Connection, number: int, project: ProjectName) -> tuple[Finding, ...]:
    wanted = select(finding.c.place, finding.c.kind).where(
        finding.c.received_id == number, finding.c.project == project, finding.c.superseded_at.is_(None)
    )
    return tuple(Finding(row.place, row.kind) for row in connection.execute(wanted.order_by(finding.c.id)))
