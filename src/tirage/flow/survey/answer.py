"""A survey as plain values: for programs, and for the tables of the command."""

from collections import Counter
from typing import Any

from tirage.flow.survey.tally import Met, Survey
from tirage.policy.actions import Action

WORDS = {
    Action.KEEP: "kept, as its grammar allows",
    Action.REMOVE: "removed",
    Action.EMPTY: "emptied",
    Action.DUMMY: "replaced by a dummy",
    Action.UID: "replaced by the project's own UID",
    Action.CLEAN: "cleaned word by word",
    Action.SHIFT: "moved by the patient's secret number of days",
}
"""What an action does, in words."""

SHORT = {
    Action.KEEP: "kept",
    Action.REMOVE: "removed",
    Action.EMPTY: "emptied",
    Action.DUMMY: "dummy",
    Action.UID: "new UID",
    Action.CLEAN: "cleaned",
    Action.SHIFT: "moved",
}
"""The same in one word, for tables."""


def answer(survey: Survey, with_texts: bool) -> dict[str, Any]:
    """Everything that was counted, the most frequent first.

    `with_texts` adds what people typed (descriptions, words, unknown creators), which may identify.
    """
    texts: dict[str, Any] = {
        "descriptions": [
            {"attribute": each.attribute, "before": each.before, "after": each.after, "objects": count}
            for each, count in survey.descriptions.most_common()
        ],
        "words_dropped": dict(survey.words.most_common()),
    }
    return {
        "objects": survey.objects,
        "attributes": _actions(survey.attributes),
        "lost_without_a_rule": [
            _met(met, count) for met, count in survey.no_rule().most_common() if met.action in _LOST
        ],
        "kept_by_their_kind": [
            _met(met, count) for met, count in survey.no_rule().most_common() if met.action not in _LOST
        ],
        "private": _private(survey, with_texts),
        "devices": [{**device._asdict(), "objects": count} for device, count in survey.devices.most_common()],
        "inspected": [
            {"modality": modality, "pixels": look, "objects": count}
            for (look, modality), count in survey.looks.most_common()
        ],
        "held": [
            {"reason": reason, "because": where, "objects": count}
            for (reason, where), count in survey.stops.most_common()
        ],
        "texts_that_lose_words": len(survey.descriptions),
        "distinct_words_dropped": len(survey.words),
        **(texts if with_texts else {}),
    }


_LOST = frozenset({Action.REMOVE, Action.EMPTY, Action.DUMMY})


def _actions(attributes: Counter[Met]) -> dict[str, int]:
    """How many attributes meet each action."""
    return {
        WORDS[action]: count for action, count in Counter(action for _, action, _ in attributes).most_common()
    }


def _met(met: Met, count: int) -> dict[str, Any]:
    return {
        "attribute": met.attribute,
        "meets": SHORT[met.action],
        "because": met.basis.value,
        "objects": count,
    }


def _private(survey: Survey, with_texts: bool) -> list[dict[str, Any]]:
    """Each creator: how many of its elements were met, how many are kept, in how many objects at most."""
    by_creator: dict[str, Counter[str]] = {}
    for each, count in survey.private.items():
        is_known = " " in each.element
        name = each.creator if is_known or with_texts else "(unknown)"
        counts = by_creator.setdefault(name or "(nobody reserved the block)", Counter())
        counts["elements"] += 1
        counts["kept"] += each.is_kept
        counts["objects"] = max(counts["objects"], count)
    ordered = sorted(by_creator.items(), key=lambda item: -item[1]["objects"])
    return [{"creator": name, **counts} for name, counts in ordered]
