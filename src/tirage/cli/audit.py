"""`tirage audit`: prove that the audit is whole, sign its end, hand it out."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.options import Json, Node

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tirage.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Prove the audit whole; export it; sign its end.")

Keys = Annotated[
    list[str] | None,
    typer.Option("--key", help="Public half of a signing key the node had before, in base 64; repeatable."),
]


class Form(StrEnum):
    """How lines are exported."""

    JSON = "json"
    DICOM = "dicom"


@app.command()
def verify(node: Node = Path(), key: Keys = None, as_json: Json = False) -> None:
    """Look at every line and at every signed head; ends with 65 and names the first bad line otherwise."""
    from base64 import b64decode
    from dataclasses import asdict

    from tirage.cli.screen import print_json
    from tirage.service.heads import verify as look
    from tirage.store.heads import AuditBroken
    from tirage.store.signing import public_id

    with _opened(node) as (settings, database):
        publics = [b64decode(each) for each in key or ()]
        found = look(settings, database, {public_id(each): each for each in publics})
    if as_json:
        print_json(asdict(found))
    if found.bad is not None:
        raise AuditBroken(f"line {found.bad} is the first bad one ({found.why})")
    if not as_json:
        typer.echo(f"The audit is whole: {found.lines} lines, {found.heads} signed heads, ", nl=False)
        typer.echo(f"the last at line {found.last_head}.")


@app.command()
def head(node: Node = Path(), as_json: Json = False) -> None:
    """Sign the audit's end now, and print it to be kept elsewhere."""
    from tirage.cli.screen import print_json
    from tirage.service.heads import sign_now
    from tirage.store import heads, times
    from tirage.store.database import reading

    with _opened(node) as (settings, database):
        signed = sign_now(settings, database, times.micros(times.now()))
        if signed is None:
            with reading(database) as connection:
                signed = heads.last(connection)
    if signed is None:
        typer.echo("Nothing was written yet." if not as_json else "null")
        return
    told = {"seq": signed.seq, "hash": signed.hash, "at": signed.at, "key": signed.key_id}
    if as_json:
        print_json(told | {"signature": signed.signature.hex()})
    else:
        typer.echo(f"Line {signed.seq}: {signed.hash}\nsigned with key {signed.key_id}.")


@app.command()
def export(
    node: Node = Path(),
    after: Annotated[int, typer.Option(help="Only lines behind this number.", min=0)] = 0,
    form: Annotated[Form, typer.Option("--as", help="JSON lines, or DICOM audit messages.")] = Form.JSON,
) -> None:
    """Write the audit's lines to standard output, in order."""
    import sys

    from tirage.service.messages import message
    from tirage.store import trail
    from tirage.store.database import reading

    with _opened(node) as (settings, database), reading(database) as connection:
        source = settings.audit.source
        for entry in trail.following(connection, after):
            line = entry.as_json() if form is Form.JSON else message(entry, source) + b"\n"
            sys.stdout.buffer.write(line)
    sys.stdout.flush()


@contextmanager
def _opened(node: Path) -> "Iterator[tuple[Settings, Engine]]":
    from tirage.service.build import make_database
    from tirage.settings import load_settings

    settings = load_settings(node)
    database = make_database(settings)
    try:
        yield settings, database
    finally:
        database.dispose()
