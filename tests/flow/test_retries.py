"""What a person puts back is judged anew by the worker, from the bytes that are here."""

from pathlib import Path

from sqlalchemy import func, select

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance
from tirage.model.identifiers import ReceivedId
from tirage.store import retries
from tirage.store.database import reading, writing
from tirage.store.schema import audit, finding


def put_back(node: TestNode) -> int:
    with node.open() as opened, writing(opened.parts.database) as connection:
        return retries.again(connection, PROJECT, [ReceivedId(1)], 1_780_000_000_000_000)


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
