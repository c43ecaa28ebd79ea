"""The secrets that project files name: `secret:NAME` is the file NAME of the node's secrets folder."""

from dataclasses import dataclass
from pathlib import Path

from tirage.store.keys import KeyDamaged, read_private

_PREFIX = "secret:"


@dataclass(frozen=True, slots=True)
class Vault:
    """A folder of secrets, each in a file that nobody but its owner can read."""

    folder: Path

    def path(self, reference: str) -> Path:
        """Where a secret is; raises `KeyMissing`, `KeyExposed` or `KeyDamaged`."""
        path = self.folder / reference.removeprefix(_PREFIX)
        read_private(path)
        return path

    def text(self, reference: str) -> str:
        """A secret without surrounding white space; raises `KeyMissing`, `KeyExposed` or `KeyDamaged`."""
        content = read_private(self.folder / reference.removeprefix(_PREFIX))
        try:
            text = content.decode("utf-8").strip()
        except UnicodeDecodeError:
            text = ""
        if not text:
            raise KeyDamaged("a secret is empty or no text")
        return text
