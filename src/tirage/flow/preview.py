"""What de-identification would do to one object, and why, for people to read."""

from dataclasses import dataclass

from tirage.deidentify.changes import Change, path_of
from tirage.deidentify.content import decided
from tirage.deidentify.look.devices import fits
from tirage.deidentify.plan import Planner
from tirage.deidentify.risk import Look, risk_of
from tirage.dicom.dictionary import keyword_of
from tirage.dicom.header import Header
from tirage.flow.compare.values import cut
from tirage.flow.steps.deidentify import words_of
from tirage.flow.steps.reading import kind_of, profile_for
from tirage.flow.survey.answer import WORDS
from tirage.link.identify import identifiers_of
from tirage.link.pseudonym import stand_in_link
from tirage.model.outcomes import Passed
from tirage.model.pixels import NO_MASK, Mask
from tirage.model.records import Confidential, Finding
from tirage.policy.actions import Action
from tirage.policy.decisions import Decision
from tirage.policy.devices import device_rules
from tirage.policy.profile import Profile


@dataclass(frozen=True, slots=True, repr=False)
class Entry(Confidential):
    """One change; `before` and `after` identify and are for the eyes of the identified zone only.

    `words_gone` counts what cleaning takes from a text.
    """

    path: str
    action: str
    rule: str
    words_gone: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the object as a whole: `reason` why it is held, empty when it may go on.

    `looked` when its pixels are read for text; `mask` is what is blanked then. `devices` and `overlays` say
    which of the rules and of the project's overlays are for this object.
    """

    reason: str
    looked: bool
    findings: tuple[Finding, ...] = ()
    mask: Mask = NO_MASK
    devices: tuple[str, ...] = ()
    overlays: tuple[str, ...] = ()


def preview(header: Header, profile: Profile) -> list[Entry]:
    """The changes to one object under a link that stands for the real one: action and rule are the same."""
    profile = profile_for(header, profile)
    planner = _planner(header, profile)
    by_concept = decided(header, profile.options)
    return [
        _entry(header, change, change.action, profile, change.element in by_concept)
        for change in planner.plan(header)
        if change.action is not None
    ]


def judge(header: Header, profile: Profile) -> Verdict:
    """Whether the object may go on, and what looking at its pixels finds; reads every frame when it must."""
    profile, project = profile_for(header, profile), profile.project
    rules = (*device_rules(), *project.pixels.devices)
    devices = tuple(rule.because or "a rule of the project" for rule in rules if fits(header, rule.when))
    overlays = tuple(
        f"overlay {number} of the project"
        for number, overlay in enumerate(project.deidentify.overlays, start=1)
        if overlay.when.fits(*kind_of(header.text))
    )
    risk = risk_of(header, profile)
    if not isinstance(risk, Passed):
        return Verdict(risk.reason.value, False, tuple(risk.findings), overlays=overlays)
    if risk.value is Look.NOTHING:
        return Verdict("", False, overlays=overlays)
    from tirage.deidentify.look.inspect import inspect

    planner = _planner(header, profile)
    seen = inspect(header, profile, planner.cleaner, planner.identifiers)
    if not isinstance(seen, Passed):
        return Verdict(seen.reason.value, True, tuple(seen.findings), NO_MASK, devices, overlays)
    return Verdict("", True, seen.value.findings, seen.value.mask, devices, overlays)


def _planner(header: Header, profile: Profile) -> Planner:
    project = profile.project
    link = stand_in_link(project.name, project.dates.max_shift_days)
    return Planner(profile, link, words_of(profile.hidden(identifiers_of(header))))


def _entry(header: Header, change: Change, action: Action, profile: Profile, by_concept: bool) -> Entry:
    is_new = change.element < 0
    before = "" if is_new else _shown(header, header.value(change.element))
    after = _shown(header, change.data[8:]) if isinstance(change.data, bytes) else ""
    rule = _rule(profile.decision(change.tag))
    if is_new or by_concept:
        rule = "states what was done" if is_new else "content item: decided by its concept name"
    return Entry(
        path=keyword_of(change.tag) if is_new else path_of(header, change.element),
        action="added" if is_new else WORDS[action],
        rule=rule,
        words_gone=max(0, len(before.split()) - len(after.split())) if action is Action.CLEAN else 0,
        before=cut(before),
        after=cut(after),
    )


def _rule(decision: Decision) -> str:
    return f"{decision.basis.value}: {decision.why}"


def _shown(header: Header, value: bytes) -> str:
    text = header.charset.read(value).strip(" \0")
    return "".join(character if character.isprintable() else "·" for character in text)
