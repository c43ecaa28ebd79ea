"""`tirage notify`: who is told what happens in a project."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.options import Json, Node
from tirage.errors import Permanent

if TYPE_CHECKING:
    from tirage.model.identifiers import ProjectName
    from tirage.service.node import Node as Opened
    from tirage.service.notices import Notices

app = typer.Typer(no_args_is_help=True)
Project = Annotated[str, typer.Argument(help="Name of the project.")]


class NobodyNotified(Permanent):
    """The project does not exist, or its file names nobody to tell."""

    code = "NOBODY_NOTIFIED"
    remedy = "Add `to` or `webhooks` under `notify:` in the project file; see docs/guides/notifications.md."


@app.callback()
def notify() -> None:
    """Try who is told what happens; see what waits to be sent."""


@app.command("test")
def try_out(project: Project, node: Node = Path(), as_json: Json = False) -> None:
    """Send a test to everybody whom a project tells, and say what came of it.

    Ends with 1 when one of them was not reached.
    """
    from tirage.cli.screen import console, print_json
    from tirage.service import open_node
    from tirage.service.notices import tried
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        notices, name = _of(opened, project)
        found = list(tried(notices, name))
    if as_json:
        print_json([{"recipient": who, "problem": why} for who, why in found])
    else:
        for who, why in found:
            kind, _, address = who.partition(":")
            came = f"not reached: {why}" if why else "handed over"
            console().print(
                f"{address} ({'e-mail' if kind == 'mail' else 'webhook'}): {came}",
                markup=False,
                soft_wrap=True,
            )
    if any(why for _, why in found):
        raise typer.Exit(1)


@app.command()
def show(project: Project, node: Node = Path(), as_json: Json = False) -> None:
    """Show what would be sent now; nothing is sent."""
    from tirage.cli.screen import console, print_json
    from tirage.service import open_node
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        notices, name = _of(opened, project)
        notices.note()
        letters = notices.due(only=name)
    if as_json:
        print_json([{"recipient": each.recipient, "message": each.message.body} for each in letters])
        return
    if not letters:
        console().print("Nothing would be sent now.")
    for each in letters:
        console().print(
            f"To {each.recipient.partition(':')[2]}: {each.message.subject}", markup=False, soft_wrap=True
        )
        console().print(each.message.text, markup=False, soft_wrap=True)


@app.command()
def status(node: Node = Path(), as_json: Json = False) -> None:
    """Show for each recipient how many notices wait, were sent, or were given up, and why.

    Ends with 1 when some do not arrive.
    """
    from tirage.cli.screen import console, print_json
    from tirage.network.notices import WHY
    from tirage.service import open_node
    from tirage.settings import load_settings
    from tirage.store import notices as store
    from tirage.store.database import reading

    with open_node(load_settings(node)) as opened, reading(opened.parts.database) as connection:
        found = store.standings(connection)
    if as_json:
        print_json(
            [
                {
                    "project": each.project,
                    "recipient": each.recipient,
                    "notices": {state.value: each.counts.get(state, 0) for state in store.State},
                    "failing": each.failing,
                    "next_try": _time(each.next_at) if each.failing else None,
                }
                for each in found
            ]
        )
    elif not found:
        console().print("Nobody was told anything yet.")
    else:
        for each in found:
            counts = ", ".join(f"{count:,} {state.value}" for state, count in sorted(each.counts.items()))
            why = f"; {WHY.get(each.failing, each.failing)}" if each.failing else ""
            who = each.recipient.partition(":")[2]
            console().print(
                f"{each.project or 'the node'} to {who}: {counts}{why}", markup=False, soft_wrap=True
            )
    if any(each.failing for each in found):
        raise typer.Exit(1)


def _time(micros: int | None) -> str | None:
    from tirage.store import times

    return times.moment(micros).isoformat(timespec="seconds") if micros is not None else None


def _of(opened: "Opened", project: str) -> "tuple[Notices, ProjectName]":
    from tirage.model.identifiers import ProjectName
    from tirage.service.happenings import recipients
    from tirage.service.notices import Notices

    name, parts = ProjectName(project), opened.parts
    if name not in parts.rules or not recipients(parts.rules[name]):
        raise NobodyNotified(f"{project} tells nobody")
    return Notices(opened.settings, parts.database, parts.rules), name
