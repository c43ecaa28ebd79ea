"""Reports, presentation states, contours and traces for tests: small, valid enough, of synthetic people."""

from collections.abc import Mapping
from typing import Any

from tests.make import make_instance

BASIC_TEXT = "1.2.840.10008.5.1.4.1.1.88.11"
COMPREHENSIVE = "1.2.840.10008.5.1.4.1.1.88.33"
KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
GREY_STATE = "1.2.840.10008.5.1.4.1.1.11.1"
STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
TRACE = "1.2.840.10008.5.1.4.1.1.9.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"

Item = dict[str, Any]


def code(value: str, scheme: str, meaning: str) -> list[Item]:
    """A code sequence of one item."""
    return [{"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}]


def content(kind: str, concept: list[Item], *below: Item, **values: Any) -> Item:
    """A content item with values by keyword and with items below it."""
    item: Item = {
        "RelationshipType": "CONTAINS",
        "ValueType": kind,
        "ConceptNameCodeSequence": concept,
        **values,
    }
    return {**item, "ContentSequence": list(below)} if below else item


def number(concept: list[Item], value: str, unit: str) -> Item:
    """A measurement."""
    units = code(unit, "UCUM", unit)
    return content(
        "NUM",
        concept,
        MeasuredValueSequence=[{"MeasurementUnitsCodeSequence": units, "NumericValue": value}],
    )


def report(*items: Item, **attributes: Any) -> bytes:
    """A comprehensive report with these items below its root."""
    return make_instance(
        modality="SR", **{"SOPClassUID": COMPREHENSIVE, "ContentSequence": list(items), **attributes}
    )


def without_picture(sop_class: str, modality: str, **attributes: Any) -> bytes:
    """An object of another class without pixels."""
    gone = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored", "HighBit")
    gone += ("PhotometricInterpretation", "PixelRepresentation", "PixelData", "PixelSpacing", "ImageType")
    nothing: Mapping[str, Any] = dict.fromkeys(gone)
    return make_instance(SOPClassUID=sop_class, Modality=modality, **{**nothing, **attributes})


def referring(study: str, series: str, instance: str) -> list[Item]:
    """A reference to one image by its study and series, as reports and key objects make it."""
    image = {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": instance}
    return [
        {
            "StudyInstanceUID": study,
            "ReferencedSeriesSequence": [{"SeriesInstanceUID": series, "ReferencedSOPSequence": [image]}],
        }
    ]
