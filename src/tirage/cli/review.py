"""`tirage review`: how far people have looked, and the rules they propose."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli.options import Json, Node

if TYPE_CHECKING:
    from tirage.model.reviews import ProposedRule, SampleStanding
    from tirage.store.samples import StratumCount

app = typer.Typer(no_args_is_help=True, help="See how far a review is; get the rules it proposes.")
ProjectArgument = Annotated[str, typer.Argument(help="Name of the project.", show_default=False)]


@app.command()
def status(project: ProjectArgument, node: Node = Path(), as_json: Json = False) -> None:
    """Show how far the sample of what waits for release has been read.

    Ends with 1 while a release would wait for it.
    """
    from tirage.cli.screen import print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node
    from tirage.service.review import standing
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        name = ProjectName(project)
        found, strata = standing(opened.parts, name)
        is_sampled = opened.parts.rules[name].project.review.sampling is not None
    if as_json:
        lines = [
            each.stratum._asdict() | {state.value: n for state, n in each.states.items()} for each in strata
        ]
        told = {"project": project, "is_sampled": is_sampled, "is_complete": found.is_complete}
        print_json(told | asdict(found) | {"strata": lines})
    else:
        _show(found, strata, is_sampled)
    if is_sampled and not found.is_complete:
        raise typer.Exit(1)


@app.command()
def rules(project: ProjectArgument, node: Node = Path(), as_json: Json = False) -> None:
    """Print the rules that reviewers propose for devices, as lines for the project's file.

    They blank nothing before they stand there.
    """
    from tirage.cli.screen import console, print_json
    from tirage.model.identifiers import ProjectName
    from tirage.review.promote import snippet
    from tirage.service import open_node
    from tirage.service.review import rules as read
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        found = read(opened.parts, ProjectName(project))
    if as_json:
        print_json({"project": project, "rules": [_rule(each) for each in found]})
    elif found:
        sys.stdout.write(snippet(found))
    else:
        console().print("No rule is proposed.")


def _rule(rule: "ProposedRule") -> dict[str, Any]:
    return asdict(rule) | {"box": rule.box._asdict()}


def _show(found: "SampleStanding", strata: "list[StratumCount]", is_sampled: bool) -> None:
    from tirage.cli.screen import console, print_rows

    screen = console()
    if not is_sampled:
        screen.print("The project draws no sample: releases wait for no reader.")
        return
    decided = found.passed + found.failed
    screen.print(
        f"{decided:,} of {found.planned:,} samples decided, from {found.objects:,} objects that wait."
    )
    screen.print(f"{found.open:,} to read, {found.disputed:,} for a third reader, {found.failed:,} failed.")
    if not found.is_planned:
        screen.print("The sample will be drawn anew: something came or went since.")
    if found.returned:
        screen.print(f"{found.returned:,} failed and were put back unchanged.")
    if found.drawn_read:
        screen.print(
            f"Of {found.drawn_read:,} drawn by chance {found.drawn_failed:,} failed: with 95 % confidence no "
            f"more than {100 * found.upper_bound:.1f} % of what waits would."
        )
    if found.agreement.pairs:
        kappa = "" if found.agreement.kappa is None else f" (kappa {found.agreement.kappa:.2f})"
        screen.print(f"Two readers agreed on {found.agreement.alike} of {found.agreement.pairs}{kappa}.")
    if strata:
        screen.print()
        header = ("device", "kind", *(state.value for state in strata[0].states))
        rows = ((_device(each), each.stratum.sop_class, *map(str, each.states.values())) for each in strata)
        print_rows(screen, header, rows)


def _device(each: "StratumCount") -> str:
    device = each.stratum
    return " ".join(filter(None, (device.modality, device.manufacturer, device.model)))
