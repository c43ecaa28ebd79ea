"""Somebody's first day at the console: every step of `docs/guides/first-day.md`, in a real browser."""

import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, Page, expect
from tests.cli.running import run
from tests.docs.blocks import ROOT
from tests.make import make_dataset, write_instance

GUIDE = (ROOT / "docs" / "guides" / "first-day.md").read_text(encoding="utf-8")
PASSWORD = "tulip rocket umbrella seven"
PORTS = "[listener]\nport = 0\n[http]\nport = 0\n[console]\nport = 0\n"
PATIENCE_S = 90
ROLES = {"olga": ("operator", "linker"), "ruth": ("reviewer",), "max": ("approver",)}
Show = Callable[[Page, str], None]


def command(beginning: str) -> list[str]:
    """The words of the guide's command that begins so, without the program's name."""
    found = re.findall(rf"^({re.escape(beginning)}.*)$", GUIDE, re.MULTILINE)
    assert len(found) == 1, f"the guide says {len(found)} times: {beginning}"
    return shlex.split(found[0])[1:]


def project(share: Path) -> str:
    """The guide's project file, with a folder of this machine, and without waiting."""
    text = re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)[0]
    assert "quiet_s: 60\n" in text
    assert "path: /srv/share\n" in text
    return text.replace("quiet_s: 60", "quiet_s: 1").replace("path: /srv/share", f"path: {share}")


@dataclass
class Person:
    """Somebody at a browser of their own."""

    name: str
    page: Page
    factor: pyotp.TOTP | None = None

    def begin(self, code: str) -> None:
        """Choose a password by a code, and set up the phone."""
        self.page.goto("/start")
        self.page.get_by_label("Code").fill(code)
        self.page.get_by_label("Account").fill(self.name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_label("Password again").fill(PASSWORD)
        self.page.get_by_role("button", name="Go on").click()
        self.factor = pyotp.TOTP(self.page.locator("#factor").inner_text())
        self.page.get_by_label("Six digits").fill(self.factor.now())
        self.page.get_by_role("button", name="Go on").click()
        expect(self.page.get_by_role("link", name=self.name)).to_be_visible()

    def open(self, part: str) -> Page:
        """Go to a part of the console by its link."""
        self.page.get_by_role("navigation", name="Parts of the console").get_by_role(
            "link", name=part
        ).click()
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        return self.page


@dataclass
class Day:
    """The day: a node at work, and people's browsers before it. `show` gets pages worth a picture."""

    root: Path
    browser: Browser
    show: Show = lambda page, name: None

    @property
    def node(self) -> Path:
        return self.root / "hospital"

    @property
    def share(self) -> Path:
        return self.root / "share"

    def type(self, words: list[str]) -> str:
        """Type a command of the guide in the folder of the day."""
        done = run(*words, cwd=self.root, timeout_s=120)
        assert done.code == 0, done.out + done.err
        return done.out

    @contextmanager
    def serving(self) -> Iterator[tuple[str, str]]:
        """The node at work: the console's address and the code it printed."""
        words = [sys.executable, "-m", "tirage", *command("tirage serve"), "--json"]
        with subprocess.Popen(words, cwd=self.root, stdout=subprocess.PIPE, text=True) as serving:
            assert serving.stdout is not None
            told = json.loads(serving.stdout.readline())
            try:
                yield f"http://{told['console']}", told["start_code"]
            finally:
                serving.terminate()

    def person(self, name: str, address: str) -> Person:
        """Somebody new at a browser of their own."""
        context = self.browser.new_context(base_url=address, viewport={"width": 1280, "height": 860})
        context.set_default_timeout(30_000)
        return Person(name, context.new_page())

    def live(self) -> None:
        """The whole day, step by step."""
        self.share.mkdir(parents=True)
        self.type(command("tirage init"))
        self.type(command("tirage keys new"))
        toml = self.node / "tirage.toml"
        toml.write_text(PORTS)
        with self.serving() as (address, code):
            olga, ruth, max_ = self._let_people_in(address, code)
            self._send_studies()
            self._find(olga)
            self._resolve_a_conflict(olga)
            self._review(ruth)
            self._sign(max_)

    def _let_people_in(self, address: str, code: str) -> list[Person]:
        ada = self.person("ada", address)
        ada.page.goto("/sign-in")
        ada.page.get_by_role("link", name="makes the first one").click()
        self.show(ada.page, "start")
        ada.begin(code)
        people = []
        for name, roles in ROLES.items():
            page = ada.open("People")
            page.get_by_label("Account").fill(name)
            page.get_by_role("button", name="Make and invite").click()
            invitation = page.locator("#invitation").inner_text()
            for role in roles:
                page.get_by_label("Role").select_option(role)
                page.get_by_label("Project").fill("*" if name == "olga" else "lung")
                page.get_by_role("button", name="Grant").click()
                expect(page.get_by_role("cell", name=role)).to_be_visible()
            people.append(self.person(name, address))
            people[-1].begin(invitation)
        return people

    def _send_studies(self) -> None:
        (self.node / "projects" / "lung.yaml").write_text(project(self.share))
        self.type(command("tirage project check"))
        studies = self.root / "studies"
        studies.mkdir()
        for number in range(1, 4):
            for instance in range(1, 4):
                write_instance(studies, number, number, 1, instance, rows=256, columns=256)
        known = make_dataset(1, 1)
        said = {name: known.get(name) for name in ("PatientID", "PatientName", "PatientSex")}
        write_instance(studies, 5, 5, 1, 1, rows=256, columns=256, **said)
        self.type(command("tirage import"))

    def _find(self, olga: Person) -> None:
        page = olga.open("Overview")
        _until(page, "ONE_FIELD_DIFFERS")
        self.show(page, "overview")
        page.keyboard.press("/")
        page.keyboard.type(str(make_dataset(5, 5).AccessionNumber))
        page.keyboard.press("Enter")
        expect(page.get_by_text("ONE_FIELD_DIFFERS").first).to_be_visible()
        self.show(page, "study")

    def _resolve_a_conflict(self, olga: Person) -> None:
        page = olga.open("Identities")
        page.get_by_role("link", name="ONE_FIELD_DIFFERS", exact=True).click()
        self.show(page, "identity")
        page.get_by_label("The same person as").first.check()
        page.get_by_label("Why").first.fill("The clinic's register: the year was mistyped at the scanner.")
        page.get_by_role("button", name="Decide so").click()
        expect(page.get_by_text("It is settled.")).to_be_visible()

    def _review(self, ruth: Person) -> None:
        page = ruth.open("Review")
        _until(page, "releases wait for it")
        page.goto("/review/lung")
        _until(page, "from 10 objects that wait")
        self.show(page, "review")
        # Samples are drawn as studies become ready: what came since is read, too.
        while page.locator(".tile").count():
            tiles = page.locator(".tile")
            for number in range(tiles.count()):
                expect(tiles.nth(number)).to_be_focused()
                page.keyboard.press("1")
                expect(tiles.nth(number)).to_have_class(re.compile(r"\bok\b"))
            page.reload()
        expect(page.get_by_text("complete").first).to_be_visible()

    def _sign(self, max_: Person) -> None:
        page = max_.open("Releases")
        _until(page, "waits for signatures")
        page.get_by_role("link", name="lung v0001").click()
        self.show(page, "release")
        page.get_by_label("Your password, once more").fill(PASSWORD)
        page.get_by_role("button", name="Sign lung v0001").click()
        _until(page, "Its manifest")
        folder = self.share / "lung" / "v0001"
        _wait(folder / "SHA256SUMS")
        words = command("tirage release verify")
        self.type([each.replace("/srv/share", str(self.share)) for each in words])


def _until(page: Page, words: str) -> None:
    """Load the page again until it says so."""
    for _ in range(PATIENCE_S):
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(1_000)
        page.reload()
    raise AssertionError(f"{page.url} does not say {words}, but: {page.inner_text('main')}")


def _wait(path: Path) -> None:
    for _ in range(PATIENCE_S):
        if path.exists():
            return
        time.sleep(1)
    raise AssertionError(f"nothing came to {path.name}")
