"""`tirage project`: read a project file and say in words what it will do; make one of another tool's."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.options import Json
from tirage.errors import Permanent

if TYPE_CHECKING:
    from tirage.policy.imports.report import Imported

app = typer.Typer(no_args_is_help=True)


class ProjectMissing(Permanent):
    """The project file is not there, or cannot be read as text."""

    code = "PROJECT_MISSING"
    exit_code = 66
    remedy = "Give the path of a project file, for example projects/example.yaml."


class ImportIncomplete(Permanent):
    """Rules that took something away in another tool's profile cannot be said in a project file."""

    code = "IMPORT_INCOMPLETE"
    exit_code = 65
    remedy = "See to each rule named under `error` by other means, then use the project file."


class Format(StrEnum):
    """The formats of other tools that can be read."""

    PIXL = "pixl"
    CTP = "ctp"
    CTP_PIXEL = "ctp-pixel"


@app.callback()
def project() -> None:
    """Check a project file and explain it in words; import another tool's profile."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The project file (YAML).", show_default=False)],
    as_json: Json = False,
) -> None:
    """Say in words what a project will do, or name every line that is wrong.

    Reads the file alone: no node, no key, no network.
    """
    from tirage.cli.screen import console, print_json
    from tirage.policy.describe import counts, describe
    from tirage.policy.profile import compile_profile
    from tirage.policy.project import load_project

    loaded = load_project(text_of(file), file.name)
    profile = compile_profile(loaded)
    sections = describe(loaded, profile)
    if as_json:
        print_json(
            {
                "project": loaded.model_dump(mode="json", by_alias=True),
                "digest": profile.digest,
                "edition": profile.edition,
                "attributes": counts(profile),
                "explained": {section.title: list(section.lines) for section in sections},
            }
        )
        return
    screen = console()
    for section in sections:
        screen.print(f"\n{section.title}", style="bold", markup=False)
        for line in section.lines:
            screen.print(f"  {line}", markup=False)
    screen.print(f"\nThe file is in order. Policy digest {profile.digest[:12]}.", style="green", markup=False)


@app.command("import")
def import_profile(
    kind: Annotated[Format, typer.Argument(metavar="FORMAT", help="pixl, ctp or ctp-pixel.")],
    files: Annotated[list[Path], typer.Argument(help="The files of the profile.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the project file here.", show_default="screen"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a project file of a PIXL configuration, a CTP anonymizer script or a CTP pixel script.

    Every rule gets a line: expressed, tightened, noted, or an error when something that was taken away there
    cannot be said here. With errors the command fails after writing the file.
    """
    from tirage.cli.screen import console, print_json
    from tirage.policy.imports.report import Fate
    from tirage.policy.imports.writing import project_text

    imported = _imported(kind, files)
    text = project_text(imported, f"{kind.value} {files[0].name}")
    if output is not None:
        output.write_text(text, encoding="utf-8")
    if as_json:
        lines = [{"rule": line.rule, "fate": line.fate, "words": line.words} for line in imported.lines]
        print_json({"project": text, "rules": lines})
    else:
        screen = console()
        if output is None:
            screen.print(text, markup=False, soft_wrap=True)
        for fate in Fate:
            screen.print(f"\n{fate.value}: {len(imported.of(fate))}", style="bold", markup=False)
            for line in imported.of(fate):
                screen.print(f"  {line.rule}: {line.words}", markup=False, soft_wrap=True)
    if errors := imported.of(Fate.ERROR):
        raise ImportIncomplete(f"{len(errors)} rules could not be expressed")


def _imported(kind: Format, files: list[Path]) -> "Imported":
    """The files of a foreign profile, read by their format."""
    from tirage.policy.imports.ctp import import_ctp
    from tirage.policy.imports.pixl import import_pixl
    from tirage.policy.imports.signatures import import_ctp_pixels

    if kind is Format.PIXL:
        return import_pixl({file.as_posix(): text_of(file) for file in files})
    if len(files) != 1:
        raise typer.BadParameter("give one script")
    try:
        data = files[0].read_bytes()
    except OSError as error:
        raise ProjectMissing(f"{files[0].name}: {error.strerror}") from error
    if kind is Format.CTP:
        return import_ctp(data, files[0].name)
    return import_ctp_pixels(data.decode("utf-8", "replace"), files[0].name)


def text_of(file: Path) -> str:
    """The text of a project file; raises `ProjectMissing` when there is none."""
    from tirage.policy.strict import MAX_BYTES

    try:
        with file.open(encoding="utf-8-sig") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ProjectMissing(f"{file.name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ProjectMissing(f"{file.name} is not UTF-8 text") from error
