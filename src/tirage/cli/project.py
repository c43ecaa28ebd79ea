"""`tirage project`: read a project file and say in words what it will do."""

from pathlib import Path
from typing import Annotated

import typer

from tirage.cli.options import Json
from tirage.errors import Permanent

app = typer.Typer(no_args_is_help=True)


class ProjectMissing(Permanent):
    """The project file is not there, or cannot be read as text."""

    code = "PROJECT_MISSING"
    exit_code = 66
    remedy = "Give the path of a project file, for example projects/example.yaml."


@app.callback()
def project() -> None:
    """Check a project file and explain it in words."""


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
