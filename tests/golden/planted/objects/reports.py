"""Structured reports, key objects, presentation states: identifiers in content items, layers, labels."""

from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from tests.golden.planted.hand import Hand
from tests.golden.planted.header import header
from tests.golden.planted.keeping import content_item, refers, same
from tests.golden.planted.objects.tomography import CT
from tests.golden.planted.writing import code, fill, tag_of

COMPREHENSIVE, KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.88.59"
GREY_STATE = "1.2.840.10008.5.1.4.1.1.11.1"
FINDINGS = (
    "Nodule of 8 mm in the right upper lobe, unchanged.",
    "No pleural effusion. Heart size is normal.",
    "Liver with a 12 mm hypodense lesion in segment VII.",
    "Degenerative changes of the thoracic spine at T8/T9.",
)
TEXT, CODE_MEANING = tag_of("TextValue"), tag_of("CodeMeaning")


def item(
    kind: str, concept: tuple[str, str, str], relation: str = "CONTAINS", **values: Any
) -> dict[str, Any]:
    """A content item (PS3.3 C.17.3)."""
    return {
        "RelationshipType": relation,
        "ValueType": kind,
        "ConceptNameCodeSequence": [code(*concept)],
        **values,
    }


def evidence(hand: Hand) -> list[dict[str, Any]]:
    """References to the CT of the study."""
    image = {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": hand.scene.uid("ct")}
    series = {"SeriesInstanceUID": hand.scene.uid("series of ct"), "ReferencedSOPSequence": [image]}
    return [{"StudyInstanceUID": hand.scene.uid("study"), "ReferencedSeriesSequence": [series]}]


def report(hand: Hand) -> Dataset:
    """A comprehensive report with an identifier in an item of every value type."""
    content = header(hand, "SR", COMPREHENSIVE, 10)
    finding = hand.random.choice(FINDINGS)
    fill(
        content,
        {"CompletionFlag": "COMPLETE", "VerificationFlag": "VERIFIED", "ContinuityOfContent": "SEPARATE"},
    )
    observer = fill(
        Dataset(),
        {"VerificationDateTime": hand.moment("VerificationDateTime", tag_of("VerificationDateTime"))},
    )
    hand.put(observer, "VerifyingOrganization")
    hand.put(
        observer,
        "VerifyingObserverName",
        hand.person_name("VerifyingObserverName", tag_of("VerifyingObserverName")),
    )
    content.VerifyingObserverSequence = Sequence([observer])
    content.ValueType = "CONTAINER"
    fill(content, {"ConceptNameCodeSequence": [code("18748-4", "LN", "Diagnostic imaging report")]})
    content.CurrentRequestedProcedureEvidenceSequence = Sequence(
        [fill(Dataset(), one) for one in evidence(hand)]
    )
    _people(hand, content)
    items = [fill(Dataset(), each) for each in (*_context(hand), *_findings(hand, finding))]
    content.ContentSequence = Sequence(items)
    size = content_item(
        lambda one: one.get("ValueType") == "NUM" and str(one.MeasuredValueSequence[0].NumericValue) == "8.5"
    )
    words = [word.strip(".,").lower() for word in finding.split()]
    hand.keep(
        "finding words",
        content_item(lambda one: all(word in str(one.get("TextValue", "")).lower() for word in words)),
    )
    hand.keep("measurement", size)
    hand.keep(
        "unit",
        content_item(
            lambda one: (
                one.get("ValueType") == "NUM"
                and one.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue == "mm"
            )
        ),
    )
    hand.keep(
        "coded finding",
        content_item(
            lambda one: one.get("ValueType") == "CODE" and one.ConceptCodeSequence[0].CodeMeaning == "Mass"
        ),
    )
    hand.keep(
        "reference to an image",
        lambda after, _, outputs: any(
            one.get("ValueType") == "IMAGE"
            and one.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == outputs["ct"].SOPInstanceUID
            for one in after.ContentSequence
        ),
    )
    hand.keep(
        "coordinates",
        content_item(
            lambda one: one.get("ValueType") == "SCOORD" and list(one.GraphicData) == [10.5, 20, 30, 40.25]
        ),
    )
    hand.keep(
        "evidence",
        refers(
            "CurrentRequestedProcedureEvidenceSequence.0.ReferencedSeriesSequence.0.ReferencedSOPSequence.0.ReferencedSOPInstanceUID",
            "ct",
        ),
    )
    hand.keep("title", same("ConceptNameCodeSequence.0.CodeMeaning"))
    return content


def _people(hand: Hand, content: Dataset) -> None:
    """Who wrote, took part, keeps and asked, in the header of the report."""
    author, custodian, request = Dataset(), Dataset(), Dataset()
    hand.put(author, "PersonName", hand.person_name("PersonName of an author", tag_of("PersonName")))
    hand.put(author, "InstitutionName")
    author.ObserverType = "PSN"
    hand.put(custodian, "InstitutionName")
    for keyword in (
        "AccessionNumber",
        "RequestedProcedureDescription",
        "PlacerOrderNumberImagingServiceRequest",
    ):
        hand.put(request, keyword)
    content.AuthorObserverSequence = Sequence([author])
    content.CustodialOrganizationSequence = Sequence([custodian])
    content.ReferencedRequestSequence = Sequence([request])


def _context(hand: Hand) -> list[dict[str, Any]]:
    relation = "HAS OBS CONTEXT"

    def person(concept: tuple[str, str, str]) -> dict[str, Any]:
        tag = tag_of("PersonName")
        return item("PNAME", concept, relation, PersonName=hand.person_name(f"PNAME {concept[2]}", tag))

    def text(concept: tuple[str, str, str], kind: str = "TEXT") -> dict[str, Any]:
        return item(kind, concept, relation, TextValue=hand.secret(f"{kind} {concept[2]}", TEXT))

    uid = tag_of("UID")
    mine = hand.patient
    hand.note("PNAME Subject Name", "own name", [mine.family], tag_of("PersonName"), is_shared=True)
    hand.note(
        "DATE Subject Birth Date", "birth date", [f"{mine.birth:%Y%m%d}"], tag_of("Date"), is_shared=True
    )
    hand.note("TEXT Subject ID", "own id", [mine.patient_id], TEXT, is_shared=True)
    return [
        person(("121008", "DCM", "Person Observer Name")),
        text(("121009", "DCM", "Person Observer's Organization Name")),
        text(("121013", "DCM", "Device Observer Name")),
        item(
            "UIDREF",
            ("121012", "DCM", "Device Observer UID"),
            relation,
            UID=hand.fresh_uid("UIDREF Device Observer UID", uid),
        ),
        item("PNAME", ("121029", "DCM", "Subject Name"), relation, PersonName=mine.dicom),
        item("DATE", ("121031", "DCM", "Subject Birth Date"), relation, Date=f"{mine.birth:%Y%m%d}"),
        item("TEXT", ("121030", "DCM", "Subject ID"), relation, TextValue=mine.patient_id),
        text(("121022", "DCM", "Accession Number")),
    ]


def _findings(hand: Hand, finding: str) -> list[dict[str, Any]]:
    other, who = hand.stranger(), hand.stranger()
    prior = hand.scene.started.replace(year=hand.scene.started.year - 31)
    sentence = hand.random.choice(
        (
            f"{finding} Discussed with Dr. {who.family} by phone.",
            f"{finding} Compared with the examination of {prior:%d %B %Y}, "
            f"reported by {who.given} {who.family}.",
            f"Mr. {who.family} was informed. {finding}",
            f"{finding}\r\nDictated by: {who.family.upper()}, {who.given.upper()}\r\n"
            f"Transcribed {prior:%d/%m/%Y}",
        )
    )
    hand.note("TEXT finding with a name", "name", [who.family], TEXT)
    hand.note("TEXT finding with the patient", "own name", [hand.patient.family], TEXT, is_shared=True)
    if "d with the" in sentence or "Transcribed" in sentence:
        hand.note("TEXT finding with a date", "date", [f"{prior:%d %B %Y}", f"{prior:%d/%m/%Y}"], TEXT)
    nested = item(
        "TEXT", ("121071", "DCM", "Finding"), TextValue=hand.phrase("TEXT nested in a container", TEXT)
    )
    measured = {"NumericValue": "8.5", "MeasurementUnitsCodeSequence": [code("mm", "UCUM", "millimeter")]}
    image = {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": hand.scene.uid("ct")}
    mass = code("M-03000", "SRT", "Mass")
    local = code(
        f"L{hand.random.randrange(100, 999)}",
        "99RAD",
        hand.phrase("CodeMeaning of a CODE item", CODE_MEANING),
    )
    hand.note("TEXT relative", "name", [other.family], TEXT)
    return [
        item("TEXT", ("121071", "DCM", "Finding"), TextValue=sentence),
        item(
            "TEXT",
            ("121060", "DCM", "History"),
            TextValue=f"Accompanied by daughter {other.given} {other.family}. "
            f"{hand.patient.given} {hand.patient.family} has a cough.",
        ),
        item("CODE", ("121071", "DCM", "Finding"), ConceptCodeSequence=[mass]),
        item("CODE", ("121071", "DCM", "Finding"), ConceptCodeSequence=[local]),
        item("NUM", ("81827009", "SCT", "Diameter"), MeasuredValueSequence=[measured]),
        item("DATE", ("111060", "DCM", "Study Date"), Date=hand.day("DATE", tag_of("Date"))),
        item(
            "DATETIME",
            ("111526", "DCM", "DateTime Started"),
            DateTime=hand.moment("DATETIME", tag_of("DateTime")),
        ),
        item(
            "UIDREF",
            ("112040", "DCM", "Tracking Unique Identifier"),
            UID=hand.fresh_uid("UIDREF", tag_of("UID")),
        ),
        item(
            "TEXT",
            ("112039", "DCM", "Tracking Identifier"),
            TextValue=hand.secret("TEXT Tracking Identifier", TEXT),
        ),
        item("IMAGE", ("121112", "DCM", "Source of Measurement"), ReferencedSOPSequence=[image]),
        item(
            "SCOORD",
            ("111030", "DCM", "Image Region"),
            GraphicType="POLYLINE",
            GraphicData=[10.5, 20, 30, 40.25],
        ),
        item("TIME", ("111061", "DCM", "Study Time"), Time="101530.25"),
        item(
            "COMPOSITE",
            ("121112", "DCM", "Source"),
            ReferencedSOPSequence=[
                {
                    "ReferencedSOPClassUID": GREY_STATE,
                    "ReferencedSOPInstanceUID": hand.fresh_uid(
                        "COMPOSITE", tag_of("ReferencedSOPInstanceUID")
                    ),
                }
            ],
        ),
        item(
            "CONTAINER",
            ("121070", "DCM", "Findings"),
            ContinuityOfContent="SEPARATE",
            ContentSequence=[nested],
        ),
        item(
            "TEXT",
            (
                f"U{hand.random.randrange(100, 999)}",
                "99RAD",
                hand.phrase("CodeMeaning of a concept name", CODE_MEANING),
            ),
            TextValue="Normal",
        ),
    ]


def key_objects(hand: Hand) -> Dataset:
    """A key object note with a description, an observer and references."""
    content = header(hand, "KO", KEY_OBJECTS, 11)
    content.ValueType, content.ContinuityOfContent = "CONTAINER", "SEPARATE"
    fill(content, {"ConceptNameCodeSequence": [code("113000", "DCM", "Of Interest")]})
    content.CurrentRequestedProcedureEvidenceSequence = Sequence(
        [fill(Dataset(), one) for one in evidence(hand)]
    )
    image = {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": hand.scene.uid("ct")}
    observer = hand.person_name("PNAME observer of a key object", tag_of("PersonName"))
    items = [
        item(
            "TEXT",
            ("113012", "DCM", "Key Object Description"),
            TextValue=f"Nodule, see lung window. {hand.phrase('key object description', TEXT)}",
        ),
        item("PNAME", ("121008", "DCM", "Person Observer Name"), "HAS OBS CONTEXT", PersonName=observer),
        {"RelationshipType": "CONTAINS", "ValueType": "IMAGE", "ReferencedSOPSequence": [image]},
    ]
    content.ContentSequence = Sequence([fill(Dataset(), each) for each in items])
    identical = fill(
        Dataset(),
        {"StudyInstanceUID": hand.fresh_uid("IdenticalDocuments study", tag_of("StudyInstanceUID"))},
    )
    content.IdenticalDocumentsSequence = Sequence([identical])
    hand.keep(
        "reference of a key object",
        lambda after, _, outputs: (
            after.ContentSequence[-1].ReferencedSOPSequence[0].ReferencedSOPInstanceUID
            == outputs["ct"].SOPInstanceUID
        ),
    )
    hand.keep("title", same("ConceptNameCodeSequence.0.CodeMeaning"))
    hand.keep(
        "description words",
        content_item(
            lambda one: all(
                word in str(one.get("TextValue", "")).lower() for word in ("nodule", "lung", "window")
            )
        ),
    )
    return content


def presentation(hand: Hand) -> Dataset:
    """A presentation state: text objects, graphic layers, label, description, creator, shutters."""
    content = header(hand, "PR", GREY_STATE, 12)
    hand.put(content, "ContentLabel")
    hand.put(content, "ContentDescription")
    hand.put(
        content, "ContentCreatorName", hand.person_name("ContentCreatorName", tag_of("ContentCreatorName"))
    )
    hand.put(
        content,
        "PresentationCreationDate",
        hand.day("PresentationCreationDate", tag_of("PresentationCreationDate")),
    )
    content.PresentationCreationTime = "101500"
    image = {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": hand.scene.uid("ct")}
    texts = []
    for number in range(3):
        text = fill(
            Dataset(),
            {
                "BoundingBoxAnnotationUnits": "PIXEL",
                "BoundingBoxTopLeftHandCorner": [1.0, 1.0 + number],
                "BoundingBoxBottomRightHandCorner": [90.0, 9.0],
                "BoundingBoxTextHorizontalJustification": "LEFT",
            },
        )
        value = (
            "nodule 12 mm"
            if number == 0
            else hand.phrase("UnformattedTextValue", tag_of("UnformattedTextValue"))
        )
        hand.put(text, "UnformattedTextValue", value)
        texts.append(text)
    graphic = {
        "GraphicAnnotationUnits": "PIXEL",
        "GraphicDimensions": 2,
        "NumberOfGraphicPoints": 2,
        "GraphicData": [10.0, 10.0, 20.5, 20.0],
        "GraphicType": "POLYLINE",
        "GraphicFilled": "N",
    }
    annotation = fill(
        Dataset(),
        {"GraphicLayer": "LAYER1", "ReferencedImageSequence": [image], "GraphicObjectSequence": [graphic]},
    )
    annotation.TextObjectSequence = Sequence(texts)
    layer = fill(Dataset(), {"GraphicLayer": "LAYER1", "GraphicLayerOrder": "1"})
    hand.put(layer, "GraphicLayerDescription")
    second = fill(Dataset(), {"GraphicLayerOrder": "2"})
    name = hand.secret("GraphicLayer", tag_of("GraphicLayer"), 16).upper()
    hand.put(second, "GraphicLayer", name)
    fill(
        content,
        {
            "ReferencedSeriesSequence": [
                {"SeriesInstanceUID": hand.scene.uid("series of ct"), "ReferencedImageSequence": [image]}
            ],
            "DisplayedAreaSelectionSequence": [
                {
                    "DisplayedAreaTopLeftHandCorner": [1, 1],
                    "DisplayedAreaBottomRightHandCorner": [128, 96],
                    "PresentationSizeMode": "SCALE TO FIT",
                }
            ],
            "SoftcopyVOILUTSequence": [{"WindowCenter": "40", "WindowWidth": "400"}],
            "PresentationLUTShape": "IDENTITY",
        },
    )
    hand.put(content.SoftcopyVOILUTSequence[0], "WindowCenterWidthExplanation")
    content.GraphicAnnotationSequence = Sequence([annotation])
    content.GraphicLayerSequence = Sequence([layer, second])
    first = "GraphicAnnotationSequence.0"
    hand.keep(
        "harmless text object",
        lambda after, _, __: any(
            "nodule 12 mm" in str(text.UnformattedTextValue).lower()
            for text in after.GraphicAnnotationSequence[0].TextObjectSequence
        ),
    )
    for path in (
        f"{first}.GraphicObjectSequence.0.GraphicData",
        f"{first}.GraphicLayer",
        "DisplayedAreaSelectionSequence.0.PresentationSizeMode",
        "SoftcopyVOILUTSequence.0.WindowCenter",
        "PresentationLUTShape",
    ):
        hand.keep(path.rpartition(".")[2], same(path))
    hand.keep(
        "reference of a state",
        refers("ReferencedSeriesSequence.0.ReferencedImageSequence.0.ReferencedSOPInstanceUID", "ct"),
    )
    return content
