"""Regions of an ultrasound image, and what lies outside of them."""

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.make import make_instance
from tests.rebuilt import header_of

from tirage.deidentify.look.ultrasound import outside, regions_of
from tirage.model.pixels import Box


def region(x0: int, y0: int, x1: int, y1: int) -> Dataset:
    item = Dataset()
    item.RegionLocationMinX0, item.RegionLocationMinY0 = x0, y0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = x1, y1
    return item


def found(*items: Dataset) -> tuple[Box, ...]:
    data = make_instance(modality="US", SequenceOfUltrasoundRegions=Sequence(items))
    return regions_of(header_of(data), 120, 480)


def test_the_last_row_and_column_belong_to_a_region() -> None:
    assert found(region(10, 20, 99, 79)) == (Box(10, 20, 100, 80),)


def test_an_image_may_have_several_regions() -> None:
    assert len(found(region(10, 20, 99, 79), region(200, 20, 299, 79))) == 2


@pytest.mark.parametrize(
    "item", [region(50, 20, 40, 79), region(0, 0, 9000, 79), region(0, 0, 3, 3), Dataset()]
)
def test_regions_that_cannot_be_are_not_believed(item: Dataset) -> None:
    assert found(item) == ()


def test_an_image_without_regions_has_none() -> None:
    assert regions_of(header_of(make_instance(modality="US")), 120, 480) == ()


@pytest.mark.parametrize("seed", range(20))
def test_outside_is_exactly_what_is_in_no_region(seed: int) -> None:
    chance = np.random.default_rng(seed)
    regions = []
    for _ in range(int(chance.integers(1, 5))):
        x0, y0 = (int(value) for value in chance.integers(0, 40, 2))
        regions.append(Box(x0, y0, x0 + int(chance.integers(1, 24)), y0 + int(chance.integers(1, 20))))
    regions = [box.clipped(50, 60) for box in regions]
    inside = np.zeros((50, 60), int)
    for box in regions:
        inside[box.y0 : box.y1, box.x0 : box.x1] = 1
    painted = np.zeros((50, 60), int)
    for box in outside(regions, 50, 60):
        painted[box.y0 : box.y1, box.x0 : box.x1] += 1
    assert (painted == 1 - inside).all()
