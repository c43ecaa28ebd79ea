"""The words in which people are told what happened: events in, one message out.

A value is shown only when it has the form of what it is said to be, so that nothing else can come along: a
name of the project file, a number, a code.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from tirage.model.advice import meaning
from tirage.model.notices import Event, Happening, Message, Value

NUMBERS: Final = frozenset(
    {"version", "objects", "studies", "failures", "signatures", "days", "percent", "total"}
)
FORMS: Final[Mapping[str, str]] = {
    "destination": r"[a-z][a-z0-9-]{0,39}",
    "code": r"[A-Z][A-Z0-9_]{1,39}|0x[0-9A-F]{4}",
    "check": r"[a-z-]{1,40}",
}
"""The values a message may show, and the form each must have; digits in a text are no number."""

CODES: Final[Mapping[str, str]] = {
    "UNREACHABLE": "it does not answer",
    "DESTINATION_UNREACHABLE": "it does not answer",
    "DESTINATION_REFUSED": "it answers and says no",
    "DESTINATION_GONE": "the project file names it no longer",
    "DESTINATION_UNKNOWN": "a part of this installation is missing",
    "REJECTED": "it does not accept what it was sent",
    "NO_SPACE": "it has no room left",
    "NOT_PERMITTED": "it does not permit it",
    "BAD_NAME": "it cannot store a file of that name",
    "READ_BACK": "what it has differs from what was sent",
    "SOURCE_CHANGED": "a file here changed after the release was made",
    "SOURCE_UNREADABLE": "a file here cannot be read",
    "IO_ERROR": "writing there failed",
    "CONFLICT": "it has other files under these names",
    "REMOTE_CONFLICT": "it has other files under these names",
    "DELIVERY_INCOMPLETE": "some files have not arrived; they are sent again",
    "DELIVERY_REFUSED": "it will not take some files",
    "ROWS_REFUSED": "the list has rows that cannot be taken",
    "KEY_MISSING": "a secret it needs is missing on the node",
    "KEY_EXPOSED": "others may read a secret it needs",
}
"""Codes of deliveries and schedules in words; the reasons of holds are told by `model.advice`."""

CHECKS: Final[Mapping[str, str]] = {
    "disk-identified": "the disk of the identified zone has {percent} % left; free some space",
    "disk-research": "the disk of the research zone has {percent} % left; free some space",
    "clock": "the clock of the node cannot be trusted; let NTP keep it",
    "certificate-console": "the certificate of the console has {days} days left; renew it",
    "certificate-audit": "the certificate shown to the audit repository has {days} days left; renew it",
    "audit-sink": "the audit repository does not take the audit; nothing is lost, look after it",
    "database": "the database does not answer",
}
"""What is wrong with the node, by check."""


def message(events: Sequence[Event], recipient: str, console: str) -> Message:
    """One message of the events, oldest first; `console` is the address of the console or ''.

    Its id follows from the events and the recipient alone.
    """
    lines = [sentence(each) for each in events]
    project = events[0].project
    about = project or "this node"
    subject = f"[Tirage] {about}: {lines[0] if len(lines) == 1 else f'{len(lines)} notices'}"
    link = _link(console, project, events)
    text = "\n".join(
        [
            f"Project {project}" if project else "The node itself",
            "",
            *(f"- {_when(each.at)}: {line}" for each, line in zip(events, lines, strict=True)),
            *(["", f"See {link}"] if link else []),
            "",
            "This message names no patient and no study. It was sent by Tirage; nobody reads answers.",
            "",
        ]
    )
    number = sha256("\n".join([recipient, project, *(each.key for each in events)]).encode()).hexdigest()[:32]
    body: dict[str, object] = {
        "id": number,
        "project": project,
        "link": link,
        "events": [_body(each, line) for each, line in zip(events, lines, strict=True)],
    }
    return Message(number, subject, text, body)


def sentence(event: Event) -> str:
    """What happened, as one line."""
    return _held(event) if event.what is Happening.HOLDS else _WORDS[event.what](shown(event))


def shown(event: Event) -> dict[str, str]:
    """Those values of the event that have the form they must have."""
    values = {
        name: str(value)
        for name, value in event.values.items()
        if (name in NUMBERS and isinstance(value, int))
        or (name in FORMS and re.fullmatch(FORMS[name], str(value)))
    }
    if not _is_code(values.get("code", "")):
        values.pop("code", None)
    if values.get("check") not in CHECKS:
        values.pop("check", None)
    return values


def reasons(event: Event) -> dict[str, int]:
    """How many objects newly wait for a person, by the reasons that `docs/holds.md` explains."""
    return {name: value for name, value in event.values.items() if isinstance(value, int) and meaning(name)}


def _is_code(code: str) -> bool:
    """Whether it is a code of this program, or of a protocol: a word in capitals may also be a name."""
    return code in CODES or bool(meaning(code)) or bool(re.fullmatch(r"0x[0-9A-F]{4}|HTTP_[0-9]{3}", code))


def _body(event: Event, line: str) -> dict[str, object]:
    values: dict[str, Value | dict[str, int]] = dict(shown(event))
    for name in values.keys() & NUMBERS:
        values[name] = int(str(values[name]))
    if event.what is Happening.HOLDS:
        values["reasons"] = reasons(event)
    return {
        "id": event_id(event),
        "event": event.what.value,
        "at": _when(event.at),
        "words": line,
        **values,
    }


def event_id(event: Event) -> str:
    """What a receiver knows the event by, however often it is sent."""
    return sha256(f"{event.project}\n{event.key}".encode()).hexdigest()[:32]


def _when(micros: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _link(console: str, project: str, events: Sequence[Event]) -> str:
    if not console or not project:
        return console
    page = "holds" if all(each.what is Happening.HOLDS for each in events) else "releases"
    return f"{console.rstrip('/')}/{page}"


def _release(values: Mapping[str, str]) -> str:
    return f"release v{int(values['version']):04d}" if "version" in values else "a release"


def _counted(values: Mapping[str, str]) -> str:
    count = values.get("objects")
    return f" ({int(count):,} objects)" if count else ""


def _studies(values: Mapping[str, str]) -> str:
    count = int(values.get("studies", "1"))
    return "a released study was" if count == 1 else f"{count:,} released studies were"


def _why(values: Mapping[str, str]) -> str:
    code = values.get("code", "")
    words = CODES.get(code) or meaning(code)
    return f": {words} ({code})" if words else f": {code}" if code else ""


def _failures(values: Mapping[str, str]) -> str:
    count = values.get("failures")
    return f" after {int(count):,} failures in a row" if count else ""


def _at(values: Mapping[str, str]) -> str:
    return values.get("destination", "a destination")


def _held(event: Event) -> str:
    counts = reasons(event)
    listed = "; ".join(f"{count:,} {meaning(name)} ({name})" for name, count in sorted(counts.items()))
    total = event.values.get("total")
    waiting = f"; {total:,} wait in all" if isinstance(total, int) else ""
    return f"new objects wait for a person: {listed}{waiting}"


def _trouble(values: Mapping[str, str]) -> str:
    words = CHECKS.get(values.get("check", ""), "a check fails; run `tirage doctor`")
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "few"), words)


_WORDS: Final[Mapping[Happening, Callable[[Mapping[str, str]], str]]] = {
    Happening.DELIVERED: lambda v: f"{_release(v)}{_counted(v)} arrived at {_at(v)}",
    Happening.DELIVERY_FAILED: lambda v: f"{_release(v)} could not be delivered to {_at(v)}{_why(v)}",
    Happening.DESTINATION_PAUSED: lambda v: f"{_at(v)} is paused{_failures(v)}{_why(v)}",
    Happening.RELEASED: lambda v: f"{_release(v)}{_counted(v)} was made",
    Happening.RELEASE_REFUSED: lambda v: f"{_release(v)} was refused or is void: not made as it was",
    Happening.WITHDRAWN: lambda v: f"{_studies(v)} called back; whoever has copies is told",
    Happening.SIGNATURE_NEEDED: lambda v: f"{_release(v)}{_counted(v)} waits to be signed",
    Happening.SCHEDULE_FAILED: lambda v: f"the scheduled list could not be loaded{_why(v)}",
    Happening.NODE_TROUBLE: _trouble,
    Happening.NODE_WELL: lambda v: f"in order again: {v.get('check', 'a check')}",
    Happening.TEST: lambda v: "this is a test; notices reach you",
}
