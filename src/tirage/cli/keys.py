"""`tirage keys`: create a node's keys, show their ids, check that the master key fits the crosswalk."""

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.options import Json, Node
from tirage.errors import Permanent

if TYPE_CHECKING:
    from tirage.settings import Settings
    from tirage.store.signing import SigningKey

app = typer.Typer(no_args_is_help=True, help="Create and check the keys of a node.")

File = Annotated[
    Path | None,
    typer.Option("--file", help="Key file outside a node, for `tirage deid run --keys`.", dir_okay=False),
]

Signing = Annotated[
    bool, typer.Option("--signing", help="The key that signs what leaves the node, not the master key.")
]


class NodeInUse(Permanent):
    """The node holds data that belong to an earlier key or crosswalk."""

    code = "NODE_IN_USE"
    exit_code = 73
    remedy = "Restore keys and crosswalk from the backup; new ones cannot continue what the old ones began."


@app.command("new")
def new(node: Node = Path(), file: File = None, signing: Signing = False, json: Json = False) -> None:
    """Create the master key once, the crosswalk it opens, and the signing key. Refuses when there is one.

    Make a backup of the key file at once, apart from the backup of the data: who has both can re-identify,
    and without the key nobody can.
    """
    if signing:
        from tirage.store.signing import create_signing_key

        _show_signing(create_signing_key(_settings(node).signing_key), json)
        return
    if file is not None:
        from tirage.store.keys import create_master_key

        _show(create_master_key(file).id, "created", json)
        return
    _show(create_secrets(_settings(node)), "created", json)


@app.command("show")
def show(node: Node = Path(), file: File = None, signing: Signing = False, json: Json = False) -> None:
    """Show the id and the date of the master key, never the key; or the public half of the signing key."""
    from tirage.store.keys import load_master_key

    if signing:
        from tirage.store.signing import load_signing_key

        _show_signing(load_signing_key(_settings(node).signing_key), json)
        return

    info = load_master_key(file or _settings(node).master_key).info
    _show(info.id, f"created {info.created}", json)


@app.command("check")
def check(node: Node = Path(), json: Json = False) -> None:
    """Check that the key file is whole and private, and that it opens this node's crosswalk."""
    from tirage.store.crosswalk import Crosswalk
    from tirage.store.database import open_database
    from tirage.store.keys import load_master_key

    settings = _settings(node)
    master = load_master_key(settings.master_key)
    engine = open_database(settings.crosswalk_url)
    try:
        Crosswalk(engine, master)
    finally:
        engine.dispose()
    _show(master.info.id, "opens the crosswalk", json)


def create_secrets(settings: "Settings") -> str:
    """Create a new node's master key and crosswalk; the key's id.

    Each is made only where neither it nor anything made with it exists: raises `KeyExists` or `NodeInUse`.
    Interrupted between the two, it goes on with the key that is there.
    """
    from tirage.store.crosswalk import CrosswalkMissing, create_crosswalk, expected_key_id
    from tirage.store.database import open_database
    from tirage.store.keys import KeyExists, create_master_key, load_master_key
    from tirage.store.signing import create_signing_key

    if any(folder.is_dir() and any(folder.iterdir()) for folder in (settings.releases, settings.objects)):
        raise NodeInUse("this node has released data")
    if settings.crosswalk_url.startswith("sqlite:"):
        settings.identified.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_database(settings.crosswalk_url)
    try:
        try:
            needed = expected_key_id(engine)
        except CrosswalkMissing:
            if not settings.master_key.exists():
                create_master_key(settings.master_key)
            master = load_master_key(settings.master_key)
            create_crosswalk(engine, master)
            if not settings.signing_key.exists():
                create_signing_key(settings.signing_key)
            return master.info.id
        if settings.master_key.exists():
            raise KeyExists("a master key is already there")
        raise NodeInUse(f"the crosswalk needs the master key {needed}")
    finally:
        engine.dispose()


def _settings(node: Path) -> "Settings":
    from tirage.settings import load_settings

    return load_settings(node)


def _show_signing(key: "SigningKey", json: bool) -> None:
    public = b64encode(key.public).decode()
    if json:
        from json import dumps

        typer.echo(dumps({"id": key.id, "created": key.created, "public": public}))
    else:
        typer.echo(f"Signing key {key.id}: created {key.created}.")
        typer.echo(f"Its public half, for `tirage release verify --key`: {public}")


def _show(key: str, state: str, json: bool) -> None:
    if json:
        from json import dumps

        typer.echo(dumps({"id": key, "state": state}))
    else:
        typer.echo(f"Master key {key}: {state}.")
