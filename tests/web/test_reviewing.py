"""A reviewer at a real browser: everything by keyboard, boxes drawn by mouse, nothing slow."""

import os
import re
import time
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


@pytest.mark.serial
def test_sixty_tiles_are_there_within_two_seconds(node: TestNode) -> None:
    """The best of three, each with nothing made beforehand; a machine that is busy otherwise says nothing."""
    if os.getloadavg()[0] > 2 * (os.cpu_count() or 1):
        pytest.skip("the machine is busy with other things")
    tries = sorted(first_load(node) for _ in range(3))
    print(f"60 tiles {tries[0][0]:.2f} s, page {min(html_s for _, html_s in tries) * 1000:.0f} ms")
    assert tries[0][0] < 2
    assert min(html_s for _, html_s in tries) < 0.3


def first_load(node: TestNode) -> tuple[float, float]:
    """Seconds until all tiles of a page are shown, and until its HTML came."""
    with Console(node) as console:
        console.doors.let_in("ada", REVIEWER)
        with served(console.application) as address, window(address, "ada") as page:
            page.goto("/review")
            began = time.monotonic()
            answer = page.goto(f"/review/{PROJECT}?most=60", wait_until="commit")
            assert answer is not None
            assert answer.status == 200
            page.wait_for_load_state("domcontentloaded")
            shown = page.evaluate(
                """() => Promise.all(Array.from(document.querySelectorAll(".tile img"), (each) => {
                  each.loading = "eager";
                  return each.decode().then(() => each.naturalWidth);
                }))"""
            )
            assert shown == [256] * 60
            return time.monotonic() - began, answer.request.timing["responseStart"] / 1000


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
