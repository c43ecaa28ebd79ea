"""The gate's recall, measured by itself."""

from tirage.verify.canary import HEADER_VIEWS, Recall, measure, missed


def test_the_gate_sees_every_canary_in_every_view_of_the_header() -> None:
    rows = measure(seed=20_261_121, rounds=12)
    assert list(missed(rows)) == []
    assert {row.view for row in rows} >= set(HEADER_VIEWS)
    assert all(row.planted >= 100 for row in rows if row.view in HEADER_VIEWS)


def test_most_canaries_in_pixel_data_are_seen() -> None:
    (pixels,) = (row for row in measure(seed=7, rounds=12) if row.view == "pixel data")
    assert pixels.share > 0.85


def test_the_same_seed_plants_the_same() -> None:
    assert measure(3, 2) == measure(3, 2)


def test_blindness_and_false_alarms_are_told() -> None:
    rows = [Recall("nothing", 5, 1), Recall("text", 5, 4), Recall("base64", 5, 5), Recall("pixel data", 5, 0)]
    assert [row.view for row in missed(rows)] == ["nothing", "text"]
    assert Recall("text", 0, 0).share == 1
