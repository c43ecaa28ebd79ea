"""What de-identification would do to one object, and why, for people to read."""

import re
from dataclasses import dataclass, replace

from tirage.deidentify.changes import path_of
from tirage.deidentify.plan import Planner
from tirage.dicom.dictionary import keyword_of, private_name, tag_of
from tirage.dicom.header import Header
from tirage.flow.survey.answer import WORDS
from tirage.link.identify import identifiers_of
from tirage.link.pseudonym import make_link
from tirage.model.identifiers import Pseudonym
from tirage.model.records import Confidential
from tirage.policy.actions import Action
from tirage.policy.decisions import Decision
from tirage.policy.profile import compile_profile
from tirage.policy.project import Project

_TAG = re.compile(r"\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?")
_PRIVATE = re.compile(r"\(?([0-9A-Fa-f]{3}[13579BDFbdf]),?xx([0-9A-Fa-f]{2})\)?[\s,:]+(\S.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False)
class Entry(Confidential):
    """One change; `before` and `after` identify and are for the eyes of the identified zone only."""

    path: str
    action: str
    rule: str
    before: str
    after: str


def preview(header: Header, project: Project) -> list[Entry]:
    """The changes to one object under a link that stands for the real one: action and rule are the same."""
    profile = compile_profile(project)
    link = make_link(bytes(32), project.name, Pseudonym("PSEUDONYM"), project.dates.max_shift_days)
    entries = []
    known = replace(profile.hidden(identifiers_of(header)), uids=frozenset())
    for change in Planner(profile, link, known).plan(header):
        if change.action is None:
            continue
        is_new = change.element < 0
        after = change.data[8:] if isinstance(change.data, bytes) else b""
        entries.append(
            Entry(
                path=keyword_of(change.tag) if is_new else path_of(header, change.element),
                action="added" if is_new else WORDS[change.action],
                rule="states what was done" if is_new else _rule(profile.decision(change.tag)),
                before="" if is_new else _shown(header.value(change.element)),
                after=_shown(after),
            )
        )
    return entries


def explanation(attribute: str, project: Project, sop_class: str) -> dict[str, str] | None:
    """What happens to an attribute, given by keyword, tag, or `(gggg,xxee) CREATOR`; None when it is none."""
    private = _PRIVATE.fullmatch(attribute.strip())
    if private is not None:
        return _private(int(private[1], 16), int(private[2], 16), private[3].strip(' "'), project)
    tag = tag_of(attribute)
    if tag is None:
        match = _TAG.fullmatch(attribute.strip())
        if match is None:
            return None
        tag = int(match[1] + match[2], 16)
    profile = compile_profile(project)
    decision = profile.decision(tag)
    top = profile.for_sop_class(sop_class).get(tag)
    nested = profile.for_sop_class(sop_class, is_nested=True).get(tag)
    return {
        "attribute": keyword_of(tag),
        "tag": f"({tag >> 16:04X},{tag & 0xFFFF:04X})",
        "code": decision.code,
        "action": WORDS[top or Action.REMOVE],
        "in items of sequences": WORDS[nested or Action.REMOVE],
        "decided by": decision.basis.value,
        "why": decision.why,
    }


def _private(group: int, element: int, creator: str, project: Project) -> dict[str, str]:
    is_kept = compile_profile(project).private(group, creator, element) is Action.KEEP
    name = private_name(group << 16 | element, creator.encode("latin-1", "replace"))
    safe = "on the list of safe private elements" if is_kept else "not on the project's list of safe ones"
    return {
        "attribute": name.partition(f"{creator} ")[2] or "unknown",
        "tag": f"({group:04X},xx{element:02X}) {creator}",
        "code": "K" if is_kept else "X",
        "action": WORDS[Action.KEEP if is_kept else Action.REMOVE],
        "decided by": "private creator",
        "why": f"{safe} (PS3.15 Table E.3.10-1 and the project); the block may be any",
    }


def _rule(decision: Decision) -> str:
    return f"{decision.basis.value}: {decision.why}"


def _shown(value: bytes) -> str:
    text = value[:64].decode("latin-1").strip(" \0")
    return "".join(character if character.isprintable() else "·" for character in text)
