"""`tirage deid run`: de-identify a folder without a node."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tirage.cli import screen
from tirage.cli.deid.project import ProjectFile, read_project
from tirage.cli.options import Json
from tirage.errors import Permanent

if TYPE_CHECKING:
    from tirage.flow.folder import Line
    from tirage.model.records import Tally

Keys = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        help="Folder with master.key (`tirage keys new --file DIR/master.key`): the same patient gets the "
        "same pseudonym in every run. Without it a key is made for this run and forgotten.",
        file_okay=False,
    ),
]


class KeyDerivesNothing(Permanent):
    """The master key took over by rotation: it opens a node's crosswalk, and no pseudonyms come from it."""

    code = "KEY_DERIVES_NOTHING"
    exit_code = 78
    remedy = (
        "Use the key file these folders were de-identified with until now; for a new project make another "
        "key: `tirage keys new --file DIR/master.key`."
    )


def run(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="Folder, with all below it, or file.", exists=True)
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the outputs.", file_okay=False)],
    project: ProjectFile = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes to use.")] = 1,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write one JSON line for each input: input, disposition, reason, output, sha256. It names "
            "the inputs, so it may identify: keep it with them. Must lie outside OUT.",
            dir_okay=False,
        ),
    ] = None,
    keys: Keys = None,
    json: Json = False,
) -> None:
    """De-identify IN into OUT/<pseudonym>/<study>/<series>/<instance>.dcm, each output verified.

    Every input ends released, held, rejected or quarantined, with a reason (`docs/holds.md`). A file that is
    in OUT already is never replaced by a different one. Exit code 0: every input is accounted for, also
    those that are held. 64: IN, OUT and the report lie inside one another. 65: the project file is wrong.
    """
    from tirage.flow.folder import check_places, inputs_of
    from tirage.flow.folder import run as run_folder
    from tirage.store.keys import load_master_key, temporary_master_key

    check_places(source, target, report)
    text, rules = read_project(project)
    key = load_master_key(keys / "master.key") if keys else temporary_master_key()
    if key.info.follows:
        raise KeyDerivesNothing(f"this key took over from key {key.info.follows}")
    inputs = inputs_of(source)
    console = screen.console()
    counts: Counter[tuple[str, str]] = Counter()
    with _reporting(report) as write, screen.bars(console, hidden=json) as progress:
        task = progress.add_task("files", total=len(inputs))
        done, started = 0, time.monotonic()
        for lines in run_folder(inputs, target, text, rules, key.secret, jobs):
            for line in lines:
                counts[line.disposition.value, line.reason] += 1
                write(line)
            done += len(lines)
            rate = done / (time.monotonic() - started)
            progress.update(task, completed=done, description=f"{rate:,.0f} files/s")
    tally = _tally(counts, len(inputs))
    if json:
        screen.print_json(screen.tally_json(tally))
        return
    screen.print_tally(console, tally)
    if not keys:
        console.print("No --keys: another run gives other pseudonyms, UIDs and dates.", style="dim")


@contextmanager
def _reporting(path: Path | None) -> "Iterator[Callable[[Line], None]]":
    """A function that writes one line of the report; does nothing without one."""
    if path is None:
        yield lambda line: None
        return
    import orjson

    with path.open("wb") as file:

        def write(line: "Line") -> None:
            entry: dict[str, Any] = {
                "input": line.input,
                "disposition": line.disposition.value,
                "reason": line.reason,
                "output": line.output,
                "sha256": line.sha256,
                "findings": [{"where": each.where, "kind": each.kind} for each in line.findings],
            }
            file.write(orjson.dumps(entry) + b"\n")

        yield write


def _tally(counts: "Counter[tuple[str, str]]", received: int) -> "Tally":
    from tirage.model.records import Tally

    by_disposition: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for (disposition, reason), count in counts.items():
        by_disposition[disposition] += count
        if reason:
            reasons[reason] += count
    return Tally(
        received=received,
        released=by_disposition["released"],
        held=by_disposition["held"],
        rejected=by_disposition["rejected"],
        quarantined=by_disposition["quarantined"],
        pending=0,
        reasons=dict(reasons),
    )
