"""An object with a PDF: held unless the project redacts, and then nothing of the old document is left."""

import io
from typing import Any

import pydicom
from tests.make import person
from tests.rebuilt import a_link, bytes_of, header_of, make_project
from tests.trees import without_picture
from tests.unit.deidentify.documents.test_redact import printed, shown

from tirage.deidentify.apply import rebuild
from tirage.deidentify.plan import Planner
from tirage.link.identify import identifiers_of
from tirage.model.outcomes import Held, Outcome, Passed
from tirage.model.reasons import HoldReason
from tirage.policy.profile import compile_profile

PDF = "1.2.840.10008.5.1.4.1.1.104.1"


def outcome_of(data: bytes, **sections: Any) -> Outcome[bytes]:
    header = header_of(data)
    planner = Planner(compile_profile(make_project(**sections)), a_link(), identifiers_of(header))
    rebuilt = rebuild(header, planner)
    if not isinstance(rebuilt, Passed):
        return rebuilt
    assert rebuilt.value.is_inspected
    return Passed(b"".join(bytes_of(chunk, header.body) for chunk in rebuilt.value.chunks))


def document(content: bytes) -> bytes:
    return without_picture(
        PDF,
        "DOC",
        BurnedInAnnotation="YES",
        DocumentTitle=f"Chest CT, {person(1).family}",
        MIMETypeOfEncapsulatedDocument="application/pdf",
        EncapsulatedDocument=content + b"\0" * (len(content) % 2),
        EncapsulatedDocumentLength=len(content),
    )


def test_a_redacted_pdf_takes_the_place_of_the_old_one() -> None:
    who = person(1)
    data = document(printed("Chest CT report", f"Name {who.family} {who.given}", hidden=who.family))
    outcome = outcome_of(data, documents={"pdf": "redact"})
    assert isinstance(outcome, Passed), outcome
    result = pydicom.dcmread(io.BytesIO(outcome.value))
    content = result.EncapsulatedDocument[: result.EncapsulatedDocumentLength]
    assert content.startswith(b"%PDF")
    assert b"%%EOF" in content[-8:]
    assert who.family.encode() not in outcome.value
    text = shown(content)
    assert "chest" in text
    assert who.family.casefold() not in text
    assert result.DocumentTitle.startswith("Chest")
    assert result.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert result.BurnedInAnnotation == "NO"


def test_without_being_asked_to_a_project_holds_documents() -> None:
    outcome = outcome_of(document(printed("Chest CT report")))
    assert isinstance(outcome, Held)
    assert outcome.reason is HoldReason.TEXT_UNCHECKED
