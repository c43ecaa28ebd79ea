"""`tirage serve`: the node at work, until stopped."""

import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.options import Json, Node

if TYPE_CHECKING:
    from tirage.service import Endpoints

app = typer.Typer()


@app.command()
def serve(
    node: Node = Path(),
    worker: Annotated[
        bool, typer.Option("--worker", help="Only work: be one more worker of a node on PostgreSQL.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Receive, de-identify and release until stopped.

    Stop it with Ctrl-C or SIGTERM: what is under way ends, and the next start goes on from there.
    """
    from tirage.service import open_node
    from tirage.service.logs import configure
    from tirage.service.people import start_token
    from tirage.settings import load_settings

    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    settings = load_settings(node)
    configure(settings)
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with open_node(settings) as opened:
        if worker:
            opened.work(stop)
            return
        start = start_token(opened.parts.database)
        opened.serve(lambda endpoints: _say(endpoints, settings.listener.ae_title, start, as_json), stop)


def _say(endpoints: "Endpoints", title: str, start: str | None, as_json: bool) -> None:
    dicom, http, console = (
        f"{host}:{port}" for host, port in (endpoints.dicom, endpoints.http, endpoints.console)
    )
    if as_json:
        import json

        told = {"dicom": dicom, "ae_title": title, "http": http, "console": console}
        if start:
            told["start_code"] = start
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write(
            f"Receiving DICOM at {dicom} as {title}, health at http://{http}/ready.\n"
            f"The console for people is at {console}. Stop with Ctrl-C.\n"
        )
        if start:
            sys.stdout.write(
                "Nobody has an account yet. This code makes the first one, once within a day, at /start:\n"
                f"{start}\n"
            )
    sys.stdout.flush()
