"""Whether somebody is who they say, where a session is not enough or there is none: before they sign.

Every try counts, as at the entrance; what is refused is a line of the audit.
"""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from tirage.errors import Transient
from tirage.model.people import Who
from tirage.service.build import Parts
from tirage.service.console.entrance import FREE_OF_ACCOUNT, Factors, takes_code
from tirage.store import attempts, audit, people, times
from tirage.store.audit import Line
from tirage.store.database import reading, repeated
from tirage.store.passwords import Passwords
from tirage.store.people import Account


class TooManyTries(Transient):
    """Too many wrong passwords or codes for this account; each further one waits longer."""

    code = "TOO_MANY_TRIES"
    remedy = "Wait as long as it says, then try again. An administrator can give a new password."


class Vouching(Protocol):
    """Whoever knows the accounts of a node."""

    def asks(self, account: str) -> bool:
        """Whether the account has a password to be asked for once more; the hospital's people have none."""

    def confirms(self, account: str, password: str) -> bool:
        """Whether the password is that of the account, whose session has shown the rest."""

    def who(self, account: str, password: str, code: str) -> Who | None:
        """The person of this account, if password and code are theirs; without a session both are asked."""


@dataclass(frozen=True, slots=True)
class NodeVouching:
    """Vouches by the accounts of a node."""

    parts: Parts
    factors: Factors
    passwords: Passwords
    clock: times.Clock = times.now

    def asks(self, account: str) -> bool:
        """Whether the account has a password to be asked for once more."""
        with reading(self.parts.database) as connection:
            known = people.named(connection, account)
        return known is not None and not known.is_foreign

    def confirms(self, account: str, password: str) -> bool:
        """Whether the password is that of the account; raises `TooManyTries`."""
        return self._judged(account, password) is not None

    def who(self, account: str, password: str, code: str) -> Who | None:
        """The person of this account, if password and code are theirs; raises `TooManyTries`."""
        known = self._judged(account, password)
        if known is None:
            return None

        def unit(connection: Connection) -> Who | None:
            at = times.micros(self.clock())
            if known.totp is not None and not takes_code(connection, self.factors, known, code, at):
                audit.append(connection, [Line(known.name, "code-refused", known.handle)], at)
                return None
            return people.who(connection, known)

        return repeated(self.parts.database, unit)

    def _judged(self, account: str, password: str) -> Account | None:
        """The account, if it is open and the password is its own."""
        counted = {attempts.key("account", account): FREE_OF_ACCOUNT}
        now = times.micros(self.clock())
        wait_s = repeated(self.parts.database, lambda each: attempts.begin(each, counted, now))
        if wait_s:
            raise TooManyTries(f"too many tries; wait {wait_s} seconds")
        with reading(self.parts.database) as connection:
            known = people.named(connection, account)
        is_open = known is not None and known.disabled_at is None and not known.is_foreign
        fits = self.passwords.fits(known.password if known is not None and is_open else "", password)

        def unit(connection: Connection) -> None:
            if fits:
                attempts.forget(connection, list(counted))
                return
            subject = known.handle if known is not None else "account:unknown"
            audit.append(connection, [Line("console", "password-refused", subject)], now)

        repeated(self.parts.database, unit)
        return known if fits else None


def make_vouching(parts: Parts) -> Vouching:
    """Who vouches at this node."""
    return NodeVouching(parts, Factors(parts.sealer), Passwords())
