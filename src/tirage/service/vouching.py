"""Who vouches that somebody is who they say, when a session alone is not enough."""

from typing import Protocol

from tirage.model.people import Who
from tirage.service.build import Parts


class Vouching(Protocol):
    """Whoever knows the accounts of a node."""

    def who(self, account: str, secret: str) -> Who | None:
        """The person of this account, if the secret is theirs."""


def make_vouching(parts: Parts) -> Vouching | None:
    """Who vouches at this node; None where it has no accounts of its own."""
    return None
