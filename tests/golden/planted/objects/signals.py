"""Waveforms, segmentations and encapsulated documents."""

import io
import time

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.golden.planted.hand import Hand
from tests.golden.planted.header import header
from tests.golden.planted.keeping import at, refers, same
from tests.golden.planted.objects.tomography import CT
from tests.golden.planted.writing import code, fill, tag_of

ECG = "1.2.840.10008.5.1.4.1.1.9.1.1"
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
EPOCH = time.gmtime(0)
DOCUMENTS = {
    "PDF": ("1.2.840.10008.5.1.4.1.1.104.1", "application/pdf"),
    "CDA": ("1.2.840.10008.5.1.4.1.1.104.2", "text/XML"),
    "STL": ("1.2.840.10008.5.1.4.1.1.104.3", "model/stl"),
}


def waveform(hand: Hand) -> Dataset:
    """A twelve-lead ECG: channel labels to keep among one that names somebody; annotations."""
    content = header(hand, "ECG", ECG, 16, 1, "GE MEDICAL SYSTEMS")
    channels = []
    for number, lead in enumerate(("Lead I", "Lead II", "V1", "aVR")):
        channel = fill(
            Dataset(),
            {
                "ChannelLabel": lead,
                "WaveformBitsStored": 16,
                "ChannelSensitivity": "2.5",
                "FilterHighFrequency": "150",
                "ChannelSourceSequence": [code(f"2:{number + 1}", "MDC", lead)],
            },
        )
        channels.append(channel)
    hand.put(channels[3], "ChannelLabel")
    hand.put(channels[3].ChannelSourceSequence[0], "CodeMeaning")
    group = fill(
        Dataset(),
        {
            "WaveformOriginality": "ORIGINAL",
            "NumberOfWaveformChannels": 4,
            "NumberOfWaveformSamples": 200,
            "SamplingFrequency": "500",
            "WaveformBitsAllocated": 16,
            "WaveformSampleInterpretation": "SS",
        },
    )
    hand.put(group, "MultiplexGroupLabel", "RHYTHM" if hand.chance(0.5) else None)
    group.ChannelDefinitionSequence = Sequence(channels)
    samples = (np.sin(np.arange(800) / 9) * 900).astype("<i2").tobytes()
    group.add_new(0x54001010, "OW", samples)
    content.WaveformSequence = Sequence([group])
    annotations = []
    for number in range(3):
        annotation = fill(Dataset(), {"ReferencedWaveformChannels": [1, 0], "AnnotationGroupNumber": number})
        value = (
            "Sinus rhythm"
            if number == 0
            else hand.phrase("waveform annotation", tag_of("UnformattedTextValue"))
        )
        hand.put(annotation, "UnformattedTextValue", value)
        annotations.append(annotation)
    measured = fill(
        Dataset(),
        {
            "AnnotationGroupNumber": 9,
            "NumericValue": "72",
            "ConceptNameCodeSequence": [code("2:16016", "MDC", "Heart rate")],
        },
    )
    content.WaveformAnnotationSequence = Sequence([*annotations, measured])
    hand.put(
        content, "AcquisitionDateTime", hand.moment("AcquisitionDateTime", tag_of("AcquisitionDateTime"))
    )
    hand.put(content, "CurrentPatientLocation")
    first = "WaveformSequence.0"
    for path in (
        f"{first}.ChannelDefinitionSequence.0.ChannelLabel",
        f"{first}.ChannelDefinitionSequence.1.ChannelLabel",
        f"{first}.SamplingFrequency",
        f"{first}.ChannelDefinitionSequence.0.ChannelSensitivity",
        f"{first}.WaveformData",
        "WaveformAnnotationSequence.3.NumericValue",
    ):
        hand.keep(path.rpartition(".")[2], same(path))
    hand.keep(
        "harmless annotation",
        lambda after, _, __: any(
            "sinus rhythm" in str(one.get("UnformattedTextValue", "")).lower()
            for one in after.WaveformAnnotationSequence
        ),
    )
    return content


def segmentation(hand: Hand) -> Dataset:
    """A binary segmentation: labels to keep, a label and a creator that name somebody."""
    content = header(hand, "SEG", SEGMENTATION, 17, 1)
    names = hand.random.sample(("Liver", "Left Kidney", "Tumor", "Spleen", "Aorta"), 2)
    segments = []
    for number in range(3):
        segment = fill(
            Dataset(),
            {
                "SegmentNumber": number + 1,
                "SegmentAlgorithmType": "MANUAL",
                "SegmentedPropertyCategoryCodeSequence": [code("T-D0050", "SRT", "Tissue")],
                "SegmentedPropertyTypeCodeSequence": [code("T-62000", "SRT", "Liver")],
            },
        )
        hand.put(segment, "SegmentLabel", names[number] if number < 2 else None)
        if number == 2:
            hand.put(segment, "SegmentDescription")
            hand.put(segment, "SegmentAlgorithmName")
            hand.put(segment, "TrackingID")
            hand.put(segment, "TrackingUID", hand.fresh_uid("TrackingUID", tag_of("TrackingUID")))
        segments.append(segment)
    content.SegmentSequence = Sequence(segments)
    image = {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": hand.scene.uid("ct")}
    fill(
        content,
        {
            "ImageType": ["DERIVED", "PRIMARY"],
            "SegmentationType": "BINARY",
            "SamplesPerPixel": 1,
            "Rows": 64,
            "Columns": 64,
            "PhotometricInterpretation": "MONOCHROME2",
            "BitsAllocated": 1,
            "BitsStored": 1,
            "HighBit": 0,
            "PixelRepresentation": 0,
            "NumberOfFrames": 3,
            "LossyImageCompression": "00",
            "ReferencedSeriesSequence": [
                {"SeriesInstanceUID": hand.scene.uid("series of ct"), "ReferencedInstanceSequence": [image]}
            ],
        },
    )
    content.add_new(0x7FE00010, "OB", bytes(range(256)) * 6)
    hand.put(content, "ContentLabel")
    hand.put(content, "ContentDescription")
    hand.put(
        content, "ContentCreatorName", hand.person_name("ContentCreatorName", tag_of("ContentCreatorName"))
    )
    for number, name in enumerate(names):
        hand.keep(f"SegmentLabel {name}", same(f"SegmentSequence.{number}.SegmentLabel"))
    hand.keep(
        "SegmentedPropertyType", same("SegmentSequence.0.SegmentedPropertyTypeCodeSequence.0.CodeMeaning")
    )
    hand.keep(
        "PixelData",
        lambda after, before, _: (
            bytes(at(after, "PixelData"))[:1536] == bytes(at(before, "PixelData"))[:1536]
        ),
    )
    hand.keep(
        "reference of a segmentation",
        refers("ReferencedSeriesSequence.0.ReferencedInstanceSequence.0.ReferencedSOPInstanceUID", "ct"),
    )
    return content


def document(hand: Hand) -> Dataset:
    """A PDF, a CDA or an STL model that names the patient inside; useful only to whom may see it."""
    form = hand.random.choice(sorted(DOCUMENTS))
    sop_class, mime = DOCUMENTS[form]
    content = header(hand, "M3D" if form == "STL" else "DOC", sop_class, 18)
    hand.keeps.clear()  # A document is held: nothing of it is expected.
    hand.put(content, "DocumentTitle")
    content.MIMETypeOfEncapsulatedDocument = mime
    content.BurnedInAnnotation = "YES"
    who = hand.stranger()
    family = who.family if who.family.isascii() else who.patient_id
    hand.note(f"inside of a {form}", "name", [family], tag_of("EncapsulatedDocument"))
    if form == "CDA":
        hand.put(content, "HL7InstanceIdentifier")
        data = (
            f"<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v3'><recordTarget><patientRole>"
            f"<id extension='{who.patient_id}'/><patient><name><family>{family}</family></name></patient>"
            f"</patientRole></recordTarget></ClinicalDocument>"
        ).encode()
    elif form == "STL":
        data = f"solid {family}".encode().ljust(80) + (1).to_bytes(4, "little") + bytes(50)
    else:
        page = Image.new("L", (400, 200), 255)
        ImageDraw.Draw(page).text((20, 20), family, fill=0, font=ImageFont.load_default(18))
        target = io.BytesIO()
        page.save(
            target, "PDF", title=f"Report of {family}", author=family, creationDate=EPOCH, modDate=EPOCH
        )
        data = target.getvalue()
    content.add_new(0x00420011, "OB", data + b"\0" * (len(data) % 2))
    return content
