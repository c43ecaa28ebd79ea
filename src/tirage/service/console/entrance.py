"""Lets people in: password, second factor, first start, invitation. Every try that counts is audited."""

import io
from typing import cast

import segno
from sqlalchemy import Connection, Engine

from tirage.errors import Permanent
from tirage.flow.steps import people as steps
from tirage.model.people import Grant, Role
from tirage.store import attempts, audit, people, sessions, times
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.passwords import Passwords, factor_address, new_factor, step_of
from tirage.store.people import Account
from tirage.store.sealing import Sealer
from tirage.web.console.entrance import Admitted, Half, Refused

FREE_OF_ACCOUNT, FREE_OF_ADDRESS = 4, 20
"""Failures that cost no waiting; an address may be a whole ward's."""

_WRONG = Refused("The name, the password or both are wrong.")
_OVER = Refused("That took too long. Sign in again.")
_NO_CODE = Refused("This code is not known, was used, or is too old. Ask for a new one.")


class Factors:
    """Second factors, sealed under the account they belong to."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def seal(self, number: int, secret: str) -> bytes:
        """What is kept of a second factor."""
        return self._sealer.seal(secret.encode(), place(number))

    def open(self, number: int, sealed: bytes) -> str:
        """The second factor."""
        return self._sealer.open(sealed, place(number)).decode()


class NodeEntrance:
    """The entrance of a node's console."""

    def __init__(
        self,
        database: Engine,
        factors: Factors,
        passwords: Passwords,
        *,
        needs_factor: bool = True,
        clock: times.Clock = times.now,
    ) -> None:
        self._database, self._factors, self._passwords = database, factors, passwords
        self._needs_factor, self._clock = needs_factor, clock

    def is_new(self) -> bool:
        """Whether nobody has an account yet."""
        with reading(self._database) as connection:
            return people.is_empty(connection)

    def password(self, name: str, password: str, address: str) -> Admitted | Refused:
        """Whether the account has this password; a name that nobody has takes as long to refuse."""
        name = name.strip().lower()
        counted = {
            attempts.key("account", name): FREE_OF_ACCOUNT,
            attempts.key("address", address): FREE_OF_ADDRESS,
        }
        wait_s = repeated(self._database, lambda c: attempts.begin(c, counted, self._now()))
        if wait_s:
            return _wait(wait_s)
        with reading(self._database) as connection:
            known = people.named(connection, name)
        is_open = known is not None and known.disabled_at is None
        fits = self._passwords.fits(known.password if known and is_open else "", password)

        def unit(connection: Connection) -> Admitted | Refused:
            at = self._now()
            if known is None or not fits:
                subject = known.handle if known else "account:unknown"
                _record(connection, steps.CONSOLE, "sign-in-refused", subject, at, address)
                return _WRONG
            attempts.forget(connection, list(counted))
            return self._admit(connection, known, at)

        return repeated(self._database, unit)

    def half(self, secret: str) -> Half | None:
        """Who took the first step within the last five minutes."""
        with reading(self._database) as connection:
            opened = sessions.find_session(connection, secret, self._now(), sessions.HALF)
        return Half(opened.account.name, self._offered(opened.account)) if opened else None

    def picture(self, secret: str) -> bytes | None:
        """The second factor to be set up; none for whoever has one."""
        half = self.half(secret)
        return drawn(half.offered, half.account) if half and half.offered else None

    def code(self, secret: str, code: str) -> Admitted | Refused:
        """Whether the code is the account's, now and for the first time."""

        def unit(connection: Connection) -> Admitted | Refused:
            at = self._now()
            opened = sessions.find_session(connection, secret, at, sessions.HALF)
            if opened is None:
                return _OVER
            known = opened.account
            counted = {attempts.key("code", known.name): FREE_OF_ACCOUNT}
            wait_s = attempts.begin(connection, counted, at)
            if wait_s:
                return _wait(wait_s)
            if not takes_code(connection, self._factors, known, code, at):
                _record(connection, steps.CONSOLE, "code-refused", known.handle, at)
                return Refused(
                    "This is not the code of this moment. Each code is taken once: wait for the next."
                )
            attempts.forget(connection, list(counted))
            sessions.end_session(connection, opened.id, known.id, at)
            made = Admitted(sessions.open_session(connection, known.id, at), is_half=False)
            _record(connection, known.name, "sign-in", known.handle, at)
            return made

        return repeated(self._database, unit)

    def begin(self, code: str, name: str, password: str, address: str) -> Admitted | Refused:
        """Choose a password. The first start's code makes the account, as an administrator of everything."""
        name = name.strip().lower()
        counted = {attempts.key("address", address): FREE_OF_ADDRESS}
        wait_s = repeated(self._database, lambda c: attempts.begin(c, counted, self._now()))
        if wait_s:
            return _wait(wait_s)
        try:
            hashed = self._passwords.hash(steps.fit(password, name))
        except Permanent as error:
            return _said(error)

        def unit(connection: Connection) -> Admitted | Refused:
            at = self._now()
            number = people.code_account(connection, code, at)
            if number is None or (number == 0 and not people.is_empty(connection)):
                _record(connection, steps.CONSOLE, "code-refused", "account:unknown", at, address)
                return _NO_CODE
            if number == 0:
                known = steps.create(connection, name, name, at)
                people.give(connection, known.id, Grant(Role.ADMIN))
                detail = {"role": str(Role.ADMIN), "project": Grant(Role.ADMIN).project}
                audit.append(connection, [Line(name, "grant", known.handle, detail)], at)
            else:
                known = cast(Account, people.numbered(connection, number))
                if known.name != name or known.disabled_at is not None:
                    return Refused("The code is for another account: write its name as in the invitation.")
            if not people.use_code(connection, code, at):
                return _NO_CODE
            attempts.forget(connection, list(counted))
            steps.choose_password(connection, name, known, hashed, at)
            return self._admit(connection, known, at)

        try:
            return repeated(self._database, unit)
        except Permanent as error:
            return _said(error)

    def leave(self, secret: str) -> None:
        """End the session that a cookie's value opens."""

        def unit(connection: Connection) -> None:
            at = self._now()
            opened = sessions.find_session(connection, secret, at)
            if opened is not None:
                sessions.end_session(connection, opened.id, opened.account.id, at)
                _record(connection, opened.account.name, "sign-out", opened.account.handle, at)

        repeated(self._database, unit)

    def _admit(self, connection: Connection, known: Account, at: int) -> Admitted:
        """The next step for whoever's password was right."""
        if known.totp is None and not self._needs_factor:
            made = Admitted(sessions.open_session(connection, known.id, at), is_half=False)
            _record(connection, known.name, "sign-in", known.handle, at)
            return made
        if known.totp is None and known.totp_offered is None:
            people.offer_factor(connection, known.id, self._factors.seal(known.id, new_factor()))
        return Admitted(sessions.open_session(connection, known.id, at, sessions.HALF), is_half=True)

    def _offered(self, known: Account) -> str:
        if known.totp is not None or known.totp_offered is None:
            return ""
        return self._factors.open(known.id, known.totp_offered)

    def _now(self) -> int:
        return times.micros(self._clock())


def takes_code(connection: Connection, factors: Factors, known: Account, code: str, at: int) -> bool:
    """Whether the code is of this moment and was never taken; the first one confirms an offered factor."""
    sealed = known.totp or known.totp_offered
    if sealed is None:
        return False
    step = step_of(factors.open(known.id, sealed), code.replace(" ", ""), at / 1e6)
    if step is None or not people.use_step(connection, known.id, step):
        return False
    if known.totp is None:
        people.take_factor(connection, known.id, sealed, step)
    return True


def drawn(secret: str, account: str) -> bytes:
    """A second factor as an SVG picture for phones, dark on white in every theme."""
    picture = io.BytesIO()
    code = segno.make(factor_address(secret, account, "Tirage"), error="m")
    code.save(picture, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False)
    return picture.getvalue()


def place(number: int) -> bytes:
    """What the second factor of an account is bound to by its seal."""
    return b"second-factor\0%d" % number


def _wait(wait_s: int) -> Refused:
    return Refused(f"Too many tries. Wait {wait_s} seconds, then try again.", wait_s)


def _said(error: Permanent) -> Refused:
    return Refused(f"{str(error).capitalize()}. {error.remedy}")


def _record(
    connection: Connection, actor: str, action: str, subject: str, at: int, address: str = ""
) -> None:
    line = Line(actor, action, subject, {"address": address} if address else {})
    audit.append(connection, [line], at)
