"""A reviewer at a real browser: everything by keyboard, boxes drawn by mouse."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.flow.nodes import PROJECT, RULES, TestNode
from tests.make import make_instance
from tests.web.browsing import served, window
from tests.web.signed import Console

from tirage.model.people import Grant, Role

SAMPLED = RULES.replace("review:\n", "review:\n  sampling:\n    per_stratum: 60\n    double_percent: 0\n")
REVIEWER = Grant(Role.REVIEWER, "lung")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> TestNode:
    node = TestNode(tmp_path_factory.mktemp("review"), rules=SAMPLED)
    node.run(*[make_instance(instance=number, rows=512, columns=512) for number in range(1, 61)])
    return node


@pytest.fixture
def page(node: TestNode) -> Iterator[Page]:
    with Console(node) as console:
        console.doors.let_in("ada", REVIEWER)
        with served(console.application) as address, window(address, "ada") as page:
            page.on("pageerror", lambda error: pytest.fail(str(error)))
            yield page


def test_the_grid_is_read_by_keyboard_alone(page: Page, node: TestNode) -> None:
    page.goto(f"/review/{PROJECT}")
    tiles = page.locator(".tile")
    expect(tiles.first).to_be_focused()
    page.keyboard.press("1")
    expect(tiles.nth(0)).to_have_class(re.compile("ok"))
    expect(tiles.nth(1)).to_be_focused()
    expect(page.locator("#said")).to_contain_text("ok, kept")
    page.keyboard.press("l")
    expect(page.locator("#said")).to_contain_text("leak, kept")
    assert node.tally.reasons == {"REVIEW_FAILED": 1}
    page.keyboard.press("u")
    expect(page.locator("#said")).to_contain_text("taken back")
    expect(tiles.nth(1)).to_be_focused()
    assert node.tally.held == 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press("d")
    expect(page.locator("#said")).to_contain_text("doubt, kept")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("b")
    expect(tiles.nth(2).locator("img")).to_have_attribute("src", re.compile("before.png"))
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_have_attribute("open", "")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/review/samples/\d+"))
    node.assert_sound()


def test_a_box_is_drawn_by_mouse_moved_by_keyboard_and_proposed(page: Page, node: TestNode) -> None:
    page.goto(f"/review/{PROJECT}")
    page.locator(".tile a").last.click()
    overlay = page.locator("#overlay")
    area = overlay.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + area["width"] / 4, area["y"] + area["height"] / 4)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
    page.mouse.up()
    expect(page.locator("#boxes li")).to_have_text(re.compile("Frame 1: 128, 128 to 256, 256"))
    expect(page.locator("rect.drawn")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#boxes li")).to_have_text(re.compile("Frame 1: 132, 128 to 260, 260"))
    page.keyboard.press("2")
    page.get_by_role("button", name="Propose for its device").click()
    expect(page.locator("#yaml")).to_contain_text("{x0: 132, y0: 128, x1: 260, y1: 260}")
    node.assert_sound()


def test_it_is_read_on_a_phone_without_scrolling_sideways(node: TestNode) -> None:
    with Console(node) as console:
        console.doors.let_in("ada", REVIEWER)
        with served(console.application) as address, window(address, "ada", width=375, dark=True) as page:
            page.goto(f"/review/{PROJECT}")
            for path in ("", "/rules"):
                page.goto(f"/review/{PROJECT}{path}")
                assert page.evaluate("document.documentElement.scrollWidth") <= 375
            page.goto(f"/review/{PROJECT}")
            page.locator(".tile a").first.click()
            page.wait_for_url(re.compile(r"/review/samples/\d+"))
            assert page.evaluate("document.documentElement.scrollWidth") <= 375
