"""Lines of the audit as DICOM audit messages. Subjects are handles of this node: no patient is named.

Source: PS3.15 A.5 (message format and the events of A.5.3), codes of PS3.16 CID 400 (events) and 401 (types).
What is none of these events has a code of our own: Application Activity is start and stop alone (A.5.3.1).
"""

from base64 import b64encode
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson

from tirage.store.times import moment
from tirage.store.trail import Entry

_APPLICATION_SOURCE = "4"
_MINOR_FAILURE, _SUCCESS = "4", "0"
PERSON, SYSTEM_OBJECT = "1", "2"
_JOB, _PATIENT, _REPORT, _USER, _SECURITY = "20", "1", "3", "11", "13"
_LOG = "Security Audit Log"
"""What the audit itself is called (PS3.15 A.5.3.2)."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a kind of line is in DICOM: `action` is C, R, U, D or E."""

    code: str
    text: str
    action: str
    kind: tuple[str, str] | None = None
    outcome: str = _SUCCESS
    scheme: str = "DCM"


_USER_AUTHENTICATION = ("110114", "User Authentication")
_SECURITY_ALERT = ("110113", "Security Alert")
_LOGIN, _LOGOUT = ("110122", "Login"), ("110123", "Logout")
_ROLES, _ATTRIBUTES = ("110136", "Security Roles Changed"), ("110137", "User Security Attributes Changed")
_RESTRICTED, _CONFIGURATION = (
    ("110132", "Use of Restricted Function"),
    ("110129", "Security Configuration"),
)

EVENTS = {
    "view": Event("110103", "DICOM Instances Accessed", "R"),
    "catalogue": Event("110104", "DICOM Instances Transferred", "C"),
    "receive": Event("110104", "DICOM Instances Transferred", "C"),
    "ask-archive": Event("110112", "Query", "E"),
    "fetched": Event("110104", "DICOM Instances Transferred", "C"),
    "erase": Event("110105", "DICOM Study Deleted", "D"),
    "release": Event("110106", "Export", "R"),
    "deliver": Event("110106", "Export", "R"),
    "load-cohort": Event("110107", "Import", "C"),
    "sign-in": Event(*_USER_AUTHENTICATION, "E", _LOGIN),
    "sign-in-refused": Event(*_USER_AUTHENTICATION, "E", _LOGIN, _MINOR_FAILURE),
    "code-refused": Event(*_USER_AUTHENTICATION, "E", _LOGIN, _MINOR_FAILURE),
    "password-refused": Event(*_USER_AUTHENTICATION, "E", _LOGIN, _MINOR_FAILURE),
    "sign-out": Event(*_USER_AUTHENTICATION, "E", _LOGOUT),
    "grant": Event(*_SECURITY_ALERT, "E", _ROLES),
    "withdraw": Event(*_SECURITY_ALERT, "E", _ROLES),
    "refused": Event(*_SECURITY_ALERT, "E", _RESTRICTED, _MINOR_FAILURE),
    "security": Event(*_SECURITY_ALERT, "E", None, _MINOR_FAILURE),
    "audit-export": Event("110101", "Audit Log Used", "R"),
}
EVENTS |= {
    action: Event(*_SECURITY_ALERT, "E", _ATTRIBUTES)
    for action in (
        "account-create",
        "account-reset",
        "account-disable",
        "account-enable",
        "password",
        "factor-offer",
        "factor",
        "token",
        "token-end",
        "session-end",
        "start-code",
    )
}
EVENTS |= {
    action: Event(*_SECURITY_ALERT, "E", _CONFIGURATION)
    for action in ("rotate-keys-begin", "rotate-keys-end", "rotate-signing-key")
}
_OWN = "99TIRAGE"

_OBJECTS = {
    "study": (SYSTEM_OBJECT, _REPORT),
    "patient": (PERSON, _PATIENT),
    "account": (PERSON, _USER),
    "release": (SYSTEM_OBJECT, _REPORT),
    "audit": (SYSTEM_OBJECT, _SECURITY),
    "key": (SYSTEM_OBJECT, _SECURITY),
}
"""Type and role of what a line is about, by the kind of its handle; a job for everything else."""


def message(entry: Entry, source: str) -> bytes:
    """One line as an AuditMessage, UTF-8 without declaration; `source` names this node."""
    event = EVENTS.get(entry.action) or Event(entry.action, entry.action, "E", scheme=_OWN)
    root = Element("AuditMessage")
    at = moment(entry.at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = SubElement(
        root,
        "EventIdentification",
        EventActionCode=event.action,
        EventDateTime=at,
        EventOutcomeIndicator=event.outcome,
    )
    _coded(head, "EventID", event.code, event.scheme, event.text)
    if event.kind:
        _coded(head, "EventTypeCode", event.kind[0], "DCM", event.kind[1])
    _coded(head, "EventTypeCode", entry.action, _OWN, entry.action)
    detail = orjson.loads(entry.detail)
    person = SubElement(root, "ActiveParticipant", UserID=entry.actor, UserIsRequestor="true")
    if detail.get("address"):
        # 2 stands for an IP address.
        person.set("NetworkAccessPointID", str(detail["address"]))
        person.set("NetworkAccessPointTypeCode", "2")
    told = SubElement(root, "AuditSourceIdentification", AuditSourceID=source)
    _coded(told, "AuditSourceTypeCode", _APPLICATION_SOURCE, "DCM", "Application Server Process or Thread")
    kind, role = _OBJECTS.get(entry.subject.partition(":")[0], (SYSTEM_OBJECT, _JOB))
    about = SubElement(
        root,
        "ParticipantObjectIdentification",
        ParticipantObjectID=entry.subject,
        ParticipantObjectTypeCode=kind,
        ParticipantObjectTypeCodeRole=role,
    )
    _coded(about, "ParticipantObjectIDTypeCode", "handle", _OWN, "Handle in this node")
    SubElement(about, "ParticipantObjectName").text = _LOG if entry.subject == "audit" else entry.subject
    for name, value in (("seq", str(entry.seq)), ("hash", entry.hash), ("detail", entry.detail)):
        SubElement(about, "ParticipantObjectDetail", type=name, value=_base64(value))
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=False)
    return written


def _coded(parent: Element, name: str, code: str, system: str, text: str) -> None:
    attributes = {"csd-code": code, "codeSystemName": system, "originalText": text}
    SubElement(parent, name, attributes)


def _base64(value: str) -> str:
    return b64encode(value.encode()).decode()
