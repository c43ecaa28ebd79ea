"""A project that releases nothing by itself does so when it is asked, once for each word given."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance
from tirage.model.identifiers import ProjectName
from tirage.service import Asked
from tirage.service.asking import ProjectUnknown
from tirage.store import releases
from tirage.store.database import reading, writing
from tirage.store.schema import audit, work

MANUAL = RULES + "release:\n  automatic: false\n"


@pytest.fixture
def manual(tmp_path: Path) -> TestNode:
    return TestNode(tmp_path, rules=MANUAL)


def ask(node: TestNode, signer: str = "") -> Asked:
    with node.open() as opened:
        return opened.ask_release(PROJECT, "account:manager", signer)


def lines(node: TestNode, action: str) -> list[tuple[str, dict[str, object]]]:
    """Actor and detail of each audit line of an action."""
    with node.open() as opened, reading(opened.parts.database) as connection:
        rows = connection.execute(select(audit.c.actor, audit.c.detail).where(audit.c.action == action))
        return [(row.actor, json.loads(row.detail)) for row in rows]


def open_requests(node: TestNode) -> int:
    with node.open() as opened, reading(opened.parts.database) as connection:
        return len(connection.execute(select(work.c.id).where(work.c.kind == "release")).all())


def test_nothing_is_released_until_someone_asks_and_then_all_that_waits(manual: TestNode) -> None:
    assert manual.run(make_instance(instance=1), make_instance(instance=2)).pending == 2
    with manual.open() as opened:
        assert opened.awaiting() == {PROJECT: 2}
    assert ask(manual) is Asked.ASKED
    assert manual.run().released == 2
    assert open_requests(manual) == 0
    assert manual.versions() == ["v0001"]
    with manual.open() as opened:
        assert opened.awaiting() == {}
    [(actor, detail)] = lines(manual, "request-release")
    assert (actor, detail["objects"], "signed" in detail) == ("account:manager", 2, False)


def test_a_word_is_good_for_one_release(manual: TestNode) -> None:
    manual.run(make_instance(instance=1))
    ask(manual)
    manual.run()
    assert manual.run(make_instance(instance=2)).pending == 1
    assert manual.versions() == ["v0001"]
    ask(manual)
    assert manual.run().released == 2
    assert manual.versions() == ["v0001", "v0002"]


def test_asking_twice_makes_one_release(manual: TestNode) -> None:
    manual.run(make_instance())
    assert [ask(manual), ask(manual)] == [Asked.ASKED, Asked.ALREADY]
    manual.run()
    assert manual.versions() == ["v0001"]
    assert len(lines(manual, "request-release")) == 1


def test_where_nothing_waits_nothing_is_recorded(manual: TestNode) -> None:
    assert ask(manual) is Asked.NOTHING
    manual.run(make_instance())
    ask(manual)
    manual.run()
    assert ask(manual) is Asked.NOTHING
    assert open_requests(manual) == 0


def test_asked_while_objects_are_on_their_way_the_release_holds_them(manual: TestNode) -> None:
    manual.take_in(make_instance(instance=1), make_instance(instance=2))
    assert ask(manual) is Asked.ASKED
    assert manual.run().released == 2
    assert manual.versions() == ["v0001"]


def test_a_request_that_comes_to_nothing_is_struck_off(manual: TestNode) -> None:
    manual.take_in(make_instance(PatientID=None))
    assert ask(manual) is Asked.ASKED
    assert manual.run().held == 1
    assert open_requests(manual) == 0
    assert manual.versions() == []
    assert len(lines(manual, "release-nothing")) == 1


def test_after_the_approval_ran_out_a_request_releases_nothing(tmp_path: Path) -> None:
    with TestNode(tmp_path, rules=MANUAL) as node:
        node.run(make_instance())
        rules = node.folder / "projects" / "lung.yaml"
        rules.write_text(rules.read_text().replace("  title:", "  expires: 2020-01-31\n  title:"))
        ask(node)
        assert node.run().reasons == {"PROJECT_EXPIRED": 1}
        assert open_requests(node) == 0


def test_outputs_of_an_older_policy_are_made_again_before_they_are_released(manual: TestNode) -> None:
    manual.run(make_instance())
    rules = manual.folder / "projects" / "lung.yaml"
    rules.write_text(rules.read_text() + "dates:\n  max_shift_days: 9\n")
    assert ask(manual) is Asked.ASKED
    assert manual.run().released == 1


def test_who_answers_for_an_unsigned_release_is_kept(manual: TestNode) -> None:
    manual.run(make_instance())
    ask(manual, "B. Approver")
    assert manual.run().released == 1
    [(_, detail)] = lines(manual, "request-release")
    assert detail["signed"] == "B. Approver"


def test_no_run_freezes_a_release_that_nobody_asked_for(manual: TestNode) -> None:
    from tirage.flow.steps import release
    from tirage.service.build import make_context

    manual.run(make_instance())
    with manual.open() as opened:
        context = make_context(manual.settings, opened.parts)
        try:
            assert release.freeze(context, PROJECT, 1) == 0
        finally:
            context.pool.close()
        with writing(opened.parts.database) as connection:
            assert releases.listed(connection) == []


def test_a_project_the_node_does_not_have_is_named(manual: TestNode) -> None:
    with manual.open() as opened, pytest.raises(ProjectUnknown):
        opened.ask_release(ProjectName("nowhere"), "account:manager")


def test_a_serving_node_makes_the_release_that_is_asked_for(manual: TestNode) -> None:
    from tests.flow.test_serve import serving

    manual.run(make_instance())
    with serving(manual), manual.open() as second:
        assert second.ask_release(PROJECT, "account:manager") is Asked.ASKED
        assert second.run_until_released(PROJECT, lambda stages: None, 60)
        [made] = second.releases()
    assert made.objects == 1
