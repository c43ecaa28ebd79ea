"""What changes accounts: each change with its line of the audit, by the console and by commands alike."""

import re

from sqlalchemy import Connection

from tirage.errors import Permanent
from tirage.model.people import EVERY_PROJECT, Grant, Role
from tirage.store import audit, people
from tirage.store.audit import Detail, Line
from tirage.store.passwords import LONGEST, SHORTEST
from tirage.store.people import Account
from tirage.store.secret import new_secret

HOUR = 3600 * 1_000_000
START_MICROS, INVITATION_MICROS = 24 * HOUR, 72 * HOUR
CONSOLE = "console"
"""Who acts where nobody is known yet."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
_PROJECT = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_OTHERS = frozenset({CONSOLE, "nobody", "node", "schedule", "system", "tirage", "worker"})
"""Names under which no person acts."""


class NameUnfitForAccount(Permanent):
    """An account's name is not of 2 to 64 small letters, digits and `. _ @ -`, or is a program's."""

    code = "ACCOUNT_NAME_UNFIT"
    exit_code = 2
    remedy = "Choose a name of small letters and digits, for example `j.doe`."


class AccountExists(Permanent):
    """The name of the account is taken, maybe by one that is closed: names in the audit stay one person's."""

    code = "ACCOUNT_EXISTS"
    exit_code = 73
    remedy = "Choose another name."


class AccountMissing(Permanent):
    """There is no account of this name."""

    code = "ACCOUNT_MISSING"
    exit_code = 66
    remedy = "List accounts: `tirage people list`."


class LastAdministrator(Permanent):
    """The change would leave nobody who administers this node."""

    code = "LAST_ADMINISTRATOR"
    exit_code = 73
    remedy = "Make somebody else an administrator of every project first."


class OwnGrant(Permanent):
    """Nobody grants a role to themselves."""

    code = "OWN_GRANT"
    exit_code = 77
    remedy = "Ask another administrator."


class PasswordUnfit(Permanent):
    """A password has fewer than 12 characters, more than 200, or is little more than the account's name."""

    code = "PASSWORD_UNFIT"
    exit_code = 2
    remedy = "Choose a longer one: four or five words that nobody would put together."


class GrantUnfit(Permanent):
    """A role is granted for one project by its name, or for `*`, every one."""

    code = "GRANT_UNFIT"
    exit_code = 2
    remedy = "Name the project as its file does, or write `*`."


class HospitalAccount(Permanent):
    """The account signs in at the hospital's own sign-in, where its password is kept."""

    code = "HOSPITAL_ACCOUNT"
    exit_code = 73
    remedy = "Change the password there."


def create(
    connection: Connection, actor: str, name: str, at: int, issuer: str = "", subject: str = ""
) -> Account:
    """A new account without password and roles; `subject` is who the hospital's sign-in says.

    Raises `NameUnfitForAccount`, `AccountExists`.
    """
    if not _NAME.fullmatch(name) or name in _OTHERS:
        raise NameUnfitForAccount("this cannot be the name of an account")
    number = people.add(connection, name, at, issuer, subject)
    if number is None:
        raise AccountExists("the name is taken")
    _record(connection, actor, "account-create", f"account:{number}", at, {"name": name})
    return _known(people.numbered(connection, number))


def invite(connection: Connection, actor: str, known: Account, at: int) -> str:
    """A code by which the person chooses a new password; the old one, the second factor and all that is open
    end now. Raises `HospitalAccount`.
    """
    _is_local(known)
    people.set_password(connection, known.id, "")
    people.drop_factor(connection, known.id)
    people.end_everything(connection, known.id, at)
    secret = new_secret()
    people.add_code(connection, secret, known.id, at, at + INVITATION_MICROS)
    _record(connection, actor, "account-reset", known.handle, at)
    return secret


def grant(connection: Connection, actor: str, known: Account, given: Grant, at: int) -> bool:
    """Grant a role; False when it was. Raises `OwnGrant`, `GrantUnfit`."""
    if known.name == actor:
        raise OwnGrant("an account cannot grant roles to itself")
    if given.project != EVERY_PROJECT and not _PROJECT.fullmatch(given.project):
        raise GrantUnfit("this is no project's name")
    is_new = people.give(connection, known.id, given)
    if is_new:
        _record(connection, actor, "grant", known.handle, at, _words(given))
    return is_new


def withdraw(connection: Connection, actor: str, known: Account, given: Grant, at: int) -> bool:
    """Withdraw a role; False when it was not granted here. Raises `LastAdministrator`."""
    people.hold_still(connection)
    if not people.take(connection, known.id, given):
        return False
    if given == Grant(Role.ADMIN):
        _somebody_is_left(connection)
    _record(connection, actor, "withdraw", known.handle, at, _words(given))
    return True


def follow_groups(connection: Connection, known: Account, wanted: frozenset[Grant], at: int) -> None:
    """Give a person of the hospital's sign-in the roles of their groups of now, and no others of groups."""
    given = people.grants(connection, [known.id])[known.id]
    had = {grant for grant, origin in given if origin == people.OIDC}
    for each in sorted(wanted - had):
        people.give(connection, known.id, each, people.OIDC)
        _record(connection, CONSOLE, "grant", known.handle, at, _words(each))
    for each in sorted(had - wanted):
        people.take(connection, known.id, each, people.OIDC)
        _record(connection, CONSOLE, "withdraw", known.handle, at, _words(each))


def disable(connection: Connection, actor: str, known: Account, at: int) -> None:
    """Close an account and end all that it has open. Raises `LastAdministrator`."""
    if known.disabled_at is not None:
        return
    people.hold_still(connection)
    was = people.administrators(connection)
    people.disable(connection, known.id, at)
    if known.id in was:
        _somebody_is_left(connection)
    _record(connection, actor, "account-disable", known.handle, at)


def enable(connection: Connection, actor: str, known: Account, at: int) -> None:
    """Open a closed account again; what it had open before stays ended."""
    if known.disabled_at is None:
        return
    people.disable(connection, known.id, None)
    _record(connection, actor, "account-enable", known.handle, at)


def choose_password(connection: Connection, actor: str, known: Account, hashed: str, at: int) -> None:
    """Keep a new password and end all sessions. Raises `HospitalAccount`."""
    _is_local(known)
    people.set_password(connection, known.id, hashed)
    people.end_everything(connection, known.id, at)
    _record(connection, actor, "password", known.handle, at)


def fit(password: str, name: str) -> str:
    """The password, if it may be one; raises `PasswordUnfit`."""
    rest = password.casefold().replace(name.casefold(), "")
    if not SHORTEST <= len(password) <= LONGEST or len(set(rest)) < 5 or "\0" in password:
        raise PasswordUnfit("this password is too short or too easy")
    return password


def start_code(connection: Connection, at: int) -> str | None:
    """A new code for the first administrator; None when there are accounts already."""
    if not people.is_empty(connection):
        return None
    secret = new_secret()
    people.add_code(connection, secret, None, at, at + START_MICROS)
    _record(connection, CONSOLE, "start-code", "account:first", at)
    return secret


def _is_local(known: Account) -> None:
    if known.is_foreign:
        raise HospitalAccount("this account has no password here")


def _somebody_is_left(connection: Connection) -> None:
    if not people.administrators(connection):
        raise LastAdministrator("nobody would administer this node")


def _words(given: Grant) -> Detail:
    return {"role": str(given.role), "project": given.project}


def _known(found: Account | None) -> Account:
    assert found is not None
    return found


def _record(
    connection: Connection, actor: str, action: str, subject: str, at: int, detail: Detail | None = None
) -> None:
    audit.append(connection, [Line(actor, action, subject, detail or {})], at)
