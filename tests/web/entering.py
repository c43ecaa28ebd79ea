"""People who come through the door as people do: code, password, second factor."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyotp
from starlette.testclient import TestClient
from tests.flow.nodes import TestNode

from tirage.service.console.application import make_application
from tirage.service.console.doors import NodeDoors
from tirage.service.people import start_token
from tirage.store.passwords import STEP_S

PASSWORD = "seven horses on a green bicycle"


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = field(default_factory=lambda: datetime(2031, 5, 4, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Door:
    """The real doors and the real entrance of a node, in this process; a context manager."""

    def __init__(self, node: TestNode) -> None:
        self.node, self.clock = node, Clock()
        self.factors: dict[str, str] = {}

    def __enter__(self) -> "Door":
        self.opened = self.node.open().__enter__()
        self.database = self.opened.parts.database
        doors = NodeDoors(self.database, self.clock)
        self.application = make_application(self.node.settings, self.opened.parts, doors, self.clock)
        return self

    def __exit__(self, *fault: object) -> None:
        self.opened.__exit__(None, None, None)

    def browser(self) -> TestClient:
        """A browser that nobody has used."""
        return TestClient(self.application, follow_redirects=False)

    def start(self, name: str = "root") -> TestClient:
        """The first administrator, signed in."""
        code = start_token(self.database, self.clock)
        assert code
        return self.begin(code, name)

    def begin(self, code: str, name: str) -> TestClient:
        """Whoever has a code, signed in."""
        browser = self.browser()
        sent = browser.post(
            "/start", data={"code": code, "name": name, "password": PASSWORD, "again": PASSWORD}
        )
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in/code"), sent.text
        page = browser.get("/sign-in/code").text
        found = re.search(r'id="factor">(\w+)<', page)
        assert found
        self.factors[name] = found[1]
        return self._show_code(browser, name)

    def sign_in(self, name: str) -> TestClient:
        """Somebody with an account, signed in."""
        browser = self.browser()
        sent = browser.post("/sign-in", data={"name": name, "password": PASSWORD})
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in/code"), sent.text
        return self._show_code(browser, name)

    def code(self, name: str) -> str:
        """The code that a phone shows now."""
        return pyotp.TOTP(self.factors[name]).at(self.clock.now)

    def _show_code(self, browser: TestClient, name: str) -> TestClient:
        self.clock.go(STEP_S)
        done = browser.post("/sign-in/code", data={"code": self.code(name)})
        assert (done.status_code, done.headers["location"]) == (303, "/"), done.text
        return browser


def csrf(browser: TestClient, path: str = "/account") -> str:
    """The word that forms of this session carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get(path).text)
    assert found
    return found[1]
