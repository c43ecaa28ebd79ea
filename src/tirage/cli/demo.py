"""`tirage demo`: an invented hospital through a real node, ending on one screen."""

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli.options import Json
from tirage.errors import Permanent, Transient

if TYPE_CHECKING:
    from rich.progress import Progress

    from tirage.model.records import Tally
    from tirage.service import Node, ReleaseSummary
    from tirage.settings import Settings

app = typer.Typer()
MARK = ".tirage-demo"
PROJECT = "demo"
TIMEOUT_S = 110.0
POLL_S = 0.25
LOOK_AT = 74
"""An object worth a look: the number of one in which the gate sees an identifier."""


class NotADemo(Permanent):
    """The folder exists and was not made by a demo."""

    code = "NOT_A_DEMO"
    exit_code = 73
    remedy = "Name another folder with --folder; this one was left as it is."


class DemoTooSlow(Transient):
    """Objects were still pending when the demo's time was up."""

    code = "DEMO_TOO_SLOW"
    remedy = "Run it again on a machine that is less busy; node.log in its folder tells what happened."


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Folder to make; one of an earlier demo is replaced.")] = Path(
        "demo"
    ),
    destination: Annotated[
        str, typer.Option(help="Deliver to this DICOM peer, too: HOST:PORT:AE, for example an Orthanc.")
    ] = "",
    seed: Annotated[int, typer.Option(help="Another number makes other patients.")] = 1,
    as_json: Json = False,
) -> None:
    """Try everything on an invented hospital, in two minutes.

    Starts a node in FOLDER, sends it 79 objects of five patients over DICOM, and shows what became of each:
    de-identified and released, held, rejected or quarantined. The release goes to a folder, as one ZIP file a
    study, and to a research PACS. Nothing needs to be installed or set up.
    """
    from tirage.cli.screen import bars, console, print_json
    from tirage.cli.serving import serving
    from tirage.network.research import ResearchPacs
    from tirage.service import open_node

    started = time.monotonic()
    screen = console()
    settings = prepare(folder)
    if not as_json:
        screen.print("[bold]Tirage demo[/]: an invented hospital, sent to a node on this machine\n")
    with bars(screen, hidden=as_json) as progress:
        paths = make_hospital(folder / "hospital", seed, progress)
        with ResearchPacs(folder / "research-pacs") as pacs:
            deliver_to(folder, pacs.port, destination)
            with serving(folder) as address, open_node(settings) as opened:
                send(paths, address, progress)
                tally, releases = watch(opened, len(paths), started + TIMEOUT_S, progress)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        print_json(summary(tally, releases, seconds))
    else:
        show(tally, releases, seconds, folder)


def prepare(folder: Path) -> "Settings":
    """A fresh node with a key and the demo's project; any free port, so that nothing else is in the way."""
    from tirage.cli.init import template, write_node
    from tirage.cli.keys import create_secrets
    from tirage.settings import load_settings

    if folder.exists():
        if not (folder / MARK).exists():
            raise NotADemo("the folder exists and is not an earlier demo's")
        shutil.rmtree(folder)
    settings = "[listener]\nport = 0\n\n[http]\nport = 0\n\n[console]\nport = 0\n"
    write_node(folder, settings, {PROJECT: template("demo.yaml")})
    (folder / "haven").mkdir()
    (folder / MARK).touch()
    made = load_settings(folder)
    create_secrets(made)
    return made


def deliver_to(folder: Path, port: int, destination: str) -> None:
    """Name where the demo's releases go: a folder, a PACS at `port`, and a peer of the person's own."""
    from tirage.cli.send import parse_address
    from tirage.network.research import AE_TITLE

    haven = (folder / "haven").resolve()
    lines = [
        "\ndestinations:",
        f'  - {{kind: folder, name: haven, path: "{haven}", packing: study-zip, side_files: [sha256]}}',
        f'  - {{kind: dicom, name: research-pacs, host: "127.0.0.1", port: {port}, called_ae: {AE_TITLE}}}',
    ]
    if destination:
        host, own_port, title = parse_address(destination, "ANY-SCP")
        lines += [
            f'  - {{kind: dicom, name: research, host: "{host}", port: {own_port}, called_ae: "{title}",',
            # A receiver to try it with answers no queries.
            "     proof: status}",
        ]
    with (folder / "projects" / f"{PROJECT}.yaml").open("a", encoding="utf-8") as project:
        project.write("\n".join(lines) + "\n")


def make_hospital(folder: Path, seed: int, progress: "Progress") -> list[Path]:
    """The hospital's objects as files."""
    from tirage.demo import hospital

    task = progress.add_task("making", total=hospital.total(seed))
    paths = []
    for path in hospital.write(folder, seed):
        paths.append(path)
        progress.advance(task)
    return paths


def send(paths: list[Path], address: tuple[str, int, str], progress: "Progress") -> None:
    """Send the files by C-STORE, as a modality would."""
    from tirage.cli.send import sendable
    from tirage.network.scu.association import Peer
    from tirage.network.scu.store import store

    task = progress.add_task("sending", total=len(paths))
    host, port, title = address
    store(list(sendable(paths)), Peer(host, port, title, "MODALITY"), lambda _: progress.advance(task))


def watch(
    opened: "Node", sent: int, deadline: float, progress: "Progress"
) -> tuple["Tally", list["ReleaseSummary"]]:
    """Wait until every object is settled and delivered; raises `DemoTooSlow` after `deadline`."""
    bars = {name: progress.add_task(name, total=sent) for name in ("catalogued", "de-identified", "released")}
    while time.monotonic() < deadline:
        tally, stages, releases = opened.tallies().get(PROJECT), opened.stages(), opened.releases()
        if tally is not None:
            wanted = tally.released + tally.pending
            progress.update(bars["catalogued"], completed=stages.get("catalogued", 0))
            progress.update(bars["de-identified"], completed=stages.get("deidentified", 0), total=wanted)
            progress.update(bars["released"], completed=tally.released, total=wanted)
            if tally.received == sent and not tally.pending and all(each.is_delivered for each in releases):
                progress.update(bars["catalogued"], completed=sent)
                return tally, releases
        time.sleep(POLL_S)
    raise DemoTooSlow("not everything was done in time")


def summary(tally: "Tally", releases: list["ReleaseSummary"], seconds: float) -> dict[str, Any]:
    """What became of the objects, for programs."""
    from tirage.cli.screen import tally_json

    listed = [
        {
            "folder": str(each.folder),
            "objects": each.objects,
            "patients": each.patients,
            "delivered": each.deliveries,
        }
        for each in releases
    ]
    return {**tally_json(tally), "releases": listed, "seconds": seconds}


def show(tally: "Tally", releases: list["ReleaseSummary"], seconds: float, folder: Path) -> None:
    """What became of the objects, on one screen."""
    from tirage.cli.screen import by_name, command, console, print_tally

    screen = console()
    screen.print(
        f"\nSent {tally.received} objects over DICOM; {seconds:.0f} seconds in all. What became of them:\n"
    )
    print_tally(screen, tally)
    for each in releases:
        screen.print(
            f"\n[bold]Release {each.version}[/]: {each.objects} objects of {each.patients} patients in"
        )
        screen.print(f"  {each.folder}", soft_wrap=True)
        for name, counts in each.deliveries.items():
            screen.print(f"  to {name}: {by_name(counts)}")
        screen.print("\nProve it with standard tools, or look closer:")
        screen.print(f"  [bold](cd {each.folder} && sha256sum -c --quiet SHA256SUMS)[/]", soft_wrap=True)
    screen.print(f"  [bold]{command()} status --reason IDENTIFIER_FOUND --node {folder}[/]", soft_wrap=True)
    screen.print(f"  [bold]{command()} trace {LOOK_AT} --node {folder}[/]", soft_wrap=True)
    screen.print("  [bold]docs/holds.md[/] explains every reason")
