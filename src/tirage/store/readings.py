"""What readers said of samples, and the rules for devices that were made of what they drew."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, delete, insert, select

from tirage.model.identifiers import PolicyDigest, ProjectName
from tirage.model.pixels import Box
from tirage.model.reviews import Drawn, ProposedRule, Verdict
from tirage.store.prepared import upsert
from tirage.store.reviewed import device_rule, reading, sample
from tirage.store.signed import candidate_member


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """What one person said of one sample; `read_at` in microseconds."""

    reader: str
    verdict: Verdict
    boxes: tuple[Drawn, ...]
    seconds: int
    read_at: int


def listed(connection: Connection, number: int) -> list[ReadingRow]:
    """The readings of a sample, in the order they were made first."""
    query = select(reading).where(reading.c.sample_id == number).order_by(reading.c.id)
    return [
        ReadingRow(row.reader, Verdict(row.verdict), _boxes(row.boxes), row.seconds, row.read_at)
        for row in connection.execute(query)
    ]


def last_reader(connection: Connection, candidate: int) -> str:
    """Who was the last to read an object of a candidate for release; '' when nobody has."""
    query = (
        select(reading.c.reader)
        .join(sample, sample.c.id == reading.c.sample_id)
        .join(
            candidate_member,
            (candidate_member.c.received_id == sample.c.received_id)
            & (candidate_member.c.output_digest == sample.c.output_digest),
        )
        .where(candidate_member.c.candidate_id == candidate)
        .order_by(reading.c.read_at.desc(), reading.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).scalar() or ""


def own(connection: Connection, numbers: Sequence[int], reader: str) -> dict[int, Verdict]:
    """What a person said of those of the samples that they have read."""
    query = select(reading.c.sample_id, reading.c.verdict).where(
        reading.c.sample_id.in_(numbers), reading.c.reader == reader
    )
    return {row.sample_id: Verdict(row.verdict) for row in connection.execute(query)}


def put(connection: Connection, number: int, said: ReadingRow) -> None:
    """Keep what a person says of a sample, in place of what they said before."""
    values = {
        "verdict": said.verdict.value,
        "boxes": orjson.dumps([[each.frame, *each.box] for each in said.boxes]).decode(),
        "seconds": said.seconds,
        "read_at": said.read_at,
    }
    row = {"sample_id": number, "reader": said.reader} | values
    connection.execute(
        upsert(reading).values(row).on_conflict_do_update(index_elements=["sample_id", "reader"], set_=values)
    )


def take_back(connection: Connection, number: int, reader: str) -> bool:
    """Forget what a person said of a sample; False when they had said nothing."""
    is_own = (reading.c.sample_id == number) & (reading.c.reader == reader)
    return connection.execute(delete(reading).where(is_own)).rowcount == 1


def propose(connection: Connection, rule: ProposedRule) -> int:
    """Keep a rule; its number, the old one's when the same box of the sample is a rule already."""
    same = select(device_rule.c.id).where(
        device_rule.c.sample_id == rule.sample,
        device_rule.c.x0 == rule.box.x0,
        device_rule.c.y0 == rule.box.y0,
        device_rule.c.x1 == rule.box.x1,
        device_rule.c.y1 == rule.box.y1,
    )
    known = connection.execute(same).scalar()
    if known is not None:
        return int(known)
    row = {
        "project": rule.project,
        "sample_id": rule.sample,
        "modality": rule.modality,
        "sop_class": rule.sop_class,
        "manufacturer": rule.manufacturer,
        "model": rule.model,
        "rows": rule.rows,
        "columns": rule.columns,
        **rule.box._asdict(),
        "reviewer": rule.reviewer,
        "made_at": rule.made_at,
    }
    return int(connection.execute(insert(device_rule).returning(device_rule.c.id), row).scalar_one())


def rules(connection: Connection, project: ProjectName) -> list[ProposedRule]:
    """The rules that were proposed for a project, in the order they were made."""
    query = (
        select(device_rule, sample.c.policy)
        .join(sample, sample.c.id == device_rule.c.sample_id)
        .where(device_rule.c.project == project)
        .order_by(device_rule.c.id)
    )
    return [
        ProposedRule(
            number=row.id,
            project=ProjectName(row.project),
            sample=row.sample_id,
            policy=PolicyDigest(row.policy),
            modality=row.modality,
            sop_class=row.sop_class,
            manufacturer=row.manufacturer,
            model=row.model,
            rows=row.rows,
            columns=row.columns,
            box=Box(row.x0, row.y0, row.x1, row.y1),
            reviewer=row.reviewer,
            made_at=row.made_at,
        )
        for row in connection.execute(query)
    ]


def _boxes(text: str) -> tuple[Drawn, ...]:
    return tuple(Drawn(frame, Box(*corners)) for frame, *corners in orjson.loads(text))
