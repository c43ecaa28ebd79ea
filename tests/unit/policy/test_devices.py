"""The built-in rules for devices: both forms of a rectangle, and rows that stop the loader."""

import pytest

from tirage.model.pixels import Box
from tirage.policy import devices
from tirage.policy.problems import TableUnreadable

COLUMNS = "modality sop_class manufacturer model software image_type conversion rows columns"
ROW = dict.fromkeys(COLUMNS.split(), "")


def boxes(blank: str, **cells: str) -> tuple[Box, ...]:
    return devices._rule(2, {**ROW, "manufacturer": "ACME", "because": "seen", "blank": blank, **cells}).boxes


def test_rectangles_are_written_in_two_ways() -> None:
    assert boxes("x=1 y=2 w=3 h=4|x0=1 y0=2 x1=4 y1=6") == (Box(1, 2, 4, 6), Box(1, 2, 4, 6))


def test_values_of_a_cell_are_separated_by_bars() -> None:
    rule = devices._rule(
        2, {**ROW, "modality": "CT|MR", "rows": "512", "because": "seen", "blank": "x=0 y=0 w=1 h=1"}
    )
    assert (rule.when.modality, rule.when.rows) == (("CT", "MR"), 512)


@pytest.mark.parametrize(
    ("blank", "cells"),
    [("x=1 y=2 w=3", {}), ("x=1 y=2 x1=3 y1=4", {}), ("", {}), ("x=0 y=0 w=1 h=1", {"rows": "many"})],
)
def test_a_row_that_is_not_understood_stops_the_loader(blank: str, cells: dict[str, str]) -> None:
    with pytest.raises(TableUnreadable, match="line 2"):
        boxes(blank, **cells)
