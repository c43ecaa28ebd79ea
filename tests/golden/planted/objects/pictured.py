"""Objects with text burned into their pixels: ultrasound, secondary capture, projections."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.golden.planted import ink
from tests.golden.planted.hand import Hand
from tests.golden.planted.header import header
from tests.golden.planted.keeping import pixels, region, same
from tests.golden.planted.pictures import body, described, speckle
from tests.golden.planted.writing import fill

ULTRASOUND, ULTRASOUND_FRAMES = "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.3.1"
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
CAPTURES = {
    "RGB": "1.2.840.10008.5.1.4.1.1.7.4",
    "grey": "1.2.840.10008.5.1.4.1.1.7.2",
}
PROJECTIONS = {
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "MG": "1.2.840.10008.5.1.4.1.1.1.2",
}
MARGIN = 6


def shown_text(hand: Hand) -> str:
    """What a device draws into a corner: a name, a number, a birth date or all of them."""
    mine, who = hand.patient, hand.stranger()
    family = mine.family if mine.family.isascii() else who.family
    return (
        hand.random.choice(
            (
                f"{family.upper()}^{mine.given.upper()}",
                f"{family}, {mine.given}",
                mine.patient_id,
                f"{who.family} {who.given}",
                f"ID: {mine.patient_id}",
                f"{mine.birth:%d.%m.%Y}",
                f"DOB {mine.birth:%d/%m/%Y}",
                f"Dr. {who.family}",
                f"{who.city} Hospital",
                f"{hand.scene.started:%d/%m/%Y %H:%M:%S}",
            )
        )
        .encode("ascii", "ignore")
        .decode()
    )


def ultrasound(hand: Hand) -> Dataset:
    """Frames with a sector that its region describes, text above it in all, another line in the last."""
    count = hand.random.choice((1, 2, 4))
    content = header(hand, "US", ULTRASOUND_FRAMES if count > 1 else ULTRASOUND, 6, 1, "Philips")
    rows, columns = 240, 320
    frames = np.zeros((count, rows, columns, 3), np.uint8)
    box = (60, 40, 220, 280)
    for frame in frames:
        tissue = speckle(hand.random, box[2] - box[0], box[3] - box[1])
        frame[box[0] : box[2], box[1] : box[3]] = tissue[..., None]
    lines = [shown_text(hand) for _ in range(2)]
    for number, text in enumerate(lines):
        height = hand.random.randrange(12, 17)
        mask = ink.fitted(text, hand.random, height, columns - 10)
        corner = (4 + 26 * number, 4 if number == 0 else columns - 4 - mask.shape[1])
        colour = hand.random.choice(((255, 255, 255), (255, 255, 0), (0, 255, 0), (180, 180, 180)))
        for place, frame in enumerate(frames):
            if number == 0 or place == count - 1:
                ink.burn(frame, mask, corner, colour)
                hand.inked(f"burned in, line {number + 1}, frame {place + 1}", ink.place(place, mask, corner))
    described(content, frames, 8)
    sector = {
        "RegionSpatialFormat": 1,
        "RegionDataType": 1,
        "RegionFlags": 0,
        "RegionLocationMinX0": box[1],
        "RegionLocationMinY0": box[0],
        "RegionLocationMaxX1": box[3] - 1,
        "RegionLocationMaxY1": box[2] - 1,
        "PhysicalUnitsXDirection": 3,
        "PhysicalUnitsYDirection": 3,
        "PhysicalDeltaX": 0.05,
        "PhysicalDeltaY": 0.05,
    }
    content.SequenceOfUltrasoundRegions = Sequence([fill(Dataset(), sector)])
    content.ImageType = ["ORIGINAL", "PRIMARY", "ABDOMINAL"]
    content.BurnedInAnnotation = hand.random.choice(("NO", "YES"))
    if count > 1:
        content.FrameTime = "33.3"
        content.FrameIncrementPointer = 0x00181063
        hand.keep("FrameTime", same("FrameTime"))
    hand.keep("ultrasound region", region(*box))
    hand.keep("PhysicalDeltaX", same("SequenceOfUltrasoundRegions.0.PhysicalDeltaX"))
    hand.keep("ImageType", same("ImageType"))
    return content


def capture(hand: Hand) -> Dataset:
    """A screen with a picture and lines of text, as RGB, planar RGB, palette or grey; one line is faint."""
    form = hand.random.choice(("RGB", "RGB", "planar", "palette", "grey", "YBR_FULL"))
    content = header(hand, "OT", CAPTURE, 7, 1, hand.random.choice(("SIEMENS", "FUJIFILM Corporation")))
    content.ConversionType = hand.random.choice(("WSD", "DI", "SD"))
    rows, columns = 256, 352
    is_bright = hand.chance(0.3)
    frame = np.full((rows, columns), 235 if is_bright else 12, np.uint8)
    picture = (body(hand.random, 150, 200, 8)).astype(np.uint8)
    frame[90:240, 10:210] = picture
    corners = [(6, 6), (34, 6), (62, 6), (120, 220)]
    boxes = []
    for number, corner in enumerate(corners[: hand.random.randrange(2, 5)]):
        mask = ink.fitted(
            shown_text(hand), hand.random, hand.random.randrange(12, 19), columns - corner[1] - 4
        )
        faint = number == 2 and hand.chance(0.4)
        value = (190 if faint else 0) if is_bright else (60 if faint else 255)
        ink.burn(frame, mask, corner, value)
        hand.inked(f"burned in, {form}{', faint' if faint else ''}", ink.place(0, mask, corner))
        boxes.append((corner[0] - MARGIN, corner[1] - MARGIN, corner[0] + mask.shape[0] + MARGIN, columns))
    _write(hand, content, frame, form)
    content.BurnedInAnnotation = "YES" if hand.chance(0.3) else "NO"
    hand.keep("ConversionType", same("ConversionType"))
    if form != "palette":
        hand.keep("the picture beside the text", region(110, 20, 230, 200))
    return content


def _write(hand: Hand, content: Dataset, frame: np.ndarray, form: str) -> None:
    if form == "grey":
        described(content, frame[None], 8)
        return
    if form == "palette":
        described(content, frame[None], 8, "PALETTE COLOR")
        table = np.arange(256, dtype="<u2") * 257
        for colour in ("Red", "Green", "Blue"):
            setattr(content, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
            setattr(content, f"{colour}PaletteColorLookupTableData", table.tobytes())
        return
    colours = np.stack([frame, frame, frame], -1)
    if form == "YBR_FULL":
        colours[..., 1:] = 128
    described(content, colours[None], 8, "YBR_FULL" if form == "YBR_FULL" else "RGB")
    if form == "planar":
        content.PlanarConfiguration = 1
        content.PixelData = colours.transpose(2, 0, 1).tobytes()


def projection(hand: Hand) -> Dataset:
    """A radiograph for presentation, MONOCHROME1 or 2, its corner annotated, its unused bits written to."""
    modality = hand.random.choice(("DX", "CR", "MG"))
    content = header(
        hand,
        modality,
        PROJECTIONS[modality],
        8,
        1,
        hand.random.choice(("FUJIFILM Corporation", "GE MEDICAL SYSTEMS")),
    )
    inverted = hand.chance(0.6)
    rows, columns = 320, 288
    picture = body(hand.random, rows, columns)
    paper = 0 if not inverted else 4095
    if inverted:
        picture = 4095 - picture
    corner = hand.random.choice(((6, 6), (286, 6)))
    mask = ink.fitted(shown_text(hand), hand.random, hand.random.randrange(14, 20), columns - 12)
    ink.burn(picture, mask, corner, 4095 - paper)
    hand.inked(f"burned in, {'MONOCHROME1' if inverted else 'MONOCHROME2'}", ink.place(0, mask, corner))
    if hand.chance(0.6):
        who = hand.stranger()
        hidden = ink.fitted(
            who.family if who.family.isascii() else who.patient_id, hand.random, 16, columns - 40
        )
        spot = (150, 20)
        area = picture[spot[0] : spot[0] + hidden.shape[0], spot[1] : spot[1] + hidden.shape[1]]
        area[hidden] |= np.uint16(1 << hand.random.randrange(12, 16))
        hand.plants.append(ink.high_bits("text in bits above the stored ones", hidden, spot))
    described(content, picture[None], 12, "MONOCHROME1" if inverted else "MONOCHROME2")
    fill(
        content,
        {
            "ImageType": ["ORIGINAL", "PRIMARY"],
            "PresentationIntentType": "FOR PRESENTATION",
            "ImageLaterality": "L",
            "ViewPosition": "PA" if modality != "MG" else "MLO",
            "KVP": "125",
            "ExposureInuAs": "3200",
            "ImagerPixelSpacing": ["0.143", "0.143"],
            "PixelIntensityRelationship": "LOG",
            "PixelIntensityRelationshipSign": 1,
            "PresentationLUTShape": "INVERSE" if inverted else "IDENTITY",
            "RescaleSlope": "1",
            "RescaleIntercept": "0",
            "RescaleType": "US",
            "LossyImageCompression": "00",
            "BurnedInAnnotation": "NO",
            "WindowCenter": "2048",
            "WindowWidth": "4096",
        },
    )
    hand.put(content, "WindowCenterWidthExplanation")
    hand.put(content, "DetectorID")
    hand.put(content, "AcquisitionDeviceProcessingDescription")
    for keyword in ("ViewPosition", "ImageLaterality", "KVP", "ImagerPixelSpacing", "PresentationIntentType"):
        hand.keep(keyword, same(keyword))
    top = corner[0]
    hand.keep("pixels outside of the text", pixels((top - MARGIN, 0, top + mask.shape[0] + MARGIN, columns)))
    return content
