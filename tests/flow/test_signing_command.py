"""Signing by command takes the account's own password, and the roles the console would ask for."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance
from tirage.flow.steps.signing import Signed
from tirage.model.people import Grant, Role, Who
from tirage.service import signing
from tirage.service.signing import (
    CandidateVoid,
    NoAccounts,
    NotConfirmed,
    NothingProposed,
    NotYoursToSign,
    refuse,
    sign,
)


@dataclass
class Known:
    """People with a password each, as a node's accounts know them."""

    people: dict[str, tuple[str, Who]] = field(default_factory=dict)

    def add(self, account: str, *grants: Grant) -> None:
        self.people[account] = (f"word of {account}", Who(account, frozenset(grants)))

    def who(self, account: str, secret: str) -> Who | None:
        password, who = self.people.get(account, ("", None))
        return who if secret == password else None


@pytest.fixture
def known() -> Known:
    found = Known()
    found.add("anna", Grant(Role.APPROVER, "lung"))
    found.add("bo", Grant(Role.APPROVER, "heart"))
    return found


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    node = TestNode(tmp_path, rules=RULES.replace("signatures: 0", "signatures: 1"))
    node.run(make_instance())
    return node


def test_an_approver_signs_with_their_own_password(node: TestNode, known: Known) -> None:
    with node.open() as opened:
        [waits] = opened.proposals()
        assert (waits.version, waits.objects, waits.given, waits.needed) == ("v0001", 1, 0, 1)
        assert sign(opened.parts, known, PROJECT, "anna", "word of anna") == Signed(1, 1)
        assert opened.run_until_released(PROJECT, lambda stages: None, 60)
        assert opened.proposals() == []
    assert node.tally.released == 1


@pytest.mark.parametrize(
    ("account", "secret", "error"),
    [
        ("anna", "word of bo", NotConfirmed),
        ("nobody", "", NotConfirmed),
        ("bo", "word of bo", NotYoursToSign),
    ],
)
def test_whoever_may_not_sign_signs_nothing(
    node: TestNode, known: Known, account: str, secret: str, error: type[Exception]
) -> None:
    with node.open() as opened:
        with pytest.raises(error):
            sign(opened.parts, known, PROJECT, account, secret)
        with pytest.raises(error):
            refuse(opened.parts, known, PROJECT, account, secret, "no")
        [waits] = opened.proposals()
    assert waits.given == 0


def test_where_nobody_has_an_account_nobody_signs(node: TestNode) -> None:
    with node.open() as opened, pytest.raises(NoAccounts):
        sign(opened.parts, None, PROJECT, "anna", "word of anna")


def test_what_was_refused_or_changed_is_not_signed(node: TestNode, known: Known) -> None:
    path = node.folder / "projects" / "lung.yaml"
    arguments = (PROJECT, "anna", "word of anna")
    with node.open() as opened:
        path.write_text(path.read_text().replace("quiet_s: 0", "quiet_s: 1"))
        with pytest.raises(CandidateVoid, match="rules changed"):
            sign(opened.parts, known, *arguments)
        with pytest.raises(NothingProposed):
            sign(opened.parts, known, *arguments)
    node.run()
    with node.open() as opened:
        refuse(opened.parts, known, *arguments, "not this one")
        with pytest.raises(NothingProposed):
            refuse(opened.parts, known, *arguments, "again")


def test_every_reason_has_words() -> None:
    from tirage.deliver.signing import Unfit, Voided

    assert set(signing.WORDS) == set(Unfit)
    assert set(signing.VOID_WORDS) == set(Voided)
