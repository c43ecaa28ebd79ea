"""Whoever goes through the guide to the first day ends with a signed release at its destination."""

from pathlib import Path

import pytest
from tests.docs.firstday import Day
from tests.web.browsing import chromium


@pytest.mark.serial
def test_a_new_operator_gets_from_an_empty_folder_to_a_signed_release_in_the_browser(tmp_path: Path) -> None:
    with chromium() as browser:
        Day(tmp_path, browser).live()
