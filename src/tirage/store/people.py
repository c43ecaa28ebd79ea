"""Accounts and their roles, and the codes by which people come to a password of their own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from tirage.model.people import EVERY_PROJECT, Grant, Role, Who
from tirage.store.peopled import account, account_grant, code, session, token
from tirage.store.prepared import upsert
from tirage.store.secret import kept

LOCAL, OIDC = "local", "oidc"


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """A person as the node knows them; secrets are hashed or sealed."""

    id: int
    name: str
    password: str
    totp: bytes | None
    totp_offered: bytes | None
    totp_step: int
    is_foreign: bool
    created_at: int
    disabled_at: int | None

    @property
    def handle(self) -> str:
        """The account as a subject of the audit."""
        return f"account:{self.id}"


def add(connection: Connection, name: str, at: int, issuer: str = "", subject: str = "") -> int | None:
    """A new account without roles; None when the name is taken."""
    row = {
        "name": name,
        "password": "",
        "totp_step": 0,
        "issuer": issuer,
        "subject": subject,
        "created_at": at,
    }
    made = connection.execute(
        upsert(account).values(row).on_conflict_do_nothing().returning(account.c.id)
    ).first()
    return int(made.id) if made else None


def named(connection: Connection, name: str) -> Account | None:
    """The account of this name."""
    row = connection.execute(select(account).where(account.c.name == name)).first()
    return _account(row) if row else None


def numbered(connection: Connection, number: int) -> Account | None:
    """The account of this number."""
    row = connection.execute(select(account).where(account.c.id == number)).first()
    return _account(row) if row else None


def known_as(connection: Connection, issuer: str, subject: str) -> Account | None:
    """The account of a person whom the hospital's sign-in calls `subject`."""
    row = connection.execute(
        select(account).where(account.c.issuer == issuer, account.c.subject == subject)
    ).first()
    return _account(row) if row else None


def listed(connection: Connection, after: str, most: int) -> list[Account]:
    """Accounts by name."""
    rows = connection.execute(
        select(account).where(account.c.name > after).order_by(account.c.name).limit(most)
    )
    return [_account(row) for row in rows]


def is_empty(connection: Connection) -> bool:
    """Whether nobody has an account."""
    return connection.execute(select(account.c.id).limit(1)).first() is None


def grants(connection: Connection, numbers: Iterable[int]) -> dict[int, set[tuple[Grant, str]]]:
    """What each account was granted, and whence: `LOCAL` or `OIDC`."""
    found: dict[int, set[tuple[Grant, str]]] = {number: set() for number in numbers}
    rows = connection.execute(select(account_grant).where(account_grant.c.account_id.in_(list(found))))
    for row in rows:
        found[row.account_id].add((Grant(Role(row.role), row.project), row.origin))
    return found


def who(connection: Connection, known: Account) -> Who:
    """An account with its roles, as `tirage.model` speaks of it."""
    given = grants(connection, [known.id])[known.id]
    return Who(known.name, frozenset(grant for grant, _ in given))


def give(connection: Connection, number: int, grant: Grant, origin: str = LOCAL) -> bool:
    """Grant a role; False when it was granted before."""
    row = {"account_id": number, "role": grant.role, "project": grant.project, "origin": origin}
    made = connection.execute(
        upsert(account_grant).values(row).on_conflict_do_nothing().returning(account_grant.c.role)
    )
    return made.first() is not None


def take(connection: Connection, number: int, grant: Grant, origin: str = LOCAL) -> bool:
    """Withdraw a role; False when it was not granted."""
    done = connection.execute(
        delete(account_grant).where(
            account_grant.c.account_id == number,
            account_grant.c.role == grant.role,
            account_grant.c.project == grant.project,
            account_grant.c.origin == origin,
        )
    )
    return done.rowcount > 0


def administrators(connection: Connection) -> set[int]:
    """Accounts in use that administer every project."""
    rows = connection.execute(
        select(account.c.id)
        .join(account_grant)
        .where(
            account_grant.c.role == Role.ADMIN,
            account_grant.c.project == EVERY_PROJECT,
            account.c.disabled_at.is_(None),
        )
    )
    return {row.id for row in rows}


def hold_still(connection: Connection) -> None:
    """Keep other changes of accounts waiting until this transaction ends: what is counted stays so."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(account.c.id).order_by(account.c.id).with_for_update())


def set_password(connection: Connection, number: int, hashed: str) -> None:
    """Keep a new password's hash."""
    connection.execute(update(account).where(account.c.id == number).values(password=hashed))


def offer_factor(connection: Connection, number: int, sealed: bytes) -> None:
    """Keep a second factor that the person has yet to confirm."""
    connection.execute(update(account).where(account.c.id == number).values(totp_offered=sealed))


def take_factor(connection: Connection, number: int, sealed: bytes, step: int) -> None:
    """The offered second factor is the person's from now on."""
    values = {"totp": sealed, "totp_offered": None, "totp_step": step}
    connection.execute(update(account).where(account.c.id == number).values(values))


def drop_factor(connection: Connection, number: int) -> None:
    """Forget the second factor."""
    connection.execute(update(account).where(account.c.id == number).values(totp=None, totp_offered=None))


def factors(connection: Connection) -> list[tuple[int, bytes | None, bytes | None]]:
    """Every account that has a second factor or was offered one, with both as they are sealed."""
    has_one = account.c.totp.is_not(None) | account.c.totp_offered.is_not(None)
    rows = connection.execute(select(account.c.id, account.c.totp, account.c.totp_offered).where(has_one))
    return [(row.id, row.totp, row.totp_offered) for row in rows]


def keep_factors(connection: Connection, number: int, totp: bytes | None, offered: bytes | None) -> None:
    """The same second factors, sealed anew."""
    values = {"totp": totp, "totp_offered": offered}
    connection.execute(update(account).where(account.c.id == number).values(values))


def use_step(connection: Connection, number: int, step: int) -> bool:
    """Take a code's step; False when it, or a later one, was used before."""
    done = connection.execute(
        update(account).where(account.c.id == number, account.c.totp_step < step).values(totp_step=step)
    )
    return done.rowcount == 1


def disable(connection: Connection, number: int, at: int | None) -> None:
    """Close the account and everything it has open; None opens it again, with nothing open."""
    connection.execute(update(account).where(account.c.id == number).values(disabled_at=at))
    if at is not None:
        end_everything(connection, number, at)


def end_everything(connection: Connection, number: int, at: int) -> None:
    """End the sessions, tokens and codes of an account."""
    for table in (session, token):
        connection.execute(
            update(table).where(table.c.account_id == number, table.c.ended_at.is_(None)).values(ended_at=at)
        )
    connection.execute(
        update(code).where(code.c.account_id == number, code.c.used_at.is_(None)).values(used_at=at)
    )


def add_code(connection: Connection, secret: str, number: int | None, at: int, expires_at: int) -> None:
    """Keep a code for the account, or for whoever will be the first administrator; earlier ones end."""
    owner = code.c.account_id.is_(None) if number is None else code.c.account_id == number
    connection.execute(update(code).where(owner, code.c.used_at.is_(None)).values(used_at=at))
    row = {"hash": kept(secret), "account_id": number, "created_at": at, "expires_at": expires_at}
    connection.execute(insert(code).values(row))


def code_account(connection: Connection, secret: str, at: int) -> int | None:
    """The account that an unused code is for, 0 for the first administrator's; None for none."""
    row = connection.execute(
        select(code.c.account_id).where(
            code.c.hash == kept(secret),
            code.c.used_at.is_(None),
            code.c.created_at <= at,
            code.c.expires_at > at,
        )
    ).first()
    return None if row is None else row.account_id or 0


def use_code(connection: Connection, secret: str, at: int) -> bool:
    """Use a code up; False when somebody was faster."""
    done = connection.execute(
        update(code).where(code.c.hash == kept(secret), code.c.used_at.is_(None)).values(used_at=at)
    )
    return done.rowcount == 1


def count(connection: Connection) -> int:
    """How many accounts there are."""
    return connection.execute(select(func.count()).select_from(account)).scalar_one()


def _account(row: Row[Any]) -> Account:
    return Account(
        row.id,
        row.name,
        row.password,
        bytes(row.totp) if row.totp is not None else None,
        bytes(row.totp_offered) if row.totp_offered is not None else None,
        row.totp_step,
        bool(row.subject),
        row.created_at,
        row.disabled_at,
    )
