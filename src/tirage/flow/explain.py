"""Which rule decides an attribute or a private element, and why, in words."""

import re

from tirage.dicom.dictionary import keyword_of, private_name, tag_of
from tirage.flow.survey.answer import WORDS
from tirage.policy.actions import Action
from tirage.policy.profile import compile_profile
from tirage.policy.project import Project

_TAG = re.compile(r"\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?")
_PRIVATE = re.compile(r"\(?([0-9A-Fa-f]{3}[13579BDFbdf]),?xx([0-9A-Fa-f]{2})\)?[\s,:]+(\S.*)", re.IGNORECASE)


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
