"""What was read before it was proposed is signed by somebody else than the last reader."""

from pathlib import Path

from tests.flow.nodes import TestNode
from tests.flow.test_review import SAMPLED, listed, say, series
from tests.flow.test_signing import lines, newest, sign
from tirage.deliver.signing import CandidateState, Unfit, Voided
from tirage.flow.steps.signing import Signed
from tirage.model.reviews import Verdict

RULES = SAMPLED.replace("signatures: 0", "signatures: 1")


def test_nothing_is_proposed_before_the_sample_is_read_and_its_last_reader_does_not_sign(
    tmp_path: Path,
) -> None:
    node = TestNode(tmp_path, rules=RULES)
    node.run(*series(6))
    rows = listed(node)
    for row in rows[:-1]:
        say(node, row, Verdict.OK, "anna")
    assert node.run().pending == 6
    assert lines(node, "propose-release") == []
    say(node, rows[-1], Verdict.OK, "bo")
    node.run()
    assert newest(node).objects == 6
    assert sign(node, "bo") is Unfit.REVIEWED_LAST
    assert sign(node, "anna") == Signed(1, 1)
    assert node.run().released == 6


def test_a_leak_that_is_seen_while_it_waits_makes_signatures_void(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=RULES.replace("signatures: 1", "signatures: 2"))
    node.run(*series(6))
    for row in listed(node):
        say(node, row, Verdict.OK, "bo")
    node.run()
    before = newest(node)
    assert sign(node, "anna") == Signed(1, 2)
    say(node, listed(node)[0], Verdict.LEAK, "bo")
    assert sign(node, "cleo") is Voided.SAMPLE_FAILED
    assert node.run().held == 1
    after = newest(node)
    assert (after.id > before.id, after.objects, after.state) == (True, 5, CandidateState.PROPOSED)
