"""The `tirage` command: runs one command and turns whatever goes wrong into plain words and an exit code."""

import sys
import traceback
from typing import Annotated

import typer

from tirage.cli.commands import Commands, print_version
from tirage.errors import TirageError

EXIT_INTERNAL = 70
"""Exit code of a fault of our own (sysexits.h EX_SOFTWARE)."""

app = typer.Typer(
    name="tirage",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def tirage(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Move DICOM imaging from clinical systems to research, de-identified, with proof at every step.

    New here? `tirage demo` shows all of it on an invented hospital.
    """


def main() -> None:
    """Run the command line; never ends in a traceback."""
    try:
        app()
    except TirageError as error:
        tell(error.code, str(error), error.remedy)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. What was acknowledged is kept; run the same command again to go on.\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - one of the two places: the user gets words, not a traceback
        tell(
            "INTERNAL",
            f"a fault in Tirage itself: {type(error).__name__} at {place(error)}",
            "Nothing acknowledged is lost. Run `tirage doctor`, then report this line.",
        )
        sys.exit(EXIT_INTERNAL)


def tell(code: str, message: str, remedy: str) -> None:
    """Say on standard error what went wrong and what to do; as JSON when `--json` was asked for."""
    if "--json" in sys.argv:
        import json

        fault = {"error": code, "message": message, "remedy": remedy}
        sys.stderr.write(json.dumps(fault, ensure_ascii=False) + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    console.print(Text.assemble(("Error ", "bold red"), (f"{code}: ", "red"), message))
    console.print(Text.assemble(("What to do: ", "bold"), remedy))


def place(error: BaseException) -> str:
    """Module and line of our code where an exception arose; its message may hold values and is not shown."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "tirage" in frame.filename] or list(frames)
    last = ours[-1]
    return f"{last.filename.rpartition('tirage/')[2]}:{last.lineno}"
