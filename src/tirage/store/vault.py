"""The secrets that project files name: `secret:NAME` is the file NAME of the node's secrets folder."""

from dataclasses import dataclass
from pathlib import Path

from tirage.errors import Permanent
from tirage.store.keys import KeyDamaged, KeyMissing, read_private

_PREFIX = "secret:"


class SecretMissing(Permanent):
    """A secret that a project file names is not in the node's secrets folder."""

    code = "SECRET_MISSING"
    exit_code = 78
    remedy = (
        "Write the secret into the file of that name in the node's secrets folder, `keys/secrets` unless the "
        "settings name another, and keep it to the node's user: `chmod 600`."
    )


@dataclass(frozen=True, slots=True)
class Vault:
    """A folder of secrets, each in a file that nobody but its owner can read."""

    folder: Path

    def path(self, reference: str) -> Path:
        """Where a secret is; raises `SecretMissing`, `KeyExposed` or `KeyDamaged`."""
        path = self._path(reference)
        self._read(reference)
        return path

    def text(self, reference: str) -> str:
        """A secret without surrounding white space; raises `SecretMissing`, `KeyExposed` or `KeyDamaged`."""
        try:
            text = self._read(reference).decode("utf-8").strip()
        except UnicodeDecodeError:
            text = ""
        if not text:
            raise KeyDamaged("a secret is empty or no text")
        return text

    def _path(self, reference: str) -> Path:
        return self.folder / reference.removeprefix(_PREFIX)

    def _read(self, reference: str) -> bytes:
        try:
            return read_private(self._path(reference))
        except KeyMissing as error:
            raise SecretMissing(f"no secret called {reference.removeprefix(_PREFIX)}") from error
