"""Take the pictures of the guides anew, on invented patients: `python -m tests.docs.screens`."""

import re
import tempfile
from pathlib import Path

from playwright.sync_api import FloatRect, Page
from tests.docs.blocks import ROOT
from tests.docs.firstday import Day
from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.web.browsing import chromium, served, window
from tests.web.signed import Console

from tirage.demo import hospital
from tirage.model.people import Grant, Role

GUIDES = ROOT / "docs" / "guides"
SHOWN: FloatRect = {"x": 0, "y": 0, "width": 1280, "height": 1000}
SAMPLED = RULES.replace("review:\n", "review:\n  sampling:\n    per_stratum: 3\n    double_percent: 20\n")


def main() -> None:
    """Every picture."""
    with tempfile.TemporaryDirectory() as folder:
        node = TestNode(Path(folder), rules=SAMPLED)
        node.run(*[path.read_bytes() for path in hospital.write(Path(folder) / "hospital")])
        with Console(node) as console:
            console.doors.let_in("ada", Grant(Role.REVIEWER, PROJECT))
            with served(console.application) as address, window(address, "ada") as page:
                _review(page)
        _first_day(Path(folder) / "day")


def _first_day(folder: Path) -> None:
    def show(page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=GUIDES / "first-day" / f"{name}.png", full_page=True, clip=SHOWN)

    with chromium() as browser:
        Day(folder, browser, show).live()


def _review(page: Page) -> None:
    page.goto(f"/review/{PROJECT}")
    page.keyboard.press("1")
    page.get_by_text("ok, kept").wait_for()
    page.screenshot(path=GUIDES / "review-grid.png")
    tile = page.locator(".tile", has_text=re.compile("US ")).first
    (tile if tile.count() else page.locator(".tile").nth(2)).locator("a").click()
    area = page.locator("#overlay").bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 40, area["y"] + 40)
    page.mouse.down()
    page.mouse.move(area["x"] + 300, area["y"] + 90)
    page.mouse.up()
    page.screenshot(
        path=GUIDES / "review-sample.png",
        full_page=True,
        clip={"x": 0, "y": 0, "width": 1280, "height": 1100},
    )


if __name__ == "__main__":
    main()
