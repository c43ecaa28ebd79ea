"""The console of a test node, and people who are signed in to it."""

from dataclasses import dataclass, field
from typing import Self

from starlette.testclient import TestClient
from tests.flow.nodes import TestNode

from tirage.model.people import Grant, Role, Who
from tirage.service import Node
from tirage.service.console.application import make_application
from tirage.web.api.access import COOKIE, CSRF_HEADER, Session


@dataclass
class OpenDoors:
    """Knows everybody who was let in by a test: a cookie or a token is the account's name."""

    people: dict[str, Who] = field(default_factory=dict)

    def let_in(self, account: str, *grants: Grant | Role) -> Who:
        """An account with these roles, in every project where only a role is given."""
        given = frozenset(each if isinstance(each, Grant) else Grant(each) for each in grants)
        self.people[account] = Who(account, given)
        return self.people[account]

    def session(self, secret: str) -> Session | None:
        who = self.people.get(secret)
        return Session(who, f"csrf-of-{secret}") if who else None

    def token(self, secret: str) -> Who | None:
        return self.people.get(secret)


class Console:
    """The console of `node`, in this process; a context manager."""

    def __init__(self, node: TestNode) -> None:
        self.node = node
        self.doors = OpenDoors()

    def __enter__(self) -> Self:
        self.opened: Node = self.node.open().__enter__()
        self.application = make_application(self.node.settings, self.opened.parts, self.doors)
        return self

    def __exit__(self, *fault: object) -> None:
        self.opened.__exit__(None, None, None)

    def browser(self, account: str, *grants: Grant | Role) -> TestClient:
        """Somebody at a browser; what changes something is sent with the session's word."""
        self.doors.let_in(account, *grants)
        client = TestClient(self.application, follow_redirects=False)
        client.cookies.set(COOKIE, account)
        client.headers[CSRF_HEADER] = f"csrf-of-{account}"
        return client

    def script(self, account: str, *grants: Grant | Role) -> TestClient:
        """A script with a token."""
        self.doors.let_in(account, *grants)
        client = TestClient(self.application, follow_redirects=False)
        client.headers["Authorization"] = f"Bearer {account}"
        return client
