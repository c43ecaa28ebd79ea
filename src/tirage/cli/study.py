"""`tirage study`: erase a study everywhere, and see which were."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli.options import Json, Node
from tirage.cli.release import account

if TYPE_CHECKING:
    from tirage.store.erasures import Tombstone

app = typer.Typer(no_args_is_help=True, help="Erase a study everywhere; see which were erased.")


@app.command()
def erase(
    study: Annotated[int, typer.Argument(help="Number of the study.", min=1)],
    why: Annotated[str, typer.Option(help="Kept with the tombstone: write no names.")],
    node: Node = Path(),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Erase a study in every project: originals, outputs, headers and what names it.

    It cannot be undone. What releases hold stays, and is listed as copies to recall. The same objects, sent
    again, are rejected ERASED until the tombstone is lifted.
    """
    from tirage.cli.screen import console, print_json
    from tirage.service import open_node, resolving
    from tirage.settings import load_settings

    if len(why.strip()) < 3:
        raise typer.BadParameter("say why", param_hint="--why")
    if not yes:
        typer.confirm(f"Erase study {study} for good?", abort=True)
    with open_node(load_settings(node)) as opened:
        made = resolving.erase(opened.parts, study, why.strip(), f"account:{account()}")
    if made is None:
        raise typer.BadParameter("there is no such study", param_hint="STUDY")
    tombstone, copies = made
    if as_json:
        recall = [
            {
                "project": one.project,
                "version": one.version,
                "destination": one.destination,
                "objects": one.objects,
            }
            for one in copies
        ]
        print_json(_row(tombstone) | {"copies": recall})
        return
    screen = console()
    screen.print(f"{tombstone.objects:,} objects erased; their files go as soon as a worker runs.")
    for one in copies:
        where = one.destination or "this node"
        screen.print(
            f"  to recall: {one.objects:,} in {one.project} v{one.version:04d} at {where}", markup=False
        )


@app.command()
def tombstones(
    node: Node = Path(),
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """List studies that were erased, the newest first."""
    from tirage.cli.screen import console, print_json, print_rows
    from tirage.service import open_node, resolving
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        rows = [_row(each) for each in resolving.tombstones(opened.parts, most)]
    if as_json:
        print_json({"tombstones": rows})
    elif rows:
        print_rows(console(), rows[0], ([str(cell) for cell in row.values()] for row in rows))
    else:
        console().print("No study was erased.")


@app.command()
def lift(
    tombstone: Annotated[int, typer.Argument(help="Number of the tombstone.", min=1)],
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Let an erased study come in again, when it is sent again."""
    from tirage.cli.screen import console, print_json
    from tirage.service import open_node, resolving
    from tirage.settings import load_settings

    with open_node(load_settings(node)) as opened:
        lifted = resolving.lift(opened.parts, tombstone, f"account:{account()}")
    if lifted is None:
        raise typer.BadParameter("there is no such tombstone", param_hint="TOMBSTONE")
    if as_json:
        print_json({"tombstone": tombstone, "lifted": True})
    else:
        console().print("The study is taken in when it is sent again.")


def _row(each: "Tombstone") -> dict[str, Any]:
    from tirage.store.times import moment

    return {
        "tombstone": each.id,
        "study": each.study,
        "objects": each.objects,
        "released": each.released,
        "erased": f"{moment(each.erased_at):%Y-%m-%d %H:%M}",
        "by": each.erased_by,
        "stands": "no" if each.lifted_at else "yes",
    }
