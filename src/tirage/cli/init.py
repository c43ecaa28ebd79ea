"""`tirage init`: a new node folder, with everything in it but the key."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from tirage.cli.options import Json
from tirage.errors import Permanent

app = typer.Typer()


class NodeExists(Permanent):
    """The folder is a node already, and nothing in it was touched."""

    code = "NODE_EXISTS"
    exit_code = 73
    remedy = "Choose another folder, or go on with this one: `tirage doctor --node FOLDER`."


def write_node(folder: Path, settings: str, projects: dict[str, str]) -> None:
    """Create the node folder, readable by its owner alone, with settings and project files."""
    if (folder / "tirage.toml").exists():
        raise NodeExists("this folder is a node already")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("keys", "projects", "identified", "research"):
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    for name, content in projects.items():
        (folder / "projects" / f"{name}.yaml").write_text(content, encoding="utf-8")
    (folder / "tirage.toml").write_text(settings, encoding="utf-8")


def template(name: str) -> str:
    """A file of this command's templates folder."""
    return files("tirage.cli").joinpath("templates", name).read_text(encoding="utf-8")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to create; it must not be a node yet.")],
    as_json: Json = False,
) -> None:
    """Create a node: a folder for settings, keys and data.

    It does not make the master key: that is its own step, so that nobody makes one by accident.
    """
    from tirage.cli.screen import command, console, print_json

    write_node(folder, template("tirage.toml"), {"example": template("project.yaml")})
    if as_json:
        print_json({"node": str(folder)})
        return
    screen = console()
    screen.print(f"Created a node in [bold]{folder}[/]. What next:\n")
    for step, (arguments, words) in enumerate(
        (
            (f"keys new --node {folder}", "make the master key, and back it up elsewhere"),
            (f"project check {folder}/projects/example.yaml", "read in words what it will do"),
            (f"doctor --node {folder}", "check disk, ports, keys and database"),
            (f"serve --node {folder}", "receive over DICOM, or:"),
            (f"import PATH --node {folder}", "take in files that are already here"),
        ),
        start=1,
    ):
        screen.print(f"  {step}. [bold]{command()} {arguments}[/]\n     {words}")
