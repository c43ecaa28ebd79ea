"""`tirage fetch`: have archives hand over what a project wants; stop it, go on, give it up."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.options import Json, Node

if TYPE_CHECKING:
    from tirage.service import Node as OpenNode
    from tirage.service.acquiring import Standing

app = typer.Typer()

WORDS = {
    "wanted": "to be fetched",
    "complete": "here with every instance the archive lists",
    "partial": "here in part; no archive hands over the rest",
    "absent": "listed by no archive any more",
    "refused": "refused by every archive",
    "cancelled": "not wanted any more",
}


@app.command()
def fetch(
    project: Annotated[str, typer.Argument(help="Name of the project.", show_default=False)],
    pause: Annotated[bool, typer.Option("--pause", help="Ask for nothing more until --resume.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on after --pause.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Stop wanting what is not here yet.")] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Want again what was given up or cancelled, then fetch it.")
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Only show how far it has come.")] = False,
    archive: Annotated[
        str, typer.Option(help="With --pause and --resume: for this archive, whatever the project.")
    ] = "",
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Fetch the studies that the project wants and that are not here.

    What an archive lists is compared with what arrived, and only what is missing is asked for, again later
    or from the next archive. Stopped at any moment, the same command goes on. With a serving node its worker
    does the work; this command watches, and may be left.
    """
    from tirage.cli.release import account
    from tirage.model.identifiers import ProjectName
    from tirage.service import acquiring, open_node
    from tirage.settings import load_settings
    from tirage.store import pauses

    if sum((pause, resume, cancel, retry, show)) > 1:
        raise typer.BadParameter("choose one of --pause, --resume, --cancel, --retry and --show")
    name, by = ProjectName(project), f"account:{account()}"
    scope = pauses.of_archive(archive) if archive else pauses.of_project(name)
    is_done = True
    with open_node(load_settings(node)) as opened:
        acquiring.standing(opened.parts, name)
        if pause:
            acquiring.pause(opened.parts, scope, by)
        elif resume:
            acquiring.resume(opened.parts, scope, by)
        elif cancel:
            acquiring.cancel(opened.parts, name, by)
        elif not show:
            if retry:
                acquiring.retry(opened.parts, name, by)
            is_done = _fetch(opened, name, by, as_json)
        failures = opened.failures()
        now = acquiring.standing(opened.parts, name)
    _show(project, now, as_json)
    if not (pause or resume or cancel or show):
        from tirage.cli.working import judge

        judge(failures, is_done)


def _fetch(opened: "OpenNode", project: str, by: str, as_json: bool) -> bool:
    from tirage.cli.screen import bars, console
    from tirage.cli.working import PATIENCE_S
    from tirage.model.identifiers import ProjectName
    from tirage.service import Asked, acquiring

    name = ProjectName(project)
    if acquiring.ask_fetch(opened.parts, name, by) is Asked.NOTHING:
        return True
    with bars(console(), hidden=as_json, rate="studies") as progress:
        task = progress.add_task("fetching", total=None)

        def advance() -> None:
            now = acquiring.standing(opened.parts, name)
            progress.update(task, completed=now.ended, total=now.wanted_ever)

        return opened.run_until_fetched(name, advance, PATIENCE_S)


def _show(project: str, now: "Standing", as_json: bool) -> None:
    from tirage.cli.screen import console, print_json, print_rows

    counts = {state.value: count for state, count in now.studies.items()}
    received, expected = now.instances
    if as_json:
        instances = {"received": received, "listed": expected}
        print_json(
            {"project": project, "studies": counts, "instances": instances, "paused": list(now.paused)}
        )
        return
    screen = console()
    print_rows(
        screen,
        ("studies", "", ""),
        [(name, f"{counts[name]:,}", words) for name, words in WORDS.items() if counts.get(name)],
    )
    screen.print(f"{received:,} of {expected:,} listed instances are here.")
    for scope in now.paused:
        screen.print(
            f"[yellow]Paused[/]: {scope.replace(':', ' ')}. `tirage fetch {project} --resume` goes on."
        )
    for name, opens in now.shut.items():
        screen.print(f"[yellow]Shut[/]: archive {name} may be asked from {opens:%H:%M} on.")
    for code, count in now.obstacles.items():
        screen.print(
            f"[yellow]Waiting[/]: {count:,} studies for {code or 'an answer'}; tried again by itself."
        )
    if not counts:
        screen.print(f"Nothing is wanted yet: `tirage query {project}` asks the archives.")
    elif not counts.get("wanted"):
        screen.print(f"What became of every row: `tirage ledger {project}`.")
