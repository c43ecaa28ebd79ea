"""`tirage withdrawal`: call back what was released, and see who has copies and who was told."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli.options import Json, Node
from tirage.cli.release import account

if TYPE_CHECKING:
    from tirage.service.withdrawing import Called

app = typer.Typer(no_args_is_help=True, help="Call back what was released; see who has copies.")

TOLD = {
    "pending": "[yellow]not told yet[/]",
    "failed": "[yellow]could not be told, tried again[/]",
    "skipped": "[yellow]takes no files: ask its owner to delete[/]",
    "conflict": "[red]has another file of that name: ask its owner to delete[/]",
    "delivered": "[green]told[/]",
    "already": "[green]told[/]",
    "": "",
}


@app.command()
def make(
    project: Annotated[str, typer.Argument(help="Name of the project.", show_default=False)],
    why: Annotated[str, typer.Option(help="Kept on this node: write no names.")],
    subject: Annotated[str, typer.Option(help="Pseudonym whose studies are called back.")] = "",
    study: Annotated[str, typer.Option(help="UID of one study, as the release has it.")] = "",
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Call back released studies: they go to no destination any more, and whoever has them is told.

    Who opts out and what is erased is called back without this command.
    """
    from tirage.cli.screen import print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node, withdrawing
    from tirage.settings import load_settings

    if bool(subject) == bool(study):
        raise typer.BadParameter("give --subject or --study, one of them")
    if len(why.strip()) < 3:
        raise typer.BadParameter("say why", param_hint="--why")
    with open_node(load_settings(node)) as opened:
        made = withdrawing.recall(
            opened.parts,
            ProjectName(project),
            subject or None,
            study or None,
            why.strip(),
            f"account:{account()}",
        )
    if as_json:
        print_json(_row(made))
    else:
        _show(made)


@app.command("list")
def list_(
    project: Annotated[str, typer.Argument(help="Name of a project; all without it.")] = "",
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """List what was called back, the newest first, with every copy and recipient."""
    from tirage.cli.screen import console, print_json
    from tirage.model.identifiers import ProjectName
    from tirage.service import open_node, withdrawing
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        found = withdrawing.listed(opened.parts, ProjectName(project) if project else None)
    if as_json:
        print_json({"withdrawals": [_row(each) for each in found]})
        return
    for each in found:
        _show(each)
    if not found:
        console().print("Nothing was called back.")


def _show(called: "Called") -> None:
    from tirage.cli.screen import console, print_rows

    screen, each = console(), called.withdrawal
    studies = f"{len(called.studies):,} {'study' if len(called.studies) == 1 else 'studies'}"
    screen.print(f"{each.project}, withdrawal {each.number}: {studies}, {each.cause}", markup=False)
    print_rows(
        screen,
        ("study", "version", "copy at", "objects", "told"),
        [
            [
                copy.study,
                f"v{copy.version:04d}",
                copy.destination or "this node",
                f"{copy.objects:,} {copy.status}".strip(),
                TOLD[called.told.get(copy.destination, "")],
            ]
            for copy in called.copies
        ],
    )


def _row(called: "Called") -> dict[str, Any]:
    return asdict(called.withdrawal) | {
        "studies": [asdict(each) for each in called.studies],
        "copies": [asdict(each) for each in called.copies],
        "told": called.told,
    }
