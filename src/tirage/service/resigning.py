"""Replacing the key that signs: the old one vouches for the new one, and what it signed stays provable."""

from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from tirage import faults
from tirage.service.build import make_database
from tirage.service.heads import sign_now
from tirage.settings import Settings
from tirage.store import audit, signing, times, trail
from tirage.store.audit import Line
from tirage.store.database import repeated
from tirage.store.keyring import new_path
from tirage.store.keys import sync_folder
from tirage.store.signing import SigningKey

CHANGED = "rotate-signing-key"


def rotate_signing(settings: Settings, actor: str) -> SigningKey:
    """Give the node a new signing key, or go on where that was interrupted; the new key.

    The audit's line that names the new key is under a head that the old key signed. A node that runs uses the
    new key from its next signature on. Raises `SigningKeyMissing`, `KeyDamaged`.
    """
    path = settings.signing_key
    old, new = signing.load_signing_key(path), _to_come(path)
    faults.reach("rotate-signing:after-key")
    database = make_database(settings)
    try:
        at = times.micros(times.now())
        repeated(database, partial(_tell, actor=actor, old=old, new=new, at=at))
        sign_now(settings, database, at)
    finally:
        database.dispose()
    faults.reach("rotate-signing:after-head")
    signing.keep_public(path, old)
    faults.reach("rotate-signing:after-public")
    new_path(path).replace(path)
    sync_folder(path.parent)
    return new


def _to_come(path: Path) -> SigningKey:
    new = new_path(path)
    return signing.load_signing_key(new) if new.exists() else signing.create_signing_key(new)


def _tell(connection: Connection, actor: str, old: SigningKey, new: SigningKey, at: int) -> None:
    subject = f"key:{new.id}"
    if not trail.page(connection, trail.Sought(action=CHANGED, subject=subject), None, 1):
        audit.append(connection, [Line(actor, CHANGED, subject, {"from": old.id, "to": new.id})], at)
