"""`tirage doctor`: is everything in order, and if not, how to mend it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tirage.cli.options import Json, Node

if TYPE_CHECKING:
    from tirage.service.checks import Check
    from tirage.settings import Settings

app = typer.Typer()


@app.command()
def doctor(node: Node = Path(), as_json: Json = False) -> None:
    """Check the node and say how to mend what is wrong. Ends with 1 when something is.

    Changes nothing. It may run beside `tirage serve`.
    """
    from dataclasses import asdict

    from rich.padding import Padding
    from rich.text import Text

    from tirage.cli.screen import console, print_json
    from tirage.settings import load_settings

    settings = load_settings(node)
    found = list(checks(settings))
    if as_json:
        print_json([asdict(check) for check in found])
    else:
        screen = console()
        for check in found:
            sign = "[green]ok  [/]" if check.is_ok else "[red]MEND[/]"
            screen.print(f"{sign} {check.name:<22}", end="")
            screen.print(check.found, markup=False)
            if not check.is_ok:
                screen.print(Padding(Text(f"→ {check.remedy}"), (0, 0, 0, 5)))
        wrong = sum(not check.is_ok for check in found)
        screen.print(f"\n{wrong} of {len(found)} checks failed." if wrong else "\nAll is in order.")
    if not all(check.is_ok for check in found):
        raise typer.Exit(1)


def checks(settings: "Settings") -> Iterator["Check"]:
    """Every check: the machine first, then what only an opened node can tell."""
    from tirage.errors import TirageError
    from tirage.service import open_node
    from tirage.service.checks import (
        Check,
        check_clock,
        check_disk,
        check_gate,
        check_key,
        check_port,
        check_print,
        check_python,
        check_signing_key,
    )

    listener, http = settings.listener, settings.http
    yield check_python()
    yield check_clock(settings.folder)
    yield from check_disk(settings)
    yield check_gate()
    yield check_print()
    yield check_port("DICOM port", listener.host, listener.port, "listener.port")
    yield check_port("health port", http.host, http.port, "http.port")
    key = check_key(settings)
    yield key
    if not key.is_ok:
        return
    yield check_signing_key(settings)
    try:
        with open_node(settings) as opened:
            yield from opened.checks()
    except TirageError as error:
        yield Check("node", False, str(error), error.remedy)
