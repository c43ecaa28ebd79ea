"""What a project does to text, pixels and documents, and where it departs from the profile, in words."""

from tirage.policy.departures import Departures, Kept, When
from tirage.policy.fields import Pdf, Project, Unjudged
from tirage.policy.options import Option
from tirage.policy.overlay import CODES
from tirage.policy.profile import Profile
from tirage.policy.regions import Signature, Unexplained
from tirage.policy.standard import dictionary


def wording(project: Project, profile: Profile) -> tuple[str, ...]:
    """What happens to text, reports and drawings."""
    options = project.deidentify.options
    lines = []
    if Option.CLEAN_DESCRIPTORS in options:
        number = sum(profile.decision(tag).code == "C" for tag in dictionary())
        lines.append(
            f"{number} text attributes keep their clinical words; the patient's own identifiers, names, "
            "dates, numbers of records and whatever word is not known go"
        )
    else:
        lines.append("Descriptions and comments are removed, emptied or replaced: no text is cleaned")
    if Option.CLEAN_STRUCTURED_CONTENT in options:
        lines.append(
            "Structured reports keep their tree, numbers, codes and references; persons, organisations and "
            "identifiers in them are replaced, their text is cleaned"
        )
    else:
        lines.append("Structured reports are held for a person")
    if Option.CLEAN_GRAPHICS in options:
        lines.append("Drawings over pictures stay, their text cleaned; overlay and curve planes are removed")
    else:
        lines.append("Drawings over pictures, overlay and curve planes are removed")
    held = "emptied" if project.text.unjudged is Unjudged.EMPTY else "held for a person"
    lines.append(f"Text in a script or an encoding nobody here can judge: {held}")
    return tuple(lines)


def pixels(project: Project) -> tuple[str, ...]:
    """What happens to burned-in text and to faces."""
    options = project.deidentify.options
    if Option.CLEAN_PIXELS in options:
        left = "held for a person" if project.pixels.unexplained is Unexplained.HOLD else "painted over"
        lines = [
            "Objects that may show text are looked at in every frame: text is painted over, but for words "
            "that name nobody (sides, scales, units)",
            f"What looks like text and cannot be read: {left}",
            "Pixels outside what is painted over stay exactly as they are",
        ]
        for rule in project.pixels.devices:
            boxes = ", ".join(
                f"columns {box.x0} to {box.x1 - 1}, rows {box.y0} to {box.y1 - 1}" for box in rule.boxes
            )
            because = f", because: {rule.because}" if rule.because else ""
            lines.append(f"Painted over for {_signature(rule.when)}: {boxes}{because}")
    else:
        lines = ["Objects that may show text are held for a person"]
    if Option.CLEAN_FEATURES in options:
        lines.append("Faces are reported, NOT removed: no output claims that they are")
    return tuple(lines)


def documents(project: Project) -> tuple[str, ...]:
    """What happens to encapsulated documents and video."""
    if project.documents.pdf is Pdf.REDACT:
        pdf = "PDF: made anew from the pages as pictures, text painted over where it names someone"
    else:
        pdf = "PDF: held for a person"
    return (pdf, "Other encapsulated documents, video and sound are held for a person")


def departures(project: Project) -> tuple[str, ...]:
    """Every departure from the profile and for which objects."""
    lines = _departures_of(project.deidentify)
    if listed := project.deidentify.only:
        lines.insert(0, f"only these attributes may stay: {', '.join(listed)}")
    for overlay in project.deidentify.overlays:
        meant = _signature(overlay.when)
        lines += [f"for {meant}: {line}" for line in _departures_of(overlay)]
    return tuple(lines) or ("None",)


def _departures_of(part: Departures) -> list[str]:
    lines = []
    for field in CODES:
        for departure in getattr(part, field):
            listed = departure.values if isinstance(departure, Kept) else ()
            values = f" only as {', '.join(listed)}" if listed else ""
            because = f", because: {departure.because}" if departure.because else ""
            lines.append(f"{field} {departure.attribute}{values}{because}")
    for element in part.private:
        place = f"({element.group:04X},xx{element.element:02X}) of {element.creator}"
        lines.append(f"keep private {place}, because: {element.because}")
    return lines


def _signature(when: When | Signature) -> str:
    """The objects meant: `modality MR, manufacturer Siemens or GE`."""
    parts = []
    for name in type(when).model_fields:
        value = getattr(when, name)
        if value:
            listed = " or ".join(value) if isinstance(value, tuple) else str(value)
            parts.append(f"{name.replace('_', ' ')} {listed}")
    return ", ".join(parts)
