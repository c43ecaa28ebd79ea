"""`tirage release`: ask for one, sign it, list and compare those there are, prove one is what it was."""

import json
import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli.ingested import ingested
from tirage.cli.options import Json, Node
from tirage.cli.signing import refuse, sign
from tirage.deliver.lists import MANIFEST
from tirage.errors import Permanent

if TYPE_CHECKING:
    from tirage.model.identifiers import ProjectName
    from tirage.service import Asked, Proposal, ReleaseSummary
    from tirage.service import Node as OpenNode

LONGEST_NAME = 64

app = typer.Typer(no_args_is_help=True, help="Ask for a release, sign it, list, compare, verify them.")


def manifests(releases: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Every complete release below a node's releases folder with its manifest, in order."""
    found = sorted(releases.glob(f"*/*/{MANIFEST}"))
    return [
        (path.parent, json.loads(path.read_text(encoding="utf-8"))) for path in found if _is_complete(path)
    ]


def _is_complete(manifest: Path) -> bool:
    return not manifest.parent.name.endswith(".part")


class NameUnfit(Permanent):
    """What was given as a name is not one line of at most 64 characters."""

    code = "NAME_UNFIT"
    exit_code = 2
    remedy = "Give the name or the staff number of whoever answers for the release, in one line."


@app.command()
def make(
    project: Annotated[str, typer.Argument(help="Name of the project.", show_default=False)],
    by: Annotated[
        str, typer.Option(help="Who answers for a release that needs no signature. Kept in the audit.")
    ] = "",
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Release what is verified and waits to be asked for, or propose it for signing.

    The request is kept: a serving node's worker meets it; without one this command does. Objects still on
    their way are waited for. Where the project's releases are signed, this proposes one, and whoever asked
    does not sign it.
    """
    from tirage.cli.screen import bars, console
    from tirage.cli.working import PATIENCE_S, bar, judge
    from tirage.model.identifiers import ProjectName
    from tirage.service import Asked, open_node
    from tirage.settings import load_settings

    name, signer = ProjectName(project), by.strip()
    if len(signer) > LONGEST_NAME or not signer.isprintable():
        raise NameUnfit("--by is not a name")
    with open_node(load_settings(node)) as opened:
        before = {each.version for each in opened.releases() if each.project == name}
        asked = opened.ask_release(name, f"account:{account()}", signer)
        is_done = True
        if asked is not Asked.NOTHING:
            with bars(console(), hidden=as_json) as progress:
                is_done = opened.run_until_released(
                    name, bar(opened, progress, "releasing", project), PATIENCE_S
                )
        made = made_since(opened, name, before)
        proposed = [each for each in opened.proposals() if each.project == name]
        failures = opened.failures() if asked is not Asked.NOTHING else []
    show(project, asked, made, proposed, as_json)
    judge(failures, is_done)


def account() -> str:
    """Name of the account that runs this program; its number when it has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def made_since(opened: "OpenNode", name: "ProjectName", before: set[str]) -> "list[ReleaseSummary]":
    """The project's releases that are not among the versions `before`."""
    return [each for each in opened.releases() if each.project == name and each.version not in before]


def show(
    project: str,
    asked: "Asked",
    made: "list[ReleaseSummary]",
    proposed: "list[Proposal]",
    as_json: bool,
) -> None:
    """What came of a request."""
    from tirage.cli.screen import console, print_json
    from tirage.cli.signing import print_proposal
    from tirage.service import Asked

    if as_json:
        listed = [
            {
                "version": each.version,
                "folder": str(each.folder),
                "objects": each.objects,
                "patients": each.patients,
            }
            for each in made
        ]
        waits = [
            {"version": each.version, "objects": each.objects, "given": each.given, "needed": each.needed}
            for each in proposed
        ]
        print_json({"project": project, "asked": asked.value, "made": listed, "proposed": waits})
        return
    screen = console()
    show_made(made)
    for waiting in proposed:
        print_proposal(waiting)
    if not made and not proposed:
        screen.print(f"Nothing to release: no verified object of {project} waits.")
        screen.print("`tirage status` says where its objects stand.")
        if asked is not Asked.NOTHING:
            screen.print(f"`tirage review status {project}` says whether a sample is to be read first.")


def show_made(made: "list[ReleaseSummary]") -> None:
    """The releases that were made, and where they lie."""
    from tirage.cli.screen import console

    for each in made:
        console().print(f"Release {each.version}: {each.objects:,} objects of {each.patients:,} patients in")
        console().print(f"  {each.folder}", soft_wrap=True, markup=False)


app.command()(sign)
app.command()(refuse)
app.command()(ingested)


@app.command("list")
def list_(node: Node = Path(), as_json: Json = False) -> None:
    """List the node's releases: what is in each and where it lies."""
    from tirage.cli.screen import console, print_json, print_rows, size_words
    from tirage.settings import load_settings

    found = manifests(load_settings(node).releases)
    if as_json:
        print_json([{"folder": str(folder), **manifest} for folder, manifest in found])
        return
    if not found:
        console().print("No release yet. `tirage status` says where objects stand.")
        return
    rows = []
    for folder, manifest in found:
        counts = manifest["counts"]
        numbers = (
            f"{counts['objects']:,} objects, {counts['patients']:,} patients, {size_words(counts['bytes'])}"
        )
        rows.append(
            (manifest["project"], manifest["version"], manifest["created"][:10], numbers, str(folder))
        )
    print_rows(console(), ("project", "version", "made", "holds", "folder"), rows)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of one version.", exists=True, file_okay=False)],
    key: Annotated[
        str,
        typer.Option(help="Public half of the node's signing key, as `tirage keys show --signing` has it."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Check that a release is exactly what was released, and who sealed it. Ends with 1 when it is not.

    Every file is compared with SHA256SUMS, the tables with the objects, and the sums with the seal. Needs no
    node. Without `--key` the seal is compared with the key that the release names itself. The files alone can
    be checked without Tirage: `sha256sum -c SHA256SUMS`.
    """
    from dataclasses import asdict

    from rich.markup import escape

    from tirage.cli.screen import console, late_bar, print_json
    from tirage.cli.verdict import SEAL_WORDS, public_key, verify_folder

    trusted = public_key(key)
    with late_bar("comparing", hidden=as_json) as progress:
        verdict = verify_folder(folder, trusted, progress)
    if as_json:
        print_json(asdict(verdict) | {"sound": verdict.is_sound})
    else:
        screen = console()
        for title, names in (
            ("changed", verdict.changed),
            ("missing", verdict.missing),
            ("not of the release", verdict.unlisted),
        ):
            for name in names:
                screen.print(f"[red]{title}[/]: {escape(name)}", soft_wrap=True)
        for words in verdict.disagreeing:
            screen.print(f"[red]tables and objects differ[/]: {words}", soft_wrap=True)
        screen.print(SEAL_WORDS[verdict.seal].format(key=verdict.key))
        words = "[green]sound[/]: all as released" if verdict.is_sound else "[red]not as it was released[/]"
        screen.print(f"{verdict.files:,} files, {words}")
    if not verdict.is_sound:
        raise typer.Exit(1)


@app.command()
def diff(
    project: Annotated[str, typer.Argument(help="Name of the project.", show_default=False)],
    first: Annotated[str, typer.Argument(help="The earlier version: v0001, or 1.", show_default=False)],
    last: Annotated[str, typer.Argument(help="The later version: v0002, or 2.", show_default=False)],
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Show what later versions add to an earlier one: new studies, and studies that have grown.

    A version repeats nothing of those before it. UIDs and pseudonyms are those of the release.
    """
    from dataclasses import asdict

    from tirage.cli.additions import additions
    from tirage.cli.screen import console, print_json, print_rows
    from tirage.settings import load_settings

    folders = [
        folder
        for folder, manifest in manifests(load_settings(node).releases)
        if manifest["project"] == project
    ]
    names = [f"v{int(each):04d}" if each.isdecimal() else each for each in (first, last)]
    found = additions(folders, *names)
    if as_json:
        print_json({"project": project, "from": names[0], "to": names[1], **asdict(found)})
        return
    screen = console()
    screen.print(
        f"{project} {names[1]} adds {found.objects:,} objects to {names[0]}: {len(found.added):,} new"
        f" studies, {len(found.grown):,} that have grown, {found.new_patients:,} new patients.",
        soft_wrap=True,
    )
    rows = [
        (words, each.pseudonym, each.study, f"{each.before:,}", f"+{each.added:,}")
        for words, changes in (("new", found.added), ("grown", found.grown))
        for each in changes
    ]
    if rows:
        print_rows(screen, ("", "pseudonym", "study", "before", "added"), rows)
