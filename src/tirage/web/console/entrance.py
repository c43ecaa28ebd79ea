"""What the pages before the door ask of a node: signing in needs no session, so the API cannot answer it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, repr=False)
class Admitted:
    """What opens the next door; `is_half` while the second factor is missing."""

    secret: str
    is_half: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in; `wait_s` seconds before the next try when there were too many. `detail` says what to do."""

    detail: str
    wait_s: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Half:
    """Somebody whose password was right; `offered` is the second factor to set up, '' for who has one."""

    account: str
    offered: str


class Entrance(Protocol):
    """Whoever lets people in."""

    def is_new(self) -> bool:
        """Whether nobody has an account yet."""

    def password(self, name: str, password: str, address: str) -> Admitted | Refused:
        """The first step."""

    def half(self, secret: str) -> Half | None:
        """Who took the first step within the last minutes."""

    def picture(self, secret: str) -> bytes | None:
        """The second factor to be set up, as an SVG picture."""

    def code(self, secret: str, code: str) -> Admitted | Refused:
        """The second step."""

    def begin(self, code: str, name: str, password: str, address: str) -> Admitted | Refused:
        """Choose a password by the code of a first start or of an invitation."""

    def leave(self, secret: str) -> None:
        """End the session."""


class Hospital(Protocol):
    """The hospital's own sign-in."""

    def leave_for(self) -> tuple[str, str] | Refused:
        """Where to send the browser, and what it brings back in a cookie."""

    def back(self, kept: str, state: str, code: str, address: str) -> Admitted | Refused:
        """Somebody comes back with a code."""
