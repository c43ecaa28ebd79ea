"""Which commands there are, told without importing any of them."""

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from typer import Context, Typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name, the module whose `app` it is, where it stands in the help, what it is for."""

    name: str
    module: str
    panel: str
    help: str


START, RUN, ACQUIRE = "Start here", "Run a node", "Acquire by request"
LOOK, DECIDE = "See where things stand", "Decide what leaves"
COMMANDS = (
    Command("demo", "tirage.cli.demo", START, "Try everything on an invented hospital, in two minutes."),
    Command("init", "tirage.cli.init", START, "Create a node: a folder for settings, keys and data."),
    Command("doctor", "tirage.cli.doctor", START, "Check the node and say how to mend what is wrong."),
    Command("serve", "tirage.cli.serve", RUN, "Receive, de-identify and release until stopped."),
    Command("import", "tirage.cli.importing", RUN, "Take in a folder, a ZIP file or a DICOMDIR."),
    Command("send", "tirage.cli.send", RUN, "Send DICOM files to a listener, to try it."),
    Command("keys", "tirage.cli.keys", RUN, "Create, check and rotate the keys of a node."),
    Command("people", "tirage.cli.people", RUN, "Make accounts, grant and withdraw roles."),
    Command("notify", "tirage.cli.notify", RUN, "Try who is told what happens; see what waits to be sent."),
    Command("audit", "tirage.cli.audit", LOOK, "Prove the audit whole; export it; sign its end."),
    Command("cohort", "tirage.cli.cohort", ACQUIRE, "Check and load lists of what to ask archives for."),
    Command(
        "query",
        "tirage.cli.query",
        ACQUIRE,
        "Ask the archives which studies they have for the project's cohort.",
    ),
    Command(
        "fetch",
        "tirage.cli.fetch",
        ACQUIRE,
        "Fetch the studies that the project wants and that are not here.",
    ),
    Command(
        "redcap",
        "tirage.cli.redcap",
        ACQUIRE,
        "Load transfer requests from a REDCap project; write back what became of them.",
    ),
    Command("status", "tirage.cli.status", LOOK, "Show what was received and where it stands."),
    Command("trace", "tirage.cli.trace", LOOK, "Show everything that happened to one object."),
    Command("ledger", "tirage.cli.ledger", LOOK, "Show what became of every requested row."),
    Command("release", "tirage.cli.release", LOOK, "Ask for a release, sign it, list, compare, verify them."),
    Command(
        "destination",
        "tirage.cli.destination",
        LOOK,
        "See where projects deliver; test, pause and resume it.",
    ),
    Command(
        "project",
        "tirage.cli.project",
        DECIDE,
        "Check a project file and explain it in words; import another tool's profile.",
    ),
    Command("review", "tirage.cli.review", DECIDE, "See how far a review is; get the rules it proposes."),
    Command("worklist", "tirage.cli.worklist", DECIDE, "Decide which descriptions of studies are wanted."),
    Command(
        "hold", "tirage.cli.hold", DECIDE, "See what did not go on, and retry, release, reject or assign it."
    ),
    Command(
        "identity", "tirage.cli.identity", DECIDE, "See who may be whom; decide, or take a decision back."
    ),
    Command(
        "withdrawal", "tirage.cli.withdrawal", DECIDE, "Call back what was released; see who has copies."
    ),
    Command("study", "tirage.cli.study", DECIDE, "Erase a study everywhere; see which were erased."),
    Command("deid", "tirage.cli.deid", DECIDE, "De-identify a folder without a node; explain changes."),
)


class Commands(TyperGroup):
    """A group that imports a command's module only when that command is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for entry in COMMANDS:
            self.add_command(TyperCommand(entry.name, help=entry.help))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The commands under the headings of `COMMANDS`, in the order a newcomer needs them."""
        width = max(len(entry.name) for entry in COMMANDS)
        for panel in dict.fromkeys(entry.panel for entry in COMMANDS):
            with formatter.section(panel):
                formatter.write_dl(
                    [(entry.name.ljust(width), entry.help) for entry in COMMANDS if entry.panel == panel]
                )

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The real command in place of its line in the help."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and load(str(listed.name)), rest


def load(name: str) -> TyperCommand | TyperGroup:
    """The command called `name`, its module imported."""
    entry = next(entry for entry in COMMANDS if entry.name == name)
    app = cast(Typer, import_module(entry.module).app)
    command = cast(TyperCommand | TyperGroup, get_command(app))
    command.name = name
    return plain(command)


def plain(command: TyperCommand | TyperGroup) -> TyperCommand | TyperGroup:
    """The command with help in plain text: typer's boxes cost 0.15 s of imports and cannot be copied."""
    command.rich_markup_mode = None
    if isinstance(command, TyperGroup):
        for nested in command.commands.values():
            plain(cast(TyperCommand | TyperGroup, nested))
    return command


def print_version(context: Context, wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"tirage {version('tirage')}\n")
        context.exit()
