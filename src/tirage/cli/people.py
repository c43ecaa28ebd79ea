"""`tirage people`: accounts and roles without a browser, for whoever may open the node's folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tirage.cli.options import Json, Node
from tirage.cli.release import account
from tirage.model.people import EVERY_PROJECT, Grant, Role

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from tirage.store.people import Account

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Make accounts, grant and withdraw roles.")
Name = Annotated[str, typer.Argument(help="Name of the account.", show_default=False)]
RoleArgument = Annotated[Role, typer.Argument(help="What the person is.", show_default=False)]
ProjectOption = Annotated[str, typer.Option(help="In this project; every one by default.")]
AskPassword = Annotated[
    bool, typer.Option("--password", help="Ask for a password here, in place of making a code.")
]


@app.command("list")
def list_(node: Node = Path(), as_json: Json = False) -> None:
    """List accounts and their roles."""
    from tirage.cli.screen import print_json
    from tirage.store import people
    from tirage.store.database import reading

    found = []
    with _database(node) as database, reading(database) as connection:
        after = ""
        while page := people.listed(connection, after, 200):
            after = page[-1].name
            granted = people.grants(connection, [each.id for each in page])
            for each in page:
                roles = [f"{grant.role}:{grant.project}" for grant, _ in sorted(granted[each.id])]
                state = "closed" if each.disabled_at else "open" if _signs_in(each) else "invited"
                found.append({"name": each.name, "roles": roles, "state": state})
    if as_json:
        print_json(found)
        return
    for person in found:
        typer.echo(f"{person['name']:<24} {person['state']:<8} {', '.join(person['roles']) or 'no role'}")
    if not found:
        typer.echo("Nobody has an account. Make the first: `tirage people add NAME`.")


@app.command()
def add(name: Name, node: Node = Path(), password: AskPassword = False, as_json: Json = False) -> None:
    """Make an account; the first one becomes administrator of the node.

    Prints a code by which the person chooses a password in the browser at /start, once within three days.
    """
    from tirage.flow.steps import people as steps
    from tirage.store import people

    hashed = _asked(name) if password else ""

    def unit(connection: "Connection", at: int) -> str:
        is_first = people.is_empty(connection)
        known = steps.create(connection, _actor(), name, at)
        if is_first:
            steps.grant(connection, _actor(), known, Grant(Role.ADMIN), at)
        if not hashed:
            return steps.invite(connection, _actor(), known, at)
        steps.choose_password(connection, _actor(), known, hashed, at)
        return ""

    _show(name, _changed(node, unit), as_json)


@app.command()
def reset(name: Name, node: Node = Path(), password: AskPassword = False, as_json: Json = False) -> None:
    """Forget a person's password and phone, end all that is open, and print a new code."""
    from tirage.flow.steps import people as steps

    hashed = _asked(name) if password else ""

    def unit(connection: "Connection", at: int) -> str:
        known = _known(connection, name)
        code = steps.invite(connection, _actor(), known, at)
        if not hashed:
            return code
        steps.choose_password(connection, _actor(), known, hashed, at)
        return ""

    _show(name, _changed(node, unit), as_json)


@app.command()
def grant(
    name: Name,
    role: RoleArgument,
    node: Node = Path(),
    project: ProjectOption = EVERY_PROJECT,
    as_json: Json = False,
) -> None:
    """Grant a role."""
    from tirage.flow.steps import people as steps

    given = Grant(role, project)
    is_new = _changed(node, lambda c, at: steps.grant(c, _actor(), _known(c, name), given, at))
    words = f"{role} in {project} {'granted' if is_new else 'was granted before'}"
    _say(name, words, as_json, is_changed=is_new)


@app.command()
def revoke(
    name: Name,
    role: RoleArgument,
    node: Node = Path(),
    project: ProjectOption = EVERY_PROJECT,
    as_json: Json = False,
) -> None:
    """Withdraw a role."""
    from tirage.flow.steps import people as steps

    given = Grant(role, project)
    was = _changed(node, lambda c, at: steps.withdraw(c, _actor(), _known(c, name), given, at))
    words = f"{role} in {project} {'withdrawn' if was else 'was not granted'}"
    _say(name, words, as_json, is_changed=was)


@app.command()
def disable(name: Name, node: Node = Path(), as_json: Json = False) -> None:
    """Close an account and end all that it has open."""
    from tirage.flow.steps import people as steps

    _changed(node, lambda c, at: steps.disable(c, _actor(), _known(c, name), at))
    _say(name, "closed", as_json)


@app.command()
def enable(name: Name, node: Node = Path(), as_json: Json = False) -> None:
    """Open a closed account again."""
    from tirage.flow.steps import people as steps

    _changed(node, lambda c, at: steps.enable(c, _actor(), _known(c, name), at))
    _say(name, "open", as_json)


def _say(name: str, words: str, as_json: bool, *, is_changed: bool = True) -> None:
    if as_json:
        from tirage.cli.screen import print_json

        print_json({"name": name, "done": words, "changed": is_changed})
    else:
        typer.echo(f"{name}: {words}.")


def _actor() -> str:
    return f"account:{account()}"


def _signs_in(known: "Account") -> bool:
    return known.is_foreign or known.password != ""


def _known(connection: "Connection", name: str) -> "Account":
    from tirage.flow.steps.people import AccountMissing
    from tirage.store import people

    known = people.named(connection, name)
    if known is None:
        raise AccountMissing("no account has this name")
    return known


def _asked(name: str) -> str:
    """The hash of a password that is typed twice and never shown."""
    from tirage.flow.steps.people import fit
    from tirage.store.passwords import Passwords

    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return Passwords().hash(fit(typed, name))


def _changed(node: Path, unit: "Callable[[Connection, int], T]") -> T:
    from tirage.store import times
    from tirage.store.database import repeated

    with _database(node) as database:
        return repeated(database, lambda connection: unit(connection, times.micros(times.now())))


@contextmanager
def _database(node: Path) -> "Iterator[Engine]":
    from tirage.service.build import make_database
    from tirage.settings import load_settings

    database = make_database(load_settings(node))
    try:
        yield database
    finally:
        database.dispose()


def _show(name: str, code: str, as_json: bool) -> None:
    if as_json:
        from tirage.cli.screen import print_json

        print_json({"name": name, "code": code})
    elif code:
        typer.echo(f"{name} chooses a password at /start with this code, shown once:\n{code}")
    else:
        typer.echo(f"{name} signs in with the new password.")
