"""Accounts, sessions, codes and tries, on both databases."""

import threading

import pytest
from sqlalchemy import Engine, select

from tirage.flow.steps import people as steps
from tirage.model.people import Grant, Role
from tirage.store import attempts, people, sessions
from tirage.store.audit import head
from tirage.store.database import reading, repeated, writing
from tirage.store.schema import audit
from tirage.store.sessions import IDLE_MICROS, LONGEST_MICROS, SKEW_MICROS

AT = 1_900_000_000_000_000


@pytest.fixture
def ada(engine: Engine) -> people.Account:
    with writing(engine) as connection:
        steps.create(connection, "root", "root", AT)
        return steps.create(connection, "root", "ada", AT)


def test_what_changes_an_account_is_a_line_of_the_audit(engine: Engine, ada: people.Account) -> None:
    operator = Grant(Role.OPERATOR, "lung")
    with writing(engine) as connection:
        assert steps.grant(connection, "root", ada, operator, AT)
        assert not steps.grant(connection, "root", ada, operator, AT)
        assert people.who(connection, ada).grants == {operator}
        assert steps.withdraw(connection, "root", ada, operator, AT)
        assert not steps.withdraw(connection, "root", ada, operator, AT)
        steps.disable(connection, "root", ada, AT)
        steps.disable(connection, "root", people.named(connection, "ada") or ada, AT)
        lines = connection.execute(select(audit.c.action, audit.c.subject).order_by(audit.c.seq)).all()
    assert [line.action for line in lines] == [
        "account-create",
        "account-create",
        "grant",
        "withdraw",
        "account-disable",
    ]
    assert {line.subject for line in lines} == {"account:1", "account:2"}


def test_a_refused_change_leaves_nothing_behind(engine: Engine, ada: people.Account) -> None:
    with writing(engine) as connection:
        steps.grant(connection, "root", ada, Grant(Role.ADMIN), AT)
        before = head(connection)
    for act in (
        lambda c: steps.withdraw(c, "ada", ada, Grant(Role.ADMIN), AT),
        lambda c: steps.disable(c, "root", ada, AT),
    ):
        with pytest.raises(steps.LastAdministrator):
            repeated(engine, act)
    with reading(engine) as connection:
        assert people.administrators(connection) == {ada.id}
        assert head(connection) == before
        assert (people.named(connection, "ada") or ada).disabled_at is None


@pytest.mark.parametrize(
    "name", ["", "a", "Ada", "ada lovelace", "a" * 65, "worker", "-ada", "ada\0", "account:ada"]
)
def test_a_name_that_no_person_may_have_is_refused(engine: Engine, name: str) -> None:
    with pytest.raises(steps.NameUnfitForAccount), writing(engine) as connection:
        steps.create(connection, "root", name, AT)


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaaaaaa", "ada" * 6, "x" * 201, "with a \0 in it, long"]
)
def test_a_password_that_is_none_is_refused(password: str) -> None:
    with pytest.raises(steps.PasswordUnfit):
        steps.fit(password, "ada")


@pytest.mark.parametrize(
    ("later", "is_open"),
    [
        (0, True),
        (IDLE_MICROS - 1, True),
        (IDLE_MICROS, False),
        (-SKEW_MICROS, True),
        (-SKEW_MICROS - 1, False),
        (LONGEST_MICROS, False),
        (10 * 365 * 24 * 3600 * 1_000_000, False),
    ],
)
def test_a_session_is_open_for_half_an_hour_by_a_clock_that_may_jump(
    engine: Engine, ada: people.Account, later: int, is_open: bool
) -> None:
    with writing(engine) as connection:
        secret = sessions.open_session(connection, ada.id, AT)
        assert (sessions.find_session(connection, secret, AT + later) is not None) == is_open
        assert sessions.find_session(connection, secret + "x", AT) is None
        assert sessions.find_session(connection, secret, AT, sessions.HALF) is None


def test_a_code_of_many_who_use_it_at_once_is_one_persons(engine: Engine, ada: people.Account) -> None:
    with writing(engine) as connection:
        secret = steps.invite(connection, "root", ada, AT)
    won: list[bool] = []
    threads = [
        threading.Thread(
            target=lambda: won.append(repeated(engine, lambda c: people.use_code(c, secret, AT)))
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_tries_wait_longer_and_longer_and_a_clock_set_back_keeps_nobody_out(engine: Engine) -> None:
    key = attempts.key("account", "ada")
    now, waits = AT, []
    for _ in range(8):
        with writing(engine) as connection:
            assert attempts.begin(connection, {key: 2}, now) == 0
            wait = attempts.begin(connection, {key: 2}, now)
        waits.append(wait)
        now += wait * attempts.SECOND
    assert waits == [0, 2, 4, 8, 16, 32, 64, 128] or waits[1:] == sorted(waits[1:])
    with writing(engine) as connection:
        attempts.begin(connection, {key: 2}, now)
        assert attempts.begin(connection, {key: 2}, now - 10**15) <= attempts.LONGEST_S
        attempts.forget(connection, [key])
        assert attempts.begin(connection, {key: 2}, now) == 0
