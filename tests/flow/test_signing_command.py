"""Signing by command takes the account's own password and code, and the roles the console would ask for."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pyotp
import pytest

from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance
from tirage.deliver.signing import Unfit, Voided
from tirage.flow.steps.signing import Signed
from tirage.model.people import Grant, Role
from tirage.service import Node, signing
from tirage.service.console.entrance import FREE_OF_ACCOUNT, Factors
from tirage.service.signing import CandidateVoid, NotConfirmed, NothingProposed, NotYoursToSign
from tirage.service.vouching import TooManyTries
from tirage.store import people, times
from tirage.store.database import reading, writing
from tirage.store.keys import load_master_key
from tirage.store.passwords import Passwords, new_factor
from tirage.store.sealing import Sealer


def add(node: TestNode, account: str, grants: Iterable[Grant], secret: str = "") -> None:
    """An account of the node with a password of its own, and a second factor when given."""
    with node.open() as opened, writing(opened.parts.database) as connection:
        at = times.micros(times.now())
        number = people.add(connection, account, at)
        assert number is not None
        people.set_password(connection, number, Passwords().hash(f"the word of {account}"))
        for grant in grants:
            people.give(connection, number, grant)
        if secret:
            factors = Factors(Sealer(load_master_key(node.settings.master_key).secret))
            people.take_factor(connection, number, factors.seal(number, secret), 0)


@pytest.fixture
def node(tmp_path: Path) -> TestNode:
    """A node whose release waits for one signature; anna may give it."""
    node = TestNode(tmp_path, rules=RULES.replace("signatures: 0", "signatures: 1"))
    node.run(make_instance())
    add(node, "anna", [Grant(Role.APPROVER, "lung")])
    add(node, "bo", [Grant(Role.APPROVER, "heart")])
    return node


def word(account: str, code: str = "") -> tuple[str, str]:
    return f"the word of {account}", code


def test_an_approver_signs_with_their_own_password(node: TestNode) -> None:
    with node.open() as opened:
        [waits] = opened.proposals()
        assert (waits.version, waits.objects, waits.given, waits.needed) == ("v0001", 1, 0, 1)
        assert opened.sign_release(PROJECT, "anna", word("anna")) == Signed(1, 1)
        assert opened.run_until_released(PROJECT, lambda stages: None, 60)
        assert opened.proposals() == []
    assert node.tally.released == 1


@pytest.mark.parametrize(
    ("account", "shown", "error"),
    [
        ("anna", word("bo"), NotConfirmed),
        ("nobody", word("nobody"), NotConfirmed),
        ("bo", word("bo"), NotYoursToSign),
    ],
)
def test_whoever_may_not_sign_signs_nothing(
    node: TestNode, account: str, shown: tuple[str, str], error: type[Exception]
) -> None:
    with node.open() as opened:
        with pytest.raises(error):
            opened.sign_release(PROJECT, account, shown)
        with pytest.raises(error):
            opened.refuse_release(PROJECT, account, shown, "no")
        [waits] = opened.proposals()
    assert waits.given == 0


def test_whoever_has_a_second_factor_shows_its_code(node: TestNode) -> None:
    secret = new_factor()
    add(node, "cleo", [Grant(Role.APPROVER, "lung")], secret)
    with node.open() as opened:
        for code in ("", "000000"):
            with pytest.raises(NotConfirmed):
                opened.sign_release(PROJECT, "cleo", word("cleo", code))
        code = pyotp.TOTP(secret).now()
        assert opened.sign_release(PROJECT, "cleo", word("cleo", code)) == Signed(1, 1)


def test_guessing_a_password_takes_longer_and_longer(node: TestNode) -> None:
    def guess(opened: Node) -> None:
        for _ in range(FREE_OF_ACCOUNT + 10):  # each further wait is twice as long: one is met in the end
            with suppress(NotConfirmed):
                opened.sign_release(PROJECT, "anna", ("a guess", ""))

    with node.open() as opened, pytest.raises(TooManyTries):
        guess(opened)


def test_what_was_refused_or_changed_is_not_signed(node: TestNode) -> None:
    path = node.folder / "projects" / "lung.yaml"
    with node.open() as opened:
        path.write_text(path.read_text().replace("quiet_s: 0", "quiet_s: 1"))
        with pytest.raises(CandidateVoid, match="rules changed"):
            opened.sign_release(PROJECT, "anna", word("anna"))
        with pytest.raises(NothingProposed):
            opened.sign_release(PROJECT, "anna", word("anna"))
    node.run()
    with node.open() as opened:
        opened.refuse_release(PROJECT, "anna", word("anna"), "not this one")
        with pytest.raises(NothingProposed):
            opened.refuse_release(PROJECT, "anna", word("anna"), "again")
        with reading(opened.parts.database) as connection:
            assert signing.proposals(connection) == []


def test_every_reason_has_words() -> None:
    assert set(signing.WORDS) == set(Unfit)
    assert set(signing.VOID_WORDS) == set(Voided)
