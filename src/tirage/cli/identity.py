"""`tirage identity`: who cannot be told from whom by rule; decide, and take decisions back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tirage.cli.deid.project import check_terminal
from tirage.cli.options import Json, Node
from tirage.cli.release import account
from tirage.errors import Permanent

if TYPE_CHECKING:
    from tirage.model.people import Who
    from tirage.service.console.identities import NodeIdentities
    from tirage.web.api.identities import Conflict, Effect

app = typer.Typer(no_args_is_help=True, help="See who may be whom; decide, or take a decision back.")

NumberArgument = Annotated[int, typer.Argument(help="Number of the conflict.", min=1, max=2**53)]
WhyOption = Annotated[str, typer.Option(help="How you know. Kept with the decision.", show_default=False)]
ShowValues = Annotated[
    bool, typer.Option("--show-values", help="Show what identifies the patients; on a terminal only.")
]


class ConflictUnknown(Permanent):
    """The node has no such conflict or decision, or the identity is not one of its candidates."""

    code = "CONFLICT_UNKNOWN"
    exit_code = 66
    remedy = "Take the numbers from `tirage identity list` and `tirage identity show`."


@app.command("list")
def list_(
    state: Annotated[
        str, typer.Option(help="`open`: nothing of it goes on; `flagged`: it went on as a new patient.")
    ] = "open",
    reason: Annotated[str, typer.Option(help="Only this reason.")] = "",
    most: Annotated[int, typer.Option(help="How many at most, the oldest first.", min=1, max=200)] = 50,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """List the identities that a person must tell apart, or may."""
    from tirage.cli.screen import console, print_json, print_rows
    from tirage.service import open_node
    from tirage.settings import load_settings
    from tirage.store.times import moment
    from tirage.web.api.identities import Wanted

    if state not in ("open", "flagged"):
        raise typer.BadParameter("open or flagged", param_hint="--state")
    chosen: Literal["open", "flagged"] = "open" if state == "open" else "flagged"
    with open_node(load_settings(node)) as opened:
        found = _identities(opened).listed(_who(), Wanted(state=chosen, reason=reason), 0, most).items
    rows = [
        {
            "number": each.number,
            "project": each.project,
            "reason": each.reason,
            "differs": _differing(each.rival.agreement) if each.rival else "",
            "since": f"{moment(each.opened_at):%Y-%m-%d %H:%M}",
        }
        for each in found
    ]
    if as_json:
        print_json(rows)
    elif rows:
        print_rows(console(), rows[0], ([str(value) for value in row.values()] for row in rows))
    else:
        console().print("Nothing waits: every patient is told by rule or by a decision.")


@app.command()
def show(
    number: NumberArgument, node: Node = Path(), show_values: ShowValues = False, as_json: Json = False
) -> None:
    """Show one conflict: the candidates, what may be decided and would follow, what was decided."""
    from tirage.cli.screen import console, print_json, print_rows
    from tirage.service import open_node
    from tirage.settings import load_settings

    check_terminal(show_values)
    with open_node(load_settings(node)) as opened:
        found = _identities(opened).conflict(_who(), number)
    if found is None:
        raise ConflictUnknown("no such conflict")
    if as_json:
        print_json(_plain(found, show_values))
        return
    screen = console()
    screen.print(f"{found.reason} in {found.project}, {found.state}: {found.meaning}")
    heading = ("field", "new", *(f"identity {side.patient.number}" for side in found.sides))
    rows = []
    for field in found.sides[0].agreement if found.sides else ():
        own = str(getattr(found.patient, field)) if show_values else ""
        cells = [
            f"{side.agreement[field]}{f': {getattr(side.patient, field)}' if show_values else ''}"
            for side in found.sides
        ]
        rows.append((field, own, *cells))
    if rows:
        print_rows(screen, heading, rows)
    for option in found.options:
        screen.print(f"{option.choice}{f' as {option.other}' if option.other else ''} ({option.kind}):")
        _print_effects(option.effects)
    for each in found.history:
        undone = f", taken back by {each.undone_by}" if each.undone_by else ""
        screen.print(f"decision {each.number}: {each.kind} by {each.made_by}{undone}", markup=False)


@app.command()
def decide(
    number: NumberArgument,
    choice: Annotated[str, typer.Argument(help="`same` or `different`.", show_default=False)],
    why: WhyOption,
    as_: Annotated[int, typer.Option("--as", help="The identity it is the same as; see `show`.")] = 0,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Decide who it is. What is touched is judged anew; releases stay as they are."""
    from tirage.cli.screen import console, print_json
    from tirage.service import open_node
    from tirage.settings import load_settings
    from tirage.web.api.identities import Deciding

    if choice not in ("same", "different") or (choice == "same" and not 0 < as_ <= 2**53):
        raise typer.BadParameter("`same` with --as, or `different`", param_hint="CHOICE")
    if not 3 <= len(why.strip()) <= 1_000 or "\0" in why:
        raise typer.BadParameter("say in a few words why", param_hint="--why")
    wanted = Deciding.model_validate({"choice": choice, "other": as_ or None, "why": why.strip()})
    with open_node(load_settings(node)) as opened:
        made = _identities(opened).decide(_who(), number, wanted, "")
    if made is None:
        raise ConflictUnknown("no such conflict, or no such candidate")
    if as_json:
        print_json({"decision": made.decision})
    else:
        console().print(
            f"Decision {made.decision}. Take it back with `tirage identity undo {made.decision}`."
        )


@app.command()
def undo(
    decision: Annotated[int, typer.Argument(help="Number of the decision.", min=1, max=2**53)],
    why: WhyOption,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Take a decision back, as far as nothing later stands upon it."""
    from tirage.cli.screen import console, print_json
    from tirage.service import open_node
    from tirage.settings import load_settings

    if not 3 <= len(why.strip()) <= 1_000 or "\0" in why:
        raise typer.BadParameter("say in a few words why", param_hint="--why")
    with open_node(load_settings(node)) as opened:
        made = _identities(opened).undo(_who(), decision, why)
    if made is None:
        raise ConflictUnknown("no such decision")
    if as_json:
        print_json({"decision": made.decision})
    else:
        console().print(f"Decision {decision} is taken back by decision {made.decision}.")


def _identities(opened: Any) -> "NodeIdentities":
    from tirage.service.console.identities import NodeIdentities

    return NodeIdentities(opened.parts)


def _who() -> "Who":
    from tirage.model.people import Grant, Role, Who

    return Who(f"account:{account()}", frozenset({Grant(Role.LINKER)}))


def _differing(agreement: dict[str, str]) -> str:
    return ", ".join(
        field if said == "differs" else f"{field} ({said})"
        for field, said in agreement.items()
        if said not in ("same", "missing")
    )


def _print_effects(effects: "list[Effect]") -> None:
    from tirage.cli.screen import console

    for each in effects:
        console().print(f"  {each.objects:,} objects {each.words}")
    if not effects:
        console().print("  nothing that is here changes")


def _plain(found: "Conflict", show_values: bool) -> dict[str, Any]:
    """As JSON: identities by their numbers alone, unless their values are asked for."""
    shown: dict[str, Any] = found.model_dump()
    if not show_values:
        shown["patient"] = found.patient.number
        for side in shown["sides"]:
            side["patient"] = side["patient"]["number"]
        for each in shown["history"]:
            del each["why"]
    return shown
