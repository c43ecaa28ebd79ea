"""`tirage hold`: what did not go on, and what a person does about it. Shows numbers, nobody's name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli.options import Json, Node
from tirage.cli.release import account
from tirage.model.advice import Way

if TYPE_CHECKING:
    from tirage.flow.steps.holds import Done

app = typer.Typer(
    no_args_is_help=True, help="See what did not go on, and retry, release, reject or assign it."
)

NOBODYS = "-"
ProjectArgument = Annotated[str, typer.Argument(help="Name of the project; - for none.", show_default=False)]
ReasonArgument = Annotated[str, typer.Argument(help="As `tirage hold list` names it.", show_default=False)]
Studies = Annotated[
    list[int] | None, typer.Argument(help="Numbers of studies; all, up to 1,000, when none is given.")
]
Why = Annotated[str, typer.Option(help="Kept with the decision.")]


@app.command("list")
def list_(
    node: Node = Path(),
    project: Annotated[str, typer.Option("--project", "-p", help="Of this project alone; - for none.")] = "",
    reason: Annotated[str, typer.Option("--reason", "-r", help="For this reason alone.")] = "",
    most: Annotated[int, typer.Option(help="How many studies at most.", min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """List studies with objects that did not go on, and what to do about each reason."""
    from tirage.cli.screen import console, print_json, print_rows
    from tirage.model.advice import advice
    from tirage.service import open_node
    from tirage.service.resolving import counts, studies
    from tirage.settings import load_settings
    from tirage.store.times import moment

    with open_node(load_settings(node)) as opened:
        totals = counts(opened.parts)
        found = studies(opened.parts, _name(project) if project else None, reason, most)
    rows = [
        {
            "project": each.project or NOBODYS,
            "reason": each.reason,
            "study": each.study,
            "objects": each.objects,
            "since": f"{moment(each.since):%Y-%m-%d %H:%M}",
        }
        for each in found
    ]
    if as_json:
        sums = [
            {"project": each.project or NOBODYS, "reason": each.reason, "objects": each.objects}
            for each in totals
        ]
        print_json({"counts": sums, "studies": rows})
        return
    screen = console()
    if not rows:
        screen.print("Everything went on.")
        return
    print_rows(screen, rows[0], ([str(cell) for cell in row.values()] for row in rows))
    for name in dict.fromkeys(each.reason for each in found):
        screen.print(f"\n{name}\n  Next: {advice(name)}", markup=False)


@app.command()
def show(
    project: ProjectArgument,
    reason: ReasonArgument,
    study: Annotated[int, typer.Argument(help="Number of the study; 0 for objects without one.", min=0)],
    node: Node = Path(),
    most: Annotated[int, typer.Option(help="How many objects at most.", min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """Show a study's objects that did not go on for a reason, and where something was seen in them."""
    from tirage.cli.screen import console, print_json, print_rows
    from tirage.service import open_node
    from tirage.service.resolving import objects
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        found = objects(opened.parts, _name(project), reason, study, most)
    rows = [
        {
            "object": each.received,
            "digest": each.digest[:12],
            "modality": each.modality,
            "seen": "; ".join(f"{one.kind} at {one.where}" for one in each.findings),
        }
        for each in found
    ]
    if as_json:
        print_json({"objects": rows})
    elif rows:
        print_rows(console(), rows[0], ([str(cell) for cell in row.values()] for row in rows))
    else:
        console().print("Nothing is stopped so.")


@app.command()
def retry(
    project: ProjectArgument,
    reason: ReasonArgument,
    studies: Studies = None,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Judge objects anew from the bytes that are here; nothing is fetched again."""
    _decide(Way.RETRY, project, reason, studies, node, as_json)


@app.command()
def reject(
    project: ProjectArgument,
    reason: ReasonArgument,
    why: Why,
    studies: Studies = None,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Decide that the project shall not have objects. A retry takes it back."""
    _decide(Way.REJECT, project, reason, studies, node, as_json, why)


@app.command()
def release(
    project: ProjectArgument,
    reason: ReasonArgument,
    why: Why,
    studies: Studies = None,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Let objects go on without the one check that held them, after looking at every frame.

    They are de-identified and go through the gate as all others do.
    """
    _decide(Way.RELEASE, project, reason, studies, node, as_json, why)


@app.command()
def assign(
    reason: ReasonArgument,
    to: Annotated[str, typer.Option(help="Name of the project that gets them.")],
    studies: Studies = None,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Give objects that no project claims to a project."""
    _decide(Way.ASSIGN, NOBODYS, reason, studies, node, as_json, to=to)


def _decide(
    way: Way,
    project: str,
    reason: str,
    studies: list[int] | None,
    node: Path,
    as_json: bool,
    why: str = "",
    to: str = "",
) -> None:
    from tirage.cli.screen import console, print_json
    from tirage.flow.steps.holds import Decision
    from tirage.service import open_node
    from tirage.service.resolving import decide
    from tirage.settings import load_settings

    if way in (Way.REJECT, Way.RELEASE) and len(why.strip()) < 3:
        raise typer.BadParameter("say why", param_hint="--why")
    decision = Decision(way, _name(project), f"account:{account()}", why.strip(), _name(to or NOBODYS))
    with open_node(load_settings(node)) as opened:
        done: Done = decide(opened.parts, decision, reason, studies or [])
    if as_json:
        answer: dict[str, Any] = {"way": way.value, "objects": done.objects, "studies": done.studies}
        print_json(answer)
    else:
        console().print(f"{done.objects:,} objects of {done.studies:,} studies: {way.value}.")


def _name(project: str) -> Any:
    from tirage.model.identifiers import ProjectName

    return ProjectName("" if project == NOBODYS else project)
