"""A seal fits what it was put on and nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tirage.deliver.seal import SEALED, Seal, message, read, written
from tirage.model.identifiers import Digest
from tirage.store.keys import KeyDamaged, KeyExists, KeyExposed
from tirage.store.signing import SigningKeyMissing, create_signing_key, load_signing_key, verify

LISTS = {name: Digest(letter * 64) for name, letter in zip(SEALED, "abc", strict=True)}


@given(st.binary(max_size=300))
def test_what_is_no_seal_is_none(content: bytes) -> None:
    assert read(content) is None


def test_a_seal_is_read_as_it_was_written() -> None:
    seal = Seal("0123456789abcdef", b"p" * 32, b"s" * 64)
    assert read(written(seal)) == seal


def test_a_signature_fits_one_message_and_one_key(tmp_path: Path) -> None:
    one, other = (create_signing_key(tmp_path / name) for name in ("one", "other"))
    signature = one.sign(message(LISTS))
    assert verify(one.public, message(LISTS), signature)
    assert not verify(other.public, message(LISTS), signature)
    for name in SEALED:
        assert not verify(one.public, message(LISTS | {name: Digest("d" * 64)}), signature)


def test_a_key_is_kept_private_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.key"
    made = create_signing_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    loaded = load_signing_key(path)
    assert (loaded.id, loaded.public, loaded.sign(b"x")) == (made.id, made.public, made.sign(b"x"))
    assert made.secret.hex() not in repr(made)
    with pytest.raises(KeyExists):
        create_signing_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyExposed):
        load_signing_key(path)


def test_a_missing_and_a_changed_key_are_named(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    with pytest.raises(SigningKeyMissing):
        load_signing_key(path)
    create_signing_key(path)
    text = path.read_text()
    for changed in (text.replace("version 1", "version 2"), text.replace("key: ", "key: A"), "", text[:60]):
        path.write_text(changed)
        with pytest.raises(KeyDamaged):
            load_signing_key(path)
