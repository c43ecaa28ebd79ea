"""Rules for devices: whom they are for, and that they add to what is found by looking."""

from typing import Any

import pytest
from tests.make import make_instance
from tests.rebuilt import header_of

from tirage.deidentify.look.devices import device_boxes, fits
from tirage.model.pixels import Box
from tirage.policy.devices import device_rules
from tirage.policy.regions import DeviceRule, Signature

OURS: dict[str, Any] = {
    "Manufacturer": "ACME Imaging",
    "ManufacturerModelName": "Finder 3",
    "ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"],
    "ConversionType": "WSD",
}


@pytest.mark.parametrize(
    ("signature", "is_for"),
    [
        ({"manufacturer": "acme"}, True),
        ({"manufacturer": ["other", "acme"], "model": "finder"}, True),
        ({"manufacturer": "acme", "model": "loser"}, False),
        ({"image_type": "SCREEN SAVE", "conversion": "WSD", "rows": 32, "columns": 32}, True),
        ({"rows": 33}, False),
        ({"modality": "MR"}, False),
        ({"modality": ["MR", "CT"]}, True),
        ({"software": "7"}, False),
    ],
)
def test_a_rule_is_for_objects_that_have_all_it_asks_for(signature: dict[str, Any], is_for: bool) -> None:
    header = header_of(make_instance(**OURS, SoftwareVersions=None))
    assert fits(header, Signature.model_validate(signature)) is is_for


def test_both_forms_of_a_rectangle_say_the_same() -> None:
    forms = [{"x": 4, "y": 2, "w": 10, "h": 6}, {"x0": 4, "y0": 2, "x1": 14, "y1": 8}]
    for form in forms:
        rule = DeviceRule.model_validate({"when": {"manufacturer": "acme"}, "blank": [form]})
        assert device_boxes(header_of(make_instance(**OURS)), [rule]) == (Box(4, 2, 14, 8),)


def test_every_built_in_rule_says_why() -> None:
    assert device_rules()
    assert all(rule.because for rule in device_rules())


def test_the_dose_report_of_a_known_maker_loses_its_heading() -> None:
    report = OURS | {"Manufacturer": "GE MEDICAL SYSTEMS"}
    header = header_of(make_instance(rows=512, columns=512, **report))
    assert device_boxes(header, device_rules()) == (Box(0, 0, 512, 121),)
    assert device_boxes(header_of(make_instance(**report)), device_rules()) == ()
