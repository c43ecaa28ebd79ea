"""Which project the `tirage deid` commands work by: a file, or the profile that holds without one."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tirage.policy.project import Project

DEFAULT_PROJECT = """\
project:
  name: one-shot
  title: The default profile, without a project file
identity:
  scheme: keyed
"""

ProjectFile = Annotated[
    Path | None,
    typer.Option(
        "--project",
        "-p",
        help="Project file; without it the default profile (`tirage project check` explains it).",
        exists=True,
        dir_okay=False,
    ),
]
ShowValues = Annotated[
    bool, typer.Option("--show-values", help="Show values too: they identify. Only on a terminal.")
]


def read_project(path: Path | None) -> "tuple[str, Project]":
    """The text of a project file, or of the default one, and what it says."""
    from tirage.policy.project import load_project

    text = DEFAULT_PROJECT if path is None else path.read_text(encoding="utf-8")
    return text, load_project(text, "default" if path is None else path.name)


def check_terminal(show_values: bool) -> None:
    """Refuse to show values where they would be kept: in a file, a pipe, a log."""
    if show_values and not sys.stdout.isatty():
        raise typer.BadParameter("values are shown on a terminal only", param_hint="--show-values")
