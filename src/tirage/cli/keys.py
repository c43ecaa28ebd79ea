"""`tirage keys`: create and rotate a node's keys, show their ids, check that the master key fits."""

from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tirage.cli.options import Json, Node
from tirage.cli.release import account
from tirage.cli.screen import bars, console, print_json
from tirage.errors import Permanent

if TYPE_CHECKING:
    from tirage.settings import Settings
    from tirage.store.signing import SigningKey

app = typer.Typer(no_args_is_help=True, help="Create, check and rotate the keys of a node.")

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
    """Check that the key file is whole and private, and that it opens this node's crosswalk.

    During a rotation that was interrupted: that both keys are there, and how far it came.
    """
    from tirage.service.rotating import standing

    found = standing(_settings(node))
    if not found.old_key:
        _show(found.key, "opens the crosswalk", json)
    elif json:
        told = {"id": found.key, "state": "half rotated", "old": found.old_key}
        print_json(told | {"left": found.left.left, "patients": found.left.total})
    else:
        typer.echo(f"Master key {found.key}: opens the crosswalk together with key {found.old_key}.")
        typer.echo(
            f"A rotation is half done: {found.left.left} of {found.left.total} patients have the old key. "
            "Both keys are needed. Stop the node and run `tirage keys rotate`: it goes on where it stopped."
        )


@app.command("rotate")
def rotate(node: Node = Path(), signing: Signing = False, json: Json = False) -> None:
    """Replace the master key: the crosswalk is sealed with a new one. Pseudonyms, UIDs and dates stay.

    Stop the node first. Interrupted, the same command goes on where it stopped, and the node works with both
    keys until then. The old key stays beside the new one as master-ID.key.old: backups made before today need
    it. What this protects against, and what not: docs/security.md.

    With --signing, the node may run: the old key signs the audit's end once more, its public half is kept,
    and what it signed stays provable.
    """
    settings = _settings(node)
    if signing:
        from tirage.service.resigning import rotate_signing

        _show_signing(rotate_signing(settings, account()), json)
        return
    from tirage.service.rotating import rotate as rotate_master

    with bars(console(), hidden=json) as progress:
        task = progress.add_task("patients", total=None)
        done = rotate_master(
            settings,
            account(),
            lambda left: progress.update(task, completed=left.total - left.left, total=left.total),
        )
    if json:
        told = {"id": done.key, "state": "rotated", "old": done.old_key, "old_file": str(done.old_file)}
        print_json(told | {"patients": done.patients})
        return
    _show(done.key, f"opens the crosswalk now, {done.patients} patients are sealed with it", json)
    typer.echo(f"Back up {settings.master_key} now, and the crosswalk anew.")
    typer.echo(
        f"Key {done.old_key} opens nothing here any more; older backups of the crosswalk need it. "
        f"Move {done.old_file} to where the key of those backups is kept, or destroy it together with them."
    )


def create_secrets(settings: "Settings") -> str:
    """Create a new node's master key and crosswalk; the key's id.

    Each is made only where neither it nor anything made with it exists: raises `KeyExists` or `NodeInUse`.
    Interrupted between the two, it goes on with the key that is there.
    """
    from tirage.store.crosswalk import CrosswalkMissing, create_crosswalk, expected_key_id
    from tirage.store.database import open_database
    from tirage.store.keyring import new_path
    from tirage.store.keys import KeyExists, create_master_key, load_master_key
    from tirage.store.signing import create_signing_key

    if any(folder.is_dir() and any(folder.iterdir()) for folder in (settings.releases, settings.objects)):
        raise NodeInUse("this node has released data")
    if settings.crosswalk_url.startswith("sqlite:"):
        settings.identified.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_database(settings.crosswalk_url)
    try:
        needed = ""
        with suppress(CrosswalkMissing):
            needed = expected_key_id(engine)
        if needed and settings.master_key.exists():
            raise KeyExists("a master key is already there")
        if needed:
            raise NodeInUse(f"the crosswalk needs the master key {needed}")
        if new_path(settings.master_key).exists():
            raise NodeInUse("the master key was being rotated, and the crosswalk is missing")
        if not settings.master_key.exists():
            create_master_key(settings.master_key)
        master = load_master_key(settings.master_key)
        if master.info.follows:
            raise NodeInUse(f"the master key took over from key {master.info.follows}")
        create_crosswalk(engine, master)
        if not settings.signing_key.exists():
            create_signing_key(settings.signing_key)
        return master.info.id
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
