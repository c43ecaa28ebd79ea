"""Answers `tirage.web.api.account`."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine

from tirage.flow.steps import people as steps
from tirage.model.people import Who
from tirage.service.console.entrance import FREE_OF_ACCOUNT, Factors, drawn
from tirage.service.console.people import given_by
from tirage.store import attempts, audit, people, sessions, times
from tirage.store.audit import Detail, Line
from tirage.store.database import reading, repeated
from tirage.store.passwords import Passwords, new_factor, step_of
from tirage.store.people import Account
from tirage.web.api.account import (
    MadeToken,
    NewPassword,
    NewToken,
    Offered,
    OpenSession,
    OpenToken,
    Own,
    Proof,
)
from tirage.web.api.problems import Problem, not_found

T = TypeVar("T")
_DAY = 24 * 3600 * 1_000_000


class NodeAccounts:
    """What people do with their own accounts."""

    def __init__(
        self, database: Engine, factors: Factors, passwords: Passwords, clock: times.Clock = times.now
    ) -> None:
        self._database, self._factors, self._passwords, self._clock = database, factors, passwords, clock

    def own(self, who: Who) -> Own:
        """The account with what it has open."""
        at = self._now()
        with reading(self._database) as connection:
            known = _known(connection, who)
            return Own(
                name=known.name,
                grants=given_by(people.grants(connection, [known.id])[known.id]),
                has_password=known.password != "",
                has_factor=known.totp is not None,
                is_offered=known.totp_offered is not None,
                sessions=[
                    OpenSession(
                        number=each.id,
                        created_at=each.created_at,
                        used_at=each.used_at,
                        expires_at=each.expires_at,
                    )
                    for each in sessions.sessions(connection, known.id, at)
                ],
                tokens=[
                    OpenToken(
                        number=each.id,
                        name=each.name,
                        created_at=each.created_at,
                        used_at=each.used_at,
                        expires_at=each.expires_at,
                    )
                    for each in sessions.tokens(connection, known.id, at)
                ],
            )

    def change_password(self, who: Who, wanted: NewPassword) -> None:
        """Change the password; whatever is open ends."""
        self._prove(who, wanted)
        hashed = self._passwords.hash(steps.fit(wanted.new, who.account))
        self._change(who, lambda c, known, at: steps.choose_password(c, who.account, known, hashed, at))

    def offer_factor(self, who: Who, proof: Proof) -> Offered:
        """A second factor to set up; the one in force stays so until the new one is confirmed."""
        self._prove(who, proof)
        secret = new_factor()

        def unit(connection: Connection, known: Account, at: int) -> None:
            people.offer_factor(connection, known.id, self._factors.seal(known.id, secret))
            _record(connection, who, "factor-offer", known, at)

        self._change(who, unit)
        return Offered(secret=secret)

    def picture(self, who: Who) -> bytes | None:
        """The offered second factor as a picture."""
        with reading(self._database) as connection:
            known = _known(connection, who)
        if known.totp_offered is None:
            return None
        return drawn(self._factors.open(known.id, known.totp_offered), known.name)

    def confirm_factor(self, who: Who, code: str) -> None:
        """Put the offered second factor in force."""

        def unit(connection: Connection, known: Account, at: int) -> bool:
            sealed = known.totp_offered
            if sealed is None:
                raise not_found("second factor to confirm")
            step = step_of(self._factors.open(known.id, sealed), code.replace(" ", ""), at / 1e6)
            if step is not None:
                people.take_factor(connection, known.id, sealed, step)
                _record(connection, who, "factor", known, at)
            return step is not None

        if not self._change(who, unit):
            raise Problem(403, "CODE_WRONG", "this is not the code of this moment; type the next one")

    def make_token(self, who: Who, wanted: NewToken) -> MadeToken:
        """A token for scripts."""
        self._prove(who, wanted)

        def unit(connection: Connection, known: Account, at: int) -> MadeToken:
            ends = at + wanted.days * _DAY
            number, secret = sessions.add_token(connection, known.id, wanted.name, at, ends)
            _record(connection, who, "token", known, at, {"token": number, "days": wanted.days})
            return MadeToken(number=number, secret=secret)

        return self._change(who, unit)

    def end_token(self, who: Who, number: int) -> bool:
        """Withdraw a token."""

        def unit(connection: Connection, known: Account, at: int) -> bool:
            is_ended = sessions.end_token(connection, number, known.id, at)
            if is_ended:
                _record(connection, who, "token-end", known, at, {"token": number})
            return is_ended

        return self._change(who, unit)

    def end_session(self, who: Who, number: int) -> bool:
        """End a session."""

        def unit(connection: Connection, known: Account, at: int) -> bool:
            is_ended = sessions.end_session(connection, number, known.id, at)
            if is_ended:
                _record(connection, who, "session-end", known, at, {"session": number})
            return is_ended

        return self._change(who, unit)

    def _prove(self, who: Who, proof: Proof) -> None:
        """Raises `Problem` 403 for a wrong password, 429 after too many; the hospital's people have none."""
        with reading(self._database) as connection:
            known = _known(connection, who)
        if known.is_foreign:
            return
        counted = {attempts.key("own", who.account): FREE_OF_ACCOUNT}
        wait_s = repeated(self._database, lambda c: attempts.begin(c, counted, self._now()))
        if wait_s:
            detail = f"too many tries; wait {wait_s} seconds"
            raise Problem(429, "TOO_MANY_TRIES", detail, {"Retry-After": str(wait_s)})
        if not self._passwords.fits(known.password, proof.password):
            self._change(who, lambda c, known, at: _record(c, who, "password-refused", known, at))
            raise Problem(403, "PASSWORD_WRONG", "this is not your password")
        repeated(self._database, lambda c: attempts.forget(c, list(counted)))

    def _change(self, who: Who, unit: Callable[[Connection, Account, int], T]) -> T:
        return repeated(self._database, lambda c: unit(c, _known(c, who), self._now()))

    def _now(self) -> int:
        return times.micros(self._clock())


def _known(connection: Connection, who: Who) -> Account:
    known = people.named(connection, who.account)
    if known is None:
        raise not_found("account")
    return known


def _record(
    connection: Connection, who: Who, action: str, known: Account, at: int, detail: Detail | None = None
) -> None:
    audit.append(connection, [Line(who.account, action, known.handle, detail or {})], at)
