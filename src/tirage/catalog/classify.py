"""What kind of object an instance is, as far as its header says."""

from dataclasses import dataclass

from tirage.dicom.facts import Facts
from tirage.dicom.sopclasses import Kind, kind_of

SOP_CLASS = 0x00080016
IMAGE_TYPE = 0x00080008
MODALITY = 0x00080060
NUMBER_OF_FRAMES = 0x00280008


@dataclass(frozen=True, slots=True)
class Classification:
    """`kind` by SOP class; the rest by Image Type and the pixel data (PS3.3 C.7.6.1.1.2).

    `is_original` is false for derived images and for objects that do not say; `is_localizer` for scout views.
    """

    kind: Kind
    modality: str
    has_pixels: bool
    frames: int
    is_original: bool
    is_primary: bool
    is_localizer: bool

    @property
    def is_image(self) -> bool:
        """Whether people look at it as an image."""
        return self.has_pixels and self.kind in (Kind.IMAGE, Kind.CAPTURE, Kind.VIDEO)


def classify(facts: Facts) -> Classification:
    """The classification of one object."""
    image_type = facts.text(IMAGE_TYPE).upper().split("\\")
    return Classification(
        kind=kind_of(facts.text(SOP_CLASS)),
        modality=facts.text(MODALITY),
        has_pixels=facts.pixel is not None,
        frames=(facts.number(NUMBER_OF_FRAMES) or 1) if facts.pixel is not None else 0,
        is_original=image_type[0] == "ORIGINAL",
        is_primary=image_type[1:2] == ["PRIMARY"],
        is_localizer=bool({"LOCALIZER", "SCOUT"} & set(image_type[2:])),
    )
