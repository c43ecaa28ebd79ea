"""Samples: drawing them from what waits for release, counting how far their reading has come."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, update

from tirage.model.identifiers import Digest, PolicyDigest, ProjectName, ReceivedId
from tirage.model.reviews import Mark, State, Stratum, Verdict
from tirage.review.sample import Candidate, Chosen
from tirage.store import marks, reviewed
from tirage.store.outputs import waits
from tirage.store.prepared import upsert
from tirage.store.reviewed import sample, sampling, stratum
from tirage.store.schema import custody, instance, output, received, series

SEPARATOR = "\\"


@dataclass(frozen=True, slots=True)
class Draw:
    """Of what the sample was drawn last; times in microseconds."""

    chance: bytes
    objects: int
    newest: int
    planned_at: int


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One sample. `disposition` and `reason` are where its object stands, `is_released` when a release
    holds it, `is_current` while the project's record still means this output.
    """

    id: int
    project: ProjectName
    policy: PolicyDigest
    received: ReceivedId
    original: Digest
    output: Digest
    stratum: Stratum
    marks: tuple[Mark, ...]
    readers: int
    state: State
    version: int
    disposition: str
    reason: str
    is_released: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class StratumCount:
    """A stratum, and how many of its samples stand in each state."""

    stratum: Stratum
    states: dict[State, int]


def draw(connection: Connection, project: ProjectName, policy: PolicyDigest) -> Draw | None:
    """What the project's sample was drawn of last; None when it never was."""
    wanted = select(sampling).where(sampling.c.project == project, sampling.c.policy == policy)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else Draw(bytes(row.chance), row.objects, row.newest, row.planned_at)


def lock(connection: Connection, project: ProjectName, policy: PolicyDigest) -> None:
    """Let nobody else judge the samples, or freeze what they are of, until this transaction ends."""
    wanted = select(sampling.c.project).where(sampling.c.project == project, sampling.c.policy == policy)
    connection.execute(wanted.with_for_update())


def candidates(connection: Connection, project: ProjectName, policy: PolicyDigest) -> Iterator[Candidate]:
    """Every output that waits for release, with its device and its marks, in the order they came."""
    marked = marks.read(connection, project, policy)
    columns = (output.c.received_id, output.c.digest, output.c.sop_class, output.c.modality)
    query = (
        select(*columns, series.c.manufacturer, series.c.model)
        .join(
            custody, (custody.c.received_id == output.c.received_id) & (custody.c.project == output.c.project)
        )
        .join(instance, instance.c.received_id == output.c.received_id)
        .join(series, series.c.id == instance.c.series_id)
        .where(output.c.policy == policy, waits(project, policy))
        .order_by(output.c.received_id)
    )
    for row in connection.execute(query):
        number = ReceivedId(row.received_id)
        device = Stratum(row.manufacturer, row.model, row.sop_class, row.modality)
        yield Candidate(number, Digest(row.digest), device, marked.get(number, frozenset()))


def familiar(connection: Connection, project: ProjectName) -> set[Stratum]:
    """The strata of which something has passed in this project, under whatever policy."""
    passed = select(sample.c.stratum_id).where(
        sample.c.project == project, sample.c.state == State.PASSED.value
    )
    query = select(stratum).where(stratum.c.project == project, stratum.c.id.in_(passed))
    return {_stratum(row) for row in connection.execute(query)}


def record(
    connection: Connection,
    project: ProjectName,
    policy: PolicyDigest,
    chosen: Iterable[Chosen],
    made: Draw,
) -> int:
    """Keep a sample and what it was drawn of; how many of it are new. What was chosen before stays."""
    chosen = list(chosen)
    numbers = _strata(connection, project, {each.candidate.stratum for each in chosen})
    rows = [
        {
            "project": project,
            "policy": policy,
            "received_id": each.candidate.received,
            "output_digest": each.candidate.digest,
            "stratum_id": numbers[each.candidate.stratum],
            "marks": SEPARATOR.join(each.marks),
            "readers": each.readers,
            "state": State.OPEN.value,
            "version": 1,
            "chosen_at": made.planned_at,
            "changed_at": made.planned_at,
        }
        for each in chosen
    ]
    total = select(func.count()).select_from(sample)
    total = total.where(sample.c.project == project, sample.c.policy == policy)
    before = connection.execute(total).scalar_one()
    if rows:
        connection.execute(upsert(sample).on_conflict_do_nothing(), rows)
    values = {"objects": made.objects, "newest": made.newest, "planned_at": made.planned_at}
    row = {"project": project, "policy": policy, "chance": made.chance} | values
    connection.execute(
        upsert(sampling).values(row).on_conflict_do_update(index_elements=["project", "policy"], set_=values)
    )
    return int(connection.execute(total).scalar_one() - before)


def counts(
    connection: Connection, project: ProjectName, policy: PolicyDigest, release: int | None = None
) -> list[Row[tuple[str, str, bool, int, int]]]:
    """Samples by state, disposition and whether chance chose them: of what waits, or of one release."""
    is_drawn = (sample.c.marks == "").label("is_drawn")
    columns = (sample.c.state, custody.c.disposition, is_drawn)
    query = (
        select(*columns, func.count().label("objects"), func.max(sample.c.changed_at).label("changed_at"))
        .join(custody, _CUSTODY)
        .where(sample.c.project == project, sample.c.policy == policy, _of(release))
        .group_by(*columns)
    )
    return list(connection.execute(query).all())


def verdicts(
    connection: Connection, project: ProjectName, policy: PolicyDigest, release: int | None = None
) -> dict[int, list[Verdict]]:
    """What was said of each of those samples, in the order it was said; those nobody read are left out."""
    said = reviewed.reading
    query = (
        select(said.c.sample_id, said.c.verdict)
        .join(sample, sample.c.id == said.c.sample_id)
        .join(custody, _CUSTODY)
        .where(sample.c.project == project, sample.c.policy == policy, _of(release))
        .order_by(said.c.id)
    )
    found: dict[int, list[Verdict]] = {}
    for row in connection.execute(query):
        found.setdefault(row.sample_id, []).append(Verdict(row.verdict))
    return found


def by_stratum(connection: Connection, project: ProjectName, policy: PolicyDigest) -> list[StratumCount]:
    """The strata of what waits, with how far their samples have come."""
    query = (
        select(stratum, sample.c.state, func.count().label("objects"))
        .join(sample, sample.c.stratum_id == stratum.c.id)
        .join(custody, _CUSTODY)
        .where(sample.c.project == project, sample.c.policy == policy, _of(None))
        .group_by(*stratum.c, sample.c.state)
        .order_by(stratum.c.modality, stratum.c.manufacturer, stratum.c.model, stratum.c.sop_class)
    )
    found: dict[Stratum, dict[State, int]] = {}
    for row in connection.execute(query):
        found.setdefault(_stratum(row), dict.fromkeys(State, 0))[State(row.state)] = row.objects
    return [StratumCount(device, states) for device, states in found.items()]


def page(
    connection: Connection,
    project: ProjectName,
    policy: PolicyDigest,
    states: Iterable[State],
    after: int,
    most: int,
    unread_by: str | None = None,
) -> list[SampleRow]:
    """Samples of what waits, in these states, in order; those that `unread_by` has read already left out."""
    query = _SAMPLES.where(
        sample.c.project == project,
        sample.c.policy == policy,
        sample.c.state.in_([each.value for each in states]),
        sample.c.id > after,
        _of(None),
    )
    if unread_by is not None:
        own = reviewed.reading
        query = query.where(
            ~select(own.c.id).where(own.c.sample_id == sample.c.id, own.c.reader == unread_by).exists()
        )
    return [_sample(row) for row in connection.execute(query.order_by(sample.c.id).limit(most))]


def get(connection: Connection, number: int) -> SampleRow | None:
    """One sample."""
    row = connection.execute(_SAMPLES.where(sample.c.id == number)).one_or_none()
    return None if row is None else _sample(row)


def change(connection: Connection, row: SampleRow, state: State, at: int) -> None:
    """Note a new state, in the transaction that has locked the project's samples."""
    values = {"state": state.value, "version": row.version + 1, "changed_at": at}
    connection.execute(update(sample).where(sample.c.id == row.id).values(values))


def count(connection: Connection, project: ProjectName, policy: PolicyDigest, more: int) -> None:
    """Note that so many more of what the sample was drawn of wait now, or fewer."""
    if more:
        is_its = and_(sampling.c.project == project, sampling.c.policy == policy)
        connection.execute(update(sampling).where(is_its).values(objects=sampling.c.objects + more))


def alike(connection: Connection, row: SampleRow) -> list[ReceivedId]:
    """The objects of the sample's stratum that wait for release."""
    device = row.stratum
    query = (
        select(output.c.received_id)
        .join(
            custody, (custody.c.received_id == output.c.received_id) & (custody.c.project == output.c.project)
        )
        .join(instance, instance.c.received_id == output.c.received_id)
        .join(series, series.c.id == instance.c.series_id)
        .where(
            output.c.policy == row.policy,
            waits(row.project, row.policy),
            output.c.sop_class == device.sop_class,
            output.c.modality == device.modality,
            series.c.manufacturer == device.manufacturer,
            series.c.model == device.model,
        )
    )
    return [ReceivedId(number) for number in connection.scalars(query)]


def _strata(connection: Connection, project: ProjectName, wanted: Iterable[Stratum]) -> dict[Stratum, int]:
    known = {
        _stratum(row): row.id
        for row in connection.execute(select(stratum).where(stratum.c.project == project))
    }
    for device in sorted(set(wanted) - known.keys()):
        row = {"project": project, **device._asdict()}
        known[device] = connection.execute(insert(stratum).returning(stratum.c.id), row).scalar_one()
    return known


def _of(release: int | None) -> ColumnElement[bool]:
    """Which objects are meant: what no release holds and was not made anew since, or one release's."""
    if release is not None:
        return custody.c.release_id == release
    return and_(custody.c.release_id.is_(None), custody.c.policy == sample.c.policy)


_CUSTODY = (custody.c.received_id == sample.c.received_id) & (custody.c.project == sample.c.project)
_SAMPLES = (
    select(
        sample,
        stratum.c.manufacturer,
        stratum.c.model,
        stratum.c.sop_class,
        stratum.c.modality,
        received.c.digest.label("original"),
        custody.c.disposition,
        custody.c.reason,
        custody.c.release_id,
        custody.c.policy.label("current_policy"),
        custody.c.output_digest.label("current_output"),
    )
    .join(stratum, stratum.c.id == sample.c.stratum_id)
    .join(received, received.c.id == sample.c.received_id)
    .join(custody, _CUSTODY)
)


def _stratum(row: Row[*tuple[object, ...]]) -> Stratum:
    return Stratum(row.manufacturer, row.model, row.sop_class, row.modality)


def _sample(row: Row[*tuple[object, ...]]) -> SampleRow:
    return SampleRow(
        id=row.id,
        project=ProjectName(row.project),
        policy=PolicyDigest(row.policy),
        received=ReceivedId(row.received_id),
        original=Digest(row.original),
        output=Digest(row.output_digest),
        stratum=_stratum(row),
        marks=tuple(Mark(each) for each in row.marks.split(SEPARATOR) if each),
        readers=row.readers,
        state=State(row.state),
        version=row.version,
        disposition=row.disposition,
        reason=row.reason,
        is_released=row.release_id is not None,
        is_current=row.current_policy == row.policy and row.current_output == row.output_digest,
    )
