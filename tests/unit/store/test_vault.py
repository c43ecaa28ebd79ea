"""Secrets that project files name: found by name alone, and never shown."""

from pathlib import Path

import pytest

from tirage.store.keys import KeyDamaged, KeyExposed
from tirage.store.vault import SecretMissing, Vault

REFERENCE = "secret:xnat"


def write(folder: Path, content: bytes, mode: int = 0o600) -> Vault:
    path = folder / "xnat"
    path.write_bytes(content)
    path.chmod(mode)
    return Vault(folder)


def test_a_secret_is_its_file_without_white_space_around_it(tmp_path: Path) -> None:
    vault = write(tmp_path, b"  a secret\n")
    assert vault.text(REFERENCE) == "a secret"
    assert vault.path(REFERENCE) == tmp_path / "xnat"


def test_a_secret_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SecretMissing, match="no secret called xnat") as missing:
        Vault(tmp_path).text(REFERENCE)
    assert "chmod 600" in missing.value.remedy


def test_a_secret_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(KeyExposed):
        write(tmp_path, b"a secret", 0o644).text(REFERENCE)


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_a_secret_that_is_empty_or_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(KeyDamaged):
        write(tmp_path, content).text(REFERENCE)
