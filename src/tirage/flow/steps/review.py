"""The review before a release: draw the sample, count how far its reading has come, and wait for it."""

import secrets
from collections import Counter
from datetime import timedelta

from sqlalchemy import Connection, select

from tirage.deliver.release import Waiting
from tirage.flow.context import Context, Rules
from tirage.model.identifiers import PolicyDigest, ProjectName, short
from tirage.model.outcomes import Disposition
from tirage.model.reviews import SampleStanding, State
from tirage.review.agree import agreement, upper_bound
from tirage.review.sample import choose
from tirage.store import audit, outputs, samples, studies
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.samples import Draw
from tirage.store.schema import release as releases
from tirage.store.times import micros

CHANCE_BYTES = 32
BETWEEN_DRAWS = timedelta(minutes=5)
"""How long a project that outputs are still made for waits before its sample is drawn, and drawn anew."""


def standing(
    connection: Connection, name: ProjectName, policy: PolicyDigest, release: int | None = None
) -> SampleStanding:
    """How far the review has come of what waits for release, or of what a release holds.

    Counts what waits, which takes a second for a million: `known` believes the last draw instead.
    """
    if release is not None:
        members = select(releases.c.members).where(releases.c.id == release)
        return _standing(connection, name, policy, connection.execute(members).scalar_one(), True, release)
    waiting, draw = outputs.unreleased(connection, name, policy), samples.draw(connection, name, policy)
    return _standing(connection, name, policy, waiting.objects if waiting else 0, _is_of(draw, waiting))


def known(connection: Connection, name: ProjectName, policy: PolicyDigest) -> SampleStanding:
    """How far the review has come, of what waited when the worker last looked: for pages."""
    draw = samples.draw(connection, name, policy)
    return _standing(connection, name, policy, draw.objects if draw else 0, draw is not None)


def _standing(
    connection: Connection,
    name: ProjectName,
    policy: PolicyDigest,
    objects: int,
    is_planned: bool,
    release: int | None = None,
) -> SampleStanding:
    draw = samples.draw(connection, name, policy)
    counts = samples.counts(connection, name, policy, release)
    said = samples.verdicts(connection, name, policy, release)
    by_state = Counter[State]()
    drawn, changed = Counter[State](), [draw.planned_at if draw else 0]
    returned = 0
    for row in counts:
        state = State(row.state)
        by_state[state] += row.objects
        if row.is_drawn:
            drawn[state] += row.objects
        if state is State.FAILED and row.disposition != Disposition.HELD.value:
            returned += row.objects
        changed.append(row.changed_at)
    # What is held already, because the first of two readers saw a leak, keeps nothing else waiting.
    blocking = Counter[State]()
    for row in counts:
        if row.disposition == Disposition.PENDING.value:
            blocking[State(row.state)] += row.objects
    read = drawn[State.PASSED] + drawn[State.FAILED]
    return SampleStanding(
        is_planned=is_planned,
        objects=objects,
        planned=by_state.total(),
        read=len(said),
        double_read=sum(len(each) > 1 for each in said.values()),
        open=blocking[State.OPEN],
        disputed=blocking[State.DISPUTED],
        passed=by_state[State.PASSED],
        failed=by_state[State.FAILED],
        returned=returned if release is None else 0,
        drawn=drawn.total(),
        drawn_read=read,
        drawn_failed=drawn[State.FAILED],
        upper_bound=upper_bound(drawn[State.FAILED], read),
        agreement=agreement([(each[0], each[1]) for each in said.values() if len(each) > 1]),
        changed_at=max(changed),
    )


def read_at(connection: Connection, name: ProjectName, rules: Rules, waiting: Waiting | None) -> int | None:
    """When the review of what waits for release was done, in microseconds; None while it is not.

    0 for a project that draws no sample.
    """
    if rules.project.review.sampling is None:
        return 0
    policy = rules.profile.digest
    is_planned = _is_of(samples.draw(connection, name, policy), waiting)
    found = _standing(connection, name, policy, waiting.objects if waiting else 0, is_planned)
    return found.changed_at if found.is_complete else None


def is_done(connection: Connection, name: ProjectName, rules: Rules) -> bool:
    """Whether the review lets a release be frozen now; until the transaction ends nobody can object.

    Whatever freezes a release asks this first, before it looks what there is to release.
    """
    if rules.project.review.sampling is None:
        return True
    samples.lock(connection, name, rules.profile.digest)
    waiting = outputs.unreleased(connection, name, rules.profile.digest)
    return read_at(connection, name, rules, waiting) is not None


def is_to_draw(connection: Connection, name: ProjectName, rules: Rules) -> bool:
    """Whether all that is coming has come, and the sample is not drawn of it yet."""
    if rules.project.review.sampling is None or studies.is_working(connection, name, rules.profile.digest):
        return False
    waiting = outputs.unreleased(connection, name, rules.profile.digest)
    return waiting is not None and not _is_of(samples.draw(connection, name, rules.profile.digest), waiting)


def look_after(context: Context, name: ProjectName, waiting: Waiting | None, is_working: bool) -> int | None:
    """Draw the sample of what waits where that is due; when its review was done, as `read_at` says it."""
    rules = context.rules_of(name)
    if rules.project.review.sampling is None:
        return 0
    if waiting is None:
        return None
    with reading(context.database) as connection:
        last = samples.draw(connection, name, rules.profile.digest)
    since = max(micros(waiting.oldest), last.planned_at if last else 0)
    is_patient = micros(context.clock() - BETWEEN_DRAWS) < since
    if not _is_of(last, waiting) and not (is_working and is_patient):
        draw(context, name)
    with reading(context.database) as connection:
        return read_at(connection, name, rules, waiting)


def draw(context: Context, name: ProjectName) -> int:
    """Draw the sample of what waits for release now; how many objects are new in it."""
    rules = context.rules_of(name)
    policy, sampling = rules.profile.digest, rules.project.review.sampling
    assert sampling is not None
    fresh = secrets.token_bytes(CHANCE_BYTES)

    def unit(connection: Connection) -> int:
        at, waiting = context.micros(), outputs.unreleased(connection, name, policy)
        if waiting is None:
            return 0
        last = samples.draw(connection, name, policy)
        chance = last.chance if last else fresh
        chosen = choose(
            samples.candidates(connection, name, policy),
            sampling,
            samples.familiar(connection, name),
            chance,
        )
        made = Draw(chance, waiting.objects, micros(waiting.newest), at)
        new = samples.record(connection, name, policy, chosen, made)
        if new:
            detail: audit.Detail = {"objects": waiting.objects, "new": new, "policy": short(policy)}
            audit.append(connection, [Line("worker", "draw-sample", f"project:{name}", detail)], at)
        return new

    return repeated(context.database, unit)


def _is_of(draw: Draw | None, waiting: Waiting | None) -> bool:
    if draw is None or waiting is None:
        return waiting is None
    # What a reader stopped may have been the newest of all.
    return draw.objects == waiting.objects and micros(waiting.newest) <= draw.newest
