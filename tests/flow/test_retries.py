"""What a person puts back is judged anew by the worker, from the bytes that are here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from sqlalchemy import func, select

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance
from tirage.flow.pool import Pool
from tirage.flow.steps import prepare
from tirage.model.identifiers import ReceivedId
from tirage.service.build import make_context
from tirage.store import retries, studies
from tirage.store.database import reading, writing
from tirage.store.schema import audit, custody, finding

AT = 1_780_000_000_000_000


def put_back(node: TestNode, number: int = 1) -> int:
    with node.open() as opened, writing(opened.parts.database) as connection:
        return retries.again(connection, PROJECT, [ReceivedId(number)], AT)


def prepared(node: TestNode) -> int:
    """How often the worker recorded what came of the study."""
    with node.open() as opened, reading(opened.parts.database) as connection:
        lines = select(func.count()).select_from(audit).where(audit.c.action == "prepare")
        return connection.execute(lines).scalar_one()


def test_the_worker_judges_anew_under_the_same_rules_each_time_it_is_asked(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    assert node.run(make_instance(modality="US")).held == 1
    for times in (2, 3):
        assert put_back(node) == 1
        assert node.tally.pending == 1
        assert node.run().held == 1
        assert prepared(node) == times
    with node.open() as opened, reading(opened.parts.database) as connection:
        current = select(func.count()).select_from(finding).where(finding.c.superseded_at.is_(None))
        assert connection.execute(current).scalar_one() == 1


def test_what_is_put_back_under_mended_rules_is_released(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=RULES + "include:\n  modalities: [MR]\n")
    assert node.run(make_instance()).rejected == 1
    path = node.folder / "projects" / "lung.yaml"
    path.write_text(path.read_text().replace("[MR]", "[CT]"))
    assert put_back(node) == 1
    assert node.run().released == 1


@dataclass
class PutsBack:
    """A pool of real processes; a person puts an object back while these are at work."""

    pool: Pool
    act: Callable[[], object]

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any]) -> list[Any]:
        answers = self.pool.map(function, jobs)
        self.act()
        return answers


def test_what_was_begun_before_a_decision_is_not_recorded_after_it(tmp_path: Path) -> None:
    node = TestNode(tmp_path)
    node.run(make_instance(), make_instance(modality="US", patient=2))
    (number,) = {1, 2} - released(node)
    put_back(node, number)
    with node.open() as opened:
        context = make_context(node.settings, opened.parts)
        with reading(context.database) as connection:
            (waiting,) = studies.waiting(connection, PROJECT, context.rules_of(PROJECT).profile.digest)

        def decide() -> None:
            with writing(context.database) as connection:
                assert retries.anew(connection, PROJECT, waiting.study, AT) == 1

        begun = replace(context, pool=cast(Pool, PutsBack(context.pool, decide)))
        prepare.deidentify(begun, PROJECT, waiting.study, [number])
        context.pool.close()
    assert node.tally.pending == 1
    assert node.run().held == 1


def released(node: TestNode) -> set[int]:
    with node.open() as opened, reading(opened.parts.database) as connection:
        is_released = custody.c.disposition == "released"
        return set(connection.scalars(select(custody.c.received_id).where(is_released)))
