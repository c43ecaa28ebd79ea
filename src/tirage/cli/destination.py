"""`tirage destination`: where projects deliver, how it goes there, and stopping it or letting it go on."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.options import Json, Node
from tirage.cli.release import account

if TYPE_CHECKING:
    from tirage.service.delivering import DestinationStanding

app = typer.Typer(no_args_is_help=True, help="See where projects deliver; test, pause and resume it.")

Project = Annotated[str, typer.Argument(help="Name of the project.", show_default=False)]
Name = Annotated[str, typer.Argument(help="Name of the destination.", show_default=False)]


@app.command("list")
def list_(node: Node = Path(), as_json: Json = False) -> None:
    """List every destination: what has arrived there, what shows it, and what it lacks."""
    from tirage.cli.screen import console, print_json, print_rows
    from tirage.service import delivering, open_node
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        found = delivering.standings(opened.parts)
    if as_json:
        print_json({"destinations": [asdict(each) for each in found]})
        return
    screen = console()
    if not found:
        screen.print("No project names a destination: releases stay on this node.")
        return
    head = ("project", "destination", "where", "files", "shown by", "lacks", "state")
    print_rows(screen, head, [_row(each) for each in found])
    for each in found:
        if each.paused_by == "worker":
            screen.print(
                f"{each.name} was paused after {each.failures} failed tries. Test it, mend what is wrong, "
                f"then: `tirage destination resume {each.project} {each.name}`.",
                markup=False,
            )


@app.command("test")
def try_(project: Project, name: Name, node: Node = Path(), as_json: Json = False) -> None:
    """Connect to a destination without delivering anything, and say what is wrong."""
    from tirage.cli.screen import console, print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import delivering, open_node
    from tirage.service.build import make_senders
    from tirage.service.connections import check_destination
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        spec = delivering.spec_of(opened.parts, ProjectName(project), name)
        check = check_destination(make_senders(opened.settings), ProjectName(project), spec)
    if as_json:
        print_json(
            {"is_ok": check.is_ok, "found": check.found, "remedy": "" if check.is_ok else check.remedy}
        )
    else:
        state = "[green]in order[/]" if check.is_ok else "[red]mend[/]"
        console().print(f"{check.name}: {state}: ", end="")
        console().print(check.found if check.is_ok else f"{check.found}. {check.remedy}", markup=False)
    if not check.is_ok:
        raise typer.Exit(1)


@app.command()
def pause(project: Project, name: Name, node: Node = Path(), as_json: Json = False) -> None:
    """Send nothing more to a destination until it is resumed; what is on its way ends its study."""
    _set(project, name, node, as_json, is_paused=True)


@app.command()
def resume(project: Project, name: Name, node: Node = Path(), as_json: Json = False) -> None:
    """Let a paused destination be sent to again, with as many tries as at first."""
    _set(project, name, node, as_json, is_paused=False)


@app.command("give-up")
def give_up(
    project: Project,
    version: Annotated[int, typer.Argument(help="Version of the release, 1 for v0001.", min=1)],
    name: Name,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Want no more of what a destination refuses of a release; it then gets the rest, and later versions."""
    from tirage.cli.screen import console, print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import delivering, open_node
    from tirage.settings import load_settings

    by = f"account:{account()}"
    with open_node(load_settings(node)) as opened:
        files = delivering.give_up(opened.parts, ProjectName(project), version, name, by)
    if as_json:
        print_json({"project": project, "version": version, "destination": name, "given_up": files})
    else:
        console().print(f"{files:,} files of v{version:04d} are not asked of {name} any more.", markup=False)


def _set(project: str, name: str, node: Path, as_json: bool, *, is_paused: bool) -> None:
    from tirage.cli.screen import console, print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import delivering, open_node
    from tirage.settings import load_settings

    act = delivering.pause if is_paused else delivering.resume
    with open_node(load_settings(node)) as opened:
        changed = act(opened.parts, ProjectName(project), name, f"account:{account()}")
    if as_json:
        print_json({"project": project, "destination": name, "paused": is_paused, "changed": changed})
        return
    state = "paused" if is_paused else "sent to again"
    console().print(f"{name} is {state}." if changed else f"{name} was {state} already.", markup=False)


def _row(each: "DestinationStanding") -> list[str]:
    state = "paused" if each.paused_by else "open" if each.is_open else "out of hours"
    if each.failures and not each.paused_by:
        state = f"{each.failures} failed {'try' if each.failures == 1 else 'tries'}"
    return [
        each.project,
        each.name,
        f"{each.kind}: {each.address}",
        ", ".join(f"{count:,} {status}" for status, count in sorted(each.files.items())) or "none",
        ", ".join(sorted(each.proofs)) or "",
        ", ".join(f"v{version:04d}" for version in each.lacks) or "",
        state,
    ]
