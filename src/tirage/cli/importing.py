"""`tirage import`: files that are already here, each ending released, held, rejected or quarantined."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli.options import Json, Node
from tirage.errors import Permanent

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from tirage.model.identifiers import ProjectName
    from tirage.service import ImportReport
    from tirage.service import Node as OpenNode
    from tirage.settings import Settings

app = typer.Typer()


class ProjectDiffers(Permanent):
    """The node has a project of that name with other rules."""

    code = "PROJECT_DIFFERS"
    exit_code = 73
    remedy = "Give the project another name, or replace the file in the node's projects folder yourself."


class ReportExists(Permanent):
    """The file for the report is there already."""

    code = "REPORT_EXISTS"
    exit_code = 73
    remedy = "Name another file; reports are not overwritten."


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A folder, a ZIP file or a DICOMDIR.", exists=True)],
    project: Annotated[
        Path | None,
        typer.Option(
            "--project",
            "-p",
            help="Project file; taken into the node if it is not there.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write one JSON line a file to this new file: its number in order of path and its SHA-256,"
            " not its name, which may identify.",
            dir_okay=False,
        ),
    ] = None,
    node: Node = Path(),
    as_json: Json = False,
) -> None:
    """Take in a folder, a ZIP file or a DICOMDIR.

    Every file ends released, held, rejected or quarantined, with a reason. Nothing is changed at PATH.
    Importing the same files again changes nothing. Without a project, objects wait until one claims them.
    Ends with 75 when some of the work failed, and says what: the objects stay pending, and are tried again.
    """
    from tirage.cli.screen import bars, console, print_awaiting
    from tirage.cli.signing import print_proposal
    from tirage.cli.working import judge
    from tirage.service import open_node
    from tirage.settings import load_settings

    settings = load_settings(node)
    if report is not None and report.exists():
        raise ReportExists("the report would overwrite a file")
    name = adopt_project(settings, project) if project is not None else None
    with open_node(settings) as opened, bars(console(), hidden=as_json) as progress:
        result, is_done = take_in(opened, path, name, progress)
        failures, awaiting = opened.failures(), opened.awaiting().get(name or "", 0)
        proposed = [each for each in opened.proposals() if each.project == name]
    if report is not None:
        with report.open("x", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines_of(result))
    show(result, as_json)
    if awaiting and not as_json:
        print_awaiting(console(), name or "", awaiting)
    for each in proposed if not as_json else []:
        print_proposal(each)
    judge(failures, is_done)


def adopt_project(settings: "Settings", path: Path) -> "ProjectName":
    """Take a project file into the node, unless it is there; raises `ProjectDiffers` or `ProjectInvalid`."""
    from tirage.policy.project import load_project

    text = path.read_text(encoding="utf-8")
    name = load_project(text, path.name).name
    for known in sorted(settings.projects.glob("*.yaml")):
        content = known.read_text(encoding="utf-8")
        if content == text:
            return name
        if load_project(content, known.name).name == name:
            raise ProjectDiffers(f"the node has another project called {name}")
    settings.projects.mkdir(exist_ok=True)
    (settings.projects / f"{name}.yaml").write_text(text, encoding="utf-8")
    return name


def take_in(
    opened: "OpenNode", path: Path, name: "ProjectName | None", progress: "Bars"
) -> tuple["ImportReport", bool]:
    """Take the files in and work until nothing is left to do; the report, and whether it came so far."""
    from tirage.cli.working import PATIENCE_S, bar

    taking = progress.add_task("taking in", total=None)
    taken = opened.import_files(
        path, name, lambda each: progress.update(taking, completed=each.done, total=each.total)
    )
    is_done = opened.run_until_idle(bar(opened, progress, "working off"), PATIENCE_S)
    return opened.outcomes(taken), is_done


def lines_of(result: "ImportReport") -> list[dict[str, Any]]:
    """The lines of the report: numbers, dispositions and digests; no file names, which may identify."""
    return [
        {
            "input": line.input,
            "disposition": line.disposition,
            "reason": line.reason,
            "received": line.received,
            "sha256": line.digest,
        }
        for line in result.lines
    ]


def show(result: "ImportReport", as_json: bool) -> None:
    """Where the files of the import ended."""
    from tirage.cli.screen import console, print_json, print_tally
    from tirage.model.records import Tally

    counts = Counter(line.disposition for line in result.lines)
    reasons = Counter(line.reason for line in result.lines if line.reason)
    tally = Tally(
        received=len(result.lines),
        released=counts["released"],
        held=counts["held"],
        rejected=counts["rejected"],
        quarantined=counts["quarantined"],
        pending=counts["pending"],
        reasons=dict(reasons),
    )
    if as_json:
        from tirage.cli.screen import tally_json

        print_json(tally_json(tally))
        return
    print_tally(console(), tally)
