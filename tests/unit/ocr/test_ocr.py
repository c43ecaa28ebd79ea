"""What the reader reads, whatever the shape of the picture and of the line."""

import cv2
import numpy as np
import pytest
from tests.lettering import Plane, stamp

from tirage.ocr import is_installed, networks, read_line, read_text


def picture(text: str, rows: int = 160, columns: int = 400, height: int = 20) -> Plane:
    mark = stamp(text, height)
    made = np.full((rows, columns), 20, np.uint8)
    y, x = (rows - mark.shape[0]) // 2, (columns - mark.shape[1]) // 2
    made[y : y + mark.shape[0], x : x + mark.shape[1]] = np.maximum(mark, 20)
    return made


def test_a_line_is_read_and_placed() -> None:
    (line,) = read_text(picture("WILSON TED 1951"))
    assert line.text.replace(" ", "") == "WILSONTED1951"
    assert line.score > 0.9
    assert 0 < line.box.x0 < 200 < line.box.x1 < 400
    assert 50 < line.box.y0 < 80 < line.box.y1 < 110


@pytest.mark.parametrize("text", ["Lili", "Otto", "7712", "O'BRIEN", "Nguyen Thi Hoa 1964-07-12 14:22:07"])
def test_short_and_long_lines_are_read(text: str) -> None:
    (line,) = read_text(picture(text, columns=700))
    assert line.text.replace(" ", "").casefold() == text.replace(" ", "").casefold()


@pytest.mark.parametrize("turn", [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180])
def test_a_turned_line_is_read(turn: int) -> None:
    turned = np.asarray(cv2.rotate(picture("PETERSEN MARIA"), turn), np.uint8)
    assert [line.text.replace(" ", "") for line in read_text(turned)] == ["PETERSENMARIA"]


@pytest.mark.parametrize("shape", [(0, 50), (1, 1), (3, 300), (10, 10), (12, 900), (2_400, 30)])
def test_a_picture_without_text_has_no_lines_whatever_its_shape(shape: tuple[int, int]) -> None:
    assert read_text(np.zeros(shape, np.uint8)) == []


def test_a_line_in_a_large_picture_is_placed_in_its_own_pixels() -> None:
    (line,) = read_text(picture("WILSON TED", rows=300, columns=2_600, height=40))
    assert line.box.x0 < 1_300 < line.box.x1


def test_a_single_line_is_read_without_being_looked_for() -> None:
    assert read_line(stamp("KOWALSKA", 30)).text == "KOWALSKA"
    assert read_line(np.zeros((30, 100), np.uint8)).text == ""


def test_without_the_networks_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_installed()
    monkeypatch.setattr(networks, "find_spec", lambda _: None)
    assert not is_installed()
