"""An approver reads what is proposed and signs it in a browser, with the keyboard alone, on a phone too."""

import os
from pathlib import Path

from tests.flow.nodes import RULES, TestNode
from tests.make import make_instance
from tests.web.browsing import chromium, looking, served
from tests.web.signed import Console

from tirage.model.people import Grant, Role

ONE = RULES.replace("signatures: 0", "signatures: 1")
APPROVER = Grant(Role.APPROVER, "lung")
SHOTS = os.environ.get("SHOTS", "")
"""A folder for pictures of the pages, where somebody wants to look at them."""


def test_a_release_is_read_and_signed_with_the_keyboard(tmp_path: Path) -> None:
    node = TestNode(tmp_path, rules=ONE)
    people = [
        make_instance(patient=number, PatientSex="FM"[number % 2], PatientAge=f"{40 + number:03}Y")
        for number in range(1, 15)
    ]
    node.run(*people, make_instance(patient=30, PatientID=None))
    with Console(node) as console, served(console.application) as address, chromium() as browser:
        for width, scheme in ((1280, "light"), (390, "dark")):
            with looking(browser, console, address, "anna", APPROVER, width=width, scheme=scheme) as page:
                page.goto("/releases")
                page.get_by_role("link", name="lung v0001").click()
                picture = page.get_by_role("img", name="objects received")
                assert picture.evaluate("image => image.complete && image.naturalWidth > 100")
                assert page.get_by_text("No sampling is asked for").is_visible()
                wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
                assert not wide, "the page is wider than the screen"
                if SHOTS:
                    page.screenshot(path=f"{SHOTS}/release-{width}-{scheme}.png", full_page=True)
        with looking(browser, console, address, "anna", APPROVER) as page:
            page.goto("/releases")
            page.get_by_role("link", name="lung v0001").focus()
            page.keyboard.press("Enter")
            button = page.get_by_role("button", name="Sign lung v0001")
            button.wait_for()
            for _ in range(40):
                page.keyboard.press("Tab")
                if button.evaluate("each => each === document.activeElement"):
                    break
            page.keyboard.press("Enter")
            page.get_by_text("It is compared once more, and made").wait_for()
    assert node.run().released == 14
