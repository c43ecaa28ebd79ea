"""Whole objects looked at, with the real reader: what is blanked, what stays, what waits for a person."""

from typing import Any

import cv2
import numpy as np
import pytest
from tests.lettering import Plane, capture, drawing, written
from tests.make import make_instance
from tests.rebuilt import header_of, make_project
from tests.unit.deidentify.look.test_ultrasound import region

from tirage import ocr
from tirage.deidentify.look.inspect import Seen, inspect
from tirage.model.outcomes import Held, Outcome, Passed, Refused
from tirage.model.pixels import Box
from tirage.model.reasons import HoldReason
from tirage.model.records import Identifiers
from tirage.policy.profile import compile_profile

BLACK = np.zeros((240, 400), np.uint8)
ALLOWED = {"portable", "ap", "supine", "cm", "kv", "mas"}


class Judge:
    """Accepts a few words and numbers of up to three digits."""

    def accepts(self, text: str) -> bool:
        return all(word.casefold() in ALLOWED or (word.isdigit() and len(word) < 4) for word in text.split())


def looked_at(data: bytes, own: Identifiers | None = None, **pixels: Any) -> Outcome[Seen]:
    profile = compile_profile(make_project(pixels=pixels))
    return inspect(header_of(data), profile, Judge(), own or Identifiers())


def seen(data: bytes, own: Identifiers | None = None, **pixels: Any) -> Seen:
    outcome = looked_at(data, own, **pixels)
    assert isinstance(outcome, Passed), outcome
    return outcome.value


def blank(found: Seen, frame: int, shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    mask = np.zeros(shape[:2], bool)
    for box in found.mask.boxes(frame):
        mask[box.y0 : box.y1, box.x0 : box.x1] = True
    return mask


def ink(text: str, x: int, y: int, height: int = 18) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.asarray(written(BLACK, text, x, y, height) > 100)


def test_a_picture_without_text_loses_nothing() -> None:
    found = seen(capture(BLACK))
    assert found.mask.is_empty
    assert found.findings == ()


def test_a_name_is_blanked_and_the_rest_is_not() -> None:
    found = seen(capture(written(BLACK, "SMITH JOHN", 60, 100)))
    mask = blank(found, 0, BLACK.shape)
    assert mask[ink("SMITH JOHN", 60, 100)].all()
    assert mask.mean() < 0.1
    assert [finding.kind for finding in found.findings] == ["lettering, blanked"]


def test_words_that_may_stay_stay() -> None:
    picture = written(written(BLACK, "PORTABLE AP SUPINE", 30, 40), "120 kV 250 mAs", 30, 180)
    assert seen(capture(picture)).mask.is_empty


def test_the_patients_own_name_goes_though_its_words_may_stay() -> None:
    picture = written(BLACK, "PORTABLE SUPINE", 30, 40)
    assert not seen(capture(picture), Identifiers(words=frozenset({"Supine^Mary"}))).mask.is_empty


def test_a_word_beside_one_that_goes_goes_too() -> None:
    picture = written(written(BLACK, "SMITH", 30, 40), "PORTABLE", 120, 40)
    mask = blank(seen(capture(picture)), 0, BLACK.shape)
    assert mask[ink("PORTABLE", 120, 40)].mean() > 0.9


def test_text_in_all_frames_is_blanked_in_all() -> None:
    noise = np.random.default_rng(3)
    frames = [
        written(np.asarray(noise.integers(0, 70, BLACK.shape), np.uint8), "SMITH JOHN", 60, 100)
        for _ in range(4)
    ]
    found = seen(capture(*frames))
    for frame in range(4):
        assert blank(found, frame, BLACK.shape)[ink("SMITH JOHN", 60, 100)].all()


@pytest.mark.parametrize("place", [0, 3, 6])
def test_text_in_one_frame_is_blanked_there_alone(place: int) -> None:
    frames = [BLACK] * 7
    frames[place] = written(BLACK, "SMITH JOHN", 60, 100)
    found = seen(capture(*frames))
    for frame in range(7):
        share = blank(found, frame, BLACK.shape)[ink("SMITH JOHN", 60, 100)].mean()
        assert share == (1.0 if frame == place else 0.0)


def test_other_text_in_the_same_place_is_read_again() -> None:
    frames = [
        written(BLACK, text, 60, 100) for text in ("PORTABLE AP", "PORTABLE AP", "SMITH JOHN", "PORTABLE AP")
    ]
    found = seen(capture(*frames))
    assert blank(found, 2, BLACK.shape)[ink("SMITH JOHN", 60, 100)].all()
    assert not blank(found, 0, BLACK.shape)[ink("PORTABLE AP", 60, 100)].any()


def test_dark_text_on_bright_and_upright_text_are_blanked() -> None:
    bright = np.asarray(255 - written(BLACK, "SMITH JOHN", 60, 100), np.uint8)
    assert blank(seen(capture(bright)), 0, BLACK.shape)[ink("SMITH JOHN", 60, 100)].all()
    upright = np.ascontiguousarray(np.rot90(written(BLACK, "SMITH JOHN", 60, 100)))
    mask = blank(seen(capture(upright)), 0, upright.shape)
    assert mask[np.rot90(ink("SMITH JOHN", 60, 100))].all()


def test_coloured_text_as_bright_as_its_background_is_blanked() -> None:
    share = written(BLACK, "SMITH JOHN", 60, 100)[:, :, None] / 255.0
    picture = np.asarray(np.array([120, 120, 120]) * (1 - share) + np.array([250, 67, 70]) * share, np.uint8)
    assert blank(seen(capture(picture)), 0, BLACK.shape)[ink("SMITH JOHN", 60, 100)].mean() > 0.95


def test_text_hidden_in_a_few_of_thousands_of_levels_is_blanked() -> None:
    noise = np.random.default_rng(5)
    deep = noise.normal(300, 3, BLACK.shape)
    deep[200:, :] = 60000
    deep += written(BLACK, "SMITH JOHN", 60, 100) / 255.0 * 40
    found = seen(capture(deep.astype(np.uint16)))
    assert blank(found, 0, BLACK.shape)[ink("SMITH JOHN", 60, 100)].mean() > 0.9


def test_what_hides_in_bits_that_no_output_has_is_not_blanked() -> None:
    shallow = np.full(BLACK.shape, 700, np.uint16)
    shallow |= np.where(ink("SMITH JOHN", 60, 100), 0xF000, 0).astype(np.uint16)
    assert seen(capture(shallow, BitsStored=12, HighBit=11)).mask.is_empty
    assert not seen(capture(shallow)).mask.is_empty


def test_outside_of_ultrasound_regions_all_is_blanked_and_inside_looked_at() -> None:
    picture = written(written(BLACK, "SMITH JOHN", 20, 8), "KOWALSKA", 100, 120)
    data = capture(picture, Modality="US", SequenceOfUltrasoundRegions=[region(40, 50, 359, 219)])
    found = seen(data)
    mask = blank(found, 0, BLACK.shape)
    assert found.regions == (Box(40, 50, 360, 220),)
    assert mask[:50].all()
    assert mask[:, :40].all()
    assert mask[220:].all()
    assert mask[ink("KOWALSKA", 100, 120)].all()
    assert mask[50:220, 40:360].mean() < 0.15


def test_a_rule_of_the_project_blanks_its_rectangle_without_asking_what_is_there() -> None:
    rule = {"when": {"manufacturer": "acme"}, "blank": [{"x": 10, "y": 20, "w": 30, "h": 5}]}
    found = seen(capture(BLACK, Manufacturer="ACME"), devices=[rule])
    assert found.mask.everywhere == (Box(10, 20, 40, 25),)


def test_a_page_of_text_is_held() -> None:
    page = BLACK
    for line in range(12):
        page = written(page, "SMITH JOHN HILLSIDE ROAD 12345", 4, 4 + 20 * line, height=15)
    outcome = looked_at(capture(page))
    assert isinstance(outcome, Held)
    assert outcome.findings[0].kind == "most of the picture is lettering"


def unreadable() -> Plane:
    """Signs in a row that are no letters."""
    picture = np.zeros((240, 400), np.uint8)
    for place in range(12):
        x, corner = 40 + 26 * place, (place * 5) % 7
        cv2.line(picture, (x, 110), (x + 14, 110 + 3 * corner), 255, 2)
        cv2.line(picture, (x + corner * 2, 110), (x + 3, 132), 255, 2)
        cv2.line(picture, (x, 132), (x + 15, 126 - corner), 255, 2)
        cv2.circle(picture, (x + 8, 121), 3 + corner % 3, 255, 2)
    return picture


def test_signs_that_nobody_can_read_are_held_or_blanked_as_the_project_says() -> None:
    data = capture(unreadable())
    held = looked_at(data)
    assert isinstance(held, Held)
    assert held.reason is HoldReason.PIXELS_UNCHECKED
    found = seen(data, unexplained="blank")
    assert blank(found, 0, BLACK.shape)[unreadable() > 100].mean() > 0.9


def test_pixels_that_cannot_be_decoded_are_refused() -> None:
    data = make_instance(SOPClassUID="1.2.840.10008.5.1.4.1.1.7", Rows=900)
    assert isinstance(looked_at(data), Refused)


def test_without_the_reader_the_object_is_held_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    outcome = looked_at(capture(BLACK))
    assert isinstance(outcome, Held)
    assert "tirage[ocr]" in outcome.findings[0].kind


def test_findings_never_show_what_was_read() -> None:
    assert "SMITH" not in repr(looked_at(capture(written(BLACK, "SMITH JOHN", 60, 100))))


def test_synthetic_text_is_blanked_or_held_however_it_is_drawn() -> None:
    missed = []
    drawings = [
        drawn for drawn in map(drawing, range(5000, 5024)) if drawn.contrast >= 35 and drawn.roughness < 25
    ]
    for drawn in drawings:
        outcome = looked_at(capture(drawn.picture))
        if isinstance(outcome, Passed):
            share = blank(outcome.value, 0, drawn.picture.shape)[drawn.ink].mean()
            missed += [drawn.text] if share < 0.9 else []
    assert len(drawings) >= 15
    assert missed == []
