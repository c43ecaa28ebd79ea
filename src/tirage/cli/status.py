"""`tirage status`: what was received and where it stands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.options import Json, Node

if TYPE_CHECKING:
    from tirage.model.identifiers import ReceivedId
    from tirage.model.records import Tally
    from tirage.service import Proposal

app = typer.Typer()
NOBODY = "(no project)"


@app.command()
def status(
    node: Node = Path(),
    project: Annotated[str, typer.Option("--project", "-p", help="Show this project alone.")] = "",
    reason: Annotated[
        str, typer.Option("--reason", "-r", help="List the objects with this reason, for `tirage trace`.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Show what was received and where it stands.

    Project by project, each with a sum that must match what was received. Ends with 1 when an object is
    unaccounted for, which must never happen.
    """
    from tirage.cli.screen import console, print_json, tally_json
    from tirage.service import open_node
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        tallies = {name: one for name, one in opened.tallies().items() if project in ("", name)}
        objects = {name: opened.listed(name, reason) for name in tallies} if reason else {}
        awaiting, proposed = opened.awaiting(), opened.proposals()
    if reason:
        _list(objects, as_json)
        return
    if as_json:
        signing = {str(each.project): each.needed - each.given for each in proposed}
        awaits = {
            name: {"awaits_release": awaiting.get(name, 0), "awaits_signatures": signing.get(name, 0)}
            for name in tallies
        }
        print_json({name or NOBODY: tally_json(tally) | awaits[name] for name, tally in tallies.items()})
    elif not tallies:
        console().print("Nothing received yet.")
    else:
        _show(tallies, awaiting, proposed)
    if not all(tally.is_conserved for tally in tallies.values()):
        raise typer.Exit(1)


def _list(objects: "dict[str, list[ReceivedId]]", as_json: bool) -> None:
    from tirage.cli.screen import console, print_json

    if as_json:
        print_json({name or NOBODY: numbers for name, numbers in objects.items()})
        return
    for name, numbers in objects.items():
        if numbers:
            console().print(f"[bold]{name or NOBODY}[/]\n  {' '.join(map(str, numbers))}")


def _show(tallies: dict[str, "Tally"], awaiting: dict[str, int], proposed: "list[Proposal]") -> None:
    from tirage.cli.screen import console, print_awaiting, print_tally
    from tirage.cli.signing import print_proposal

    screen = console()
    for name, tally in tallies.items():
        screen.print(f"[bold]{name or NOBODY}[/]")
        print_tally(screen, tally)
        if count := awaiting.get(name):
            print_awaiting(screen, name, count)
        for each in proposed:
            if each.project == name:
                print_proposal(each)
        screen.print()
    if any(tally.held or tally.quarantined for tally in tallies.values()):
        screen.print("Each reason is explained in docs/holds.md. `tirage status --reason REASON` lists its")
        screen.print("objects, `tirage trace ID` shows what happened to one.")
