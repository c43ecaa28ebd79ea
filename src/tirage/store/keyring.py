"""The files of a master key that is rotated: the one in use, the one to come, and those that were."""

from pathlib import Path

from tirage import faults
from tirage.store.keys import KeyDamaged, MasterKey, create_master_key, load_master_key, sync_folder


def new_path(path: Path) -> Path:
    """Where the key to come is, beside the one in use."""
    return path.with_name(f"{path.name}.new")


def old_path(path: Path, key_id: str) -> Path:
    """Where a key that was in use is kept."""
    return path.with_name(f"{path.stem}-{key_id}{path.suffix}.old")


def find(path: Path, key_id: str) -> MasterKey | None:
    """The key of this id among the files; raises `KeyExposed`, `KeyDamaged` for a file that is not sound."""
    for each in (path, new_path(path), old_path(path, key_id)):
        if each.exists():
            key = load_master_key(each)
            if key.info.id == key_id:
                return key
    return None


def successor(path: Path, old: MasterKey) -> MasterKey:
    """The key to come, made when there is none yet."""
    new = new_path(path)
    if not new.exists():
        create_master_key(new, follows=old.info.id)
    return load_master_key(new)


def swap(path: Path, old: MasterKey) -> Path:
    """Put the key to come in the place of the old one, which gets a name of its own: where. Repeatable."""
    kept = old_path(path, old.info.id)
    if new_path(path).exists():
        if not kept.exists():
            kept.hardlink_to(path)
        sync_folder(path.parent)
        # What is replaced below must be there under its other name, whole.
        if load_master_key(kept).info.id != old.info.id:
            raise KeyDamaged("the file that should keep the old key holds another one")
        faults.reach("rotate:after-keep")
        new_path(path).replace(path)
        sync_folder(path.parent)
    return kept
