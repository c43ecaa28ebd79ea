"""A box that a reader drew, as a rule for every object of its device: the lines for a project's file."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from tirage.model.identifiers import short
from tirage.model.reviews import ProposedRule
from tirage.policy.regions import DeviceRule

_ASKED = ("modality", "sop_class", "manufacturer", "model", "rows", "columns")


def device_rule(rule: ProposedRule) -> DeviceRule:
    """The rule as a project's file would have it; raises `ValueError` when it would be for every object."""
    when = {name: getattr(rule, name) for name in _ASKED if getattr(rule, name)}
    return DeviceRule.model_validate({"when": when, "blank": [rule.box._asdict()], "because": _because(rule)})


def snippet(rules: Sequence[ProposedRule]) -> str:
    """The rules as YAML, to be put into the project's file; empty for none."""
    if not rules:
        return ""
    return "pixels:\n  devices:\n" + "".join(_lines(rule) for rule in rules)


def _lines(rule: ProposedRule) -> str:
    day = f"{datetime.fromtimestamp(rule.made_at / 1e6, UTC):%Y-%m-%d}"
    told = [
        f"    # Rule {rule.number}: drawn by {_plain(rule.reviewer)} on sample {rule.sample}, {day}, "
        f"policy {short(rule.policy)}",
        "    - when:",
    ]
    # JSON texts and numbers are YAML too, and need no thought about quoting.
    told += [f"        {name}: {json.dumps(getattr(rule, name))}" for name in _ASKED if getattr(rule, name)]
    corners = ", ".join(f"{name}: {value}" for name, value in rule.box._asdict().items())
    told += ["      blank:", f"        - {{{corners}}}", f"      because: {json.dumps(_because(rule))}"]
    return "\n".join(told) + "\n"


def _because(rule: ProposedRule) -> str:
    return f"drawn in review by {_plain(rule.reviewer)}, sample {rule.sample}"


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)[:100]
