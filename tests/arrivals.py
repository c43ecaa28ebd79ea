"""Received objects and catalogue entries by number, for tests of the store."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from tirage.model.identifiers import Digest, ProjectName, Uid
from tirage.model.records import Arrival, InstanceSummary, Origin, OriginKind, PatientIdentity

CT = Uid("1.2.840.10008.5.1.4.1.1.2")
EXPLICIT = Uid("1.2.840.10008.1.2.1")
SCANNER = Origin(OriginKind.DICOM, calling_ae="SCANNER", called_ae="TIRAGE", address="127.0.0.1")
PROJECT = ProjectName("study-one")
START = datetime(2026, 1, 1, tzinfo=UTC)


def digest_of(text: str) -> Digest:
    """A digest like no other text's."""
    return Digest(hashlib.sha256(text.encode()).hexdigest())


def arrival(
    number: int,
    *,
    sop_instance: str = "",
    content: str = "",
    digest: str = "",
    projects: tuple[ProjectName, ...] = (PROJECT,),
    origin: Origin = SCANNER,
) -> Arrival:
    """Object `number`; `content` makes another object of its UID, `digest` another file of it."""
    name = content or f"object {number}"
    return Arrival(
        digest=digest_of(digest or name),
        object_digest=digest_of(name),
        size_bytes=1000 + number,
        transfer_syntax=EXPLICIT,
        stated_sop_class=CT,
        stated_sop_instance=Uid(sop_instance or f"1.2.3.{number}"),
        origin=origin,
        received_at=START + timedelta(seconds=number),
        projects=projects,
    )


def summary(
    number: int, *, study: int = 1, series: int = 1, patient: int = 1, name: str = "", **attributes: str
) -> InstanceSummary:
    """The catalogue entry of object `number`."""
    texts = {"Modality": "CT", "Manufacturer": "ACME", "StudyDate": "20200102", **attributes}
    header = {"00080018": {"vr": "UI", "Value": [f"1.2.3.{number}"]}}
    return InstanceSummary(
        sop_class=CT,
        sop_instance=Uid(f"1.2.3.{number}"),
        series=Uid(f"1.2.4.{series}"),
        study=Uid(f"1.2.5.{study}"),
        transfer_syntax=EXPLICIT,
        patient=PatientIdentity(
            f"P{patient}", name=name or f"Doe{patient}^Jo", birth_date="19700101", sex="F"
        ),
        attributes=texts,
        header=json.dumps(header).encode(),
    )
