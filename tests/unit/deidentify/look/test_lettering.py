"""What looks like text: found in every way it is drawn, and not found in anatomy."""

import random

import numpy as np
import pytest
from pydicom.data import get_testdata_file
from tests.lettering import SIZE, Drawn, background, drawing, written

from tirage.deidentify.look.lettering import lettering_in
from tirage.deidentify.look.planes import Kind, planes_of
from tirage.dicom.elements import FileSource, read_header
from tirage.dicom.frames import Frames
from tirage.model.pixels import Box


def covered(drawn: Drawn) -> float:
    """The share of a text's ink that lies in what was found."""
    mask = np.zeros(drawn.picture.shape, bool)
    for row in lettering_in(drawn.picture):
        box = row.box
        mask[box.y0 : box.y1, box.x0 : box.x1] = True
    return float(mask[drawn.ink].mean())


def test_text_of_35_grey_levels_and_more_is_found_however_it_is_drawn() -> None:
    drawings = [drawn for drawn in map(drawing, range(120)) if drawn.contrast >= 35 and drawn.roughness < 25]
    missed = [(drawn.text, drawn.contrast) for drawn in drawings if covered(drawn) < 0.9]
    assert len(drawings) > 90
    assert len(missed) <= 1, missed


def test_most_fainter_text_is_found_too() -> None:
    drawings = [drawn for drawn in (drawing(seed, contrast=20) for seed in range(60)) if drawn.roughness < 8]
    assert np.mean([covered(drawn) >= 0.9 for drawn in drawings]) >= 0.65


@pytest.mark.parametrize("turned", [False, True])
def test_a_row_knows_which_way_it_runs(turned: bool) -> None:
    picture = written(np.zeros((256, 256), np.uint8), "SMITH JOHN", 40, 100)
    (row,) = lettering_in(np.ascontiguousarray(picture.T) if turned else picture)
    assert row.is_upright is turned


def test_two_lines_are_two_rows_and_no_columns() -> None:
    picture = np.zeros((256, 384), np.uint8)
    for line, text in enumerate(["SMITH JOHN PAUL", "BAPTIST MEDICAL", "HILLSIDE CENTRE"]):
        picture = written(picture, text, 20, 40 + 40 * line)
    rows = lettering_in(picture)
    assert [row.is_upright for row in rows] == [False] * 3


def test_what_is_hidden_is_passed_over() -> None:
    picture = written(np.full((256, 256), 90, np.uint8), "SMITH JOHN", 40, 100)
    (row,) = lettering_in(picture)
    assert lettering_in(picture, [row.box]) == []
    assert lettering_in(picture, [Box(0, 0, 256, 60)]) == [row]


@pytest.mark.parametrize("kind", ["dark", "grey", "bright", "gradient", "noise", "tissue"])
def test_pictures_without_text_have_none(kind: str) -> None:
    for seed in range(4):
        picture = np.clip(background(kind, random.Random(seed)), 0, 255).astype(np.uint8)
        assert [row for row in lettering_in(picture) if row.likeness >= 4] == []


@pytest.mark.parametrize("shape", [(240, 320), (480, 640)])
def test_speckle_is_no_text(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(7)
    picture = np.zeros(shape, np.uint8)
    sector = picture[40:-20, 40:-60]
    sector[:] = np.clip(noise.gamma(1.5, 40, sector.shape), 0, 255)
    assert lettering_in(picture) == []


@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm", "SC_rgb_jpeg.dcm", "examples_overlay.dcm"]
)
def test_real_pictures_without_text_have_none(name: str) -> None:
    with FileSource.open(str(get_testdata_file(name))) as source:
        planes = planes_of(Frames(read_header(source)), 0)
    for kind, plane in planes:
        rows = [row for row in lettering_in(plane) if row.likeness >= 4]
        assert kind is Kind.RANKS or rows == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (16, 16), (1, 2000)])
def test_the_smallest_pictures_are_no_trouble(shape: tuple[int, int]) -> None:
    assert lettering_in(np.full(shape, 9, np.uint8)) == []


def test_a_large_picture_is_searched_in_all_its_parts() -> None:
    picture = np.full((2400, 2000), 40, np.uint8)
    places = [(30, 20), (1500, 1000), (1600, 2300), (880, 1010)]
    for x, y in places:
        picture = written(picture, "SMITH JOHN", x, y, height=30)
    rows = lettering_in(picture)
    assert SIZE < 2000
    for x, y in places:
        assert any(
            row.box.x0 <= x and row.box.x1 >= x + 150 and row.box.y0 <= y + 10 < row.box.y1 for row in rows
        )
