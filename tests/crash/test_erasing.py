"""Kill the worker while it deletes the files of an erased study: the next one ends it."""

import signal
from pathlib import Path

import pytest
from tests.crash.test_pipeline import work
from tests.flow.nodes import RULES, TestNode
from tests.make import make_instance

from tirage.flow.steps import erasing

AT = 1_780_000_000_000_000


@pytest.mark.parametrize("point", ["erase:before-unlink", "erase:after-unlink"])
def test_a_kill_while_files_go_leaves_none_behind_in_the_end(tmp_path: Path, point: str) -> None:
    node = TestNode(tmp_path, rules=RULES + "release:\n  automatic: false\n")
    node.run(*[make_instance(instance=number) for number in (1, 2, 3)])
    with node.open() as opened:
        made = erasing.erase(opened.parts.database, 1, "asked for", "ada", AT)
    assert made is not None
    assert work(node, f"{point}:1:kill") == -signal.SIGKILL
    assert node.tally.reasons == {"ERASED": 3}
    assert work(node) == 0
    node.assert_sound()
    stores = (node.settings.originals, node.settings.objects)
    assert [path for store in stores for path in store.rglob("*") if len(path.name) == 64] == []
