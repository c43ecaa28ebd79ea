"""What de-identification does with each SOP class and transfer syntax, asked of the code that decides it."""

from collections.abc import Iterator

from tirage.cli.deid.project import DEFAULT_PROJECT
from tirage.deidentify.coded import CODECS
from tirage.deidentify.recode import target_of
from tirage.deidentify.risk import Look, risk_of
from tirage.dicom.elements import BytesSource, FileRange, Header
from tirage.dicom.shape import Shape
from tirage.dicom.syntaxes import TransferSyntax, transfer_syntaxes
from tirage.model.outcomes import Passed
from tirage.policy.attributetypes import has_attribute
from tirage.policy.profile import compile_profile
from tirage.policy.project import load_project

PIXELS, DOCUMENT = 0x7FE00010, 0x00420011
SEQUENTIAL = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
SAYS = {
    Look.NOTHING: "released: attributes and text by the profile; pixels, if any, kept bit for bit",
    Look.INSPECT: "inspected: every frame is read, what may name somebody is blanked; held in doubt",
}


def treatment() -> str:
    """Each storage SOP class and what the default profile does with a plain object of it."""
    from pydicom.uid import UID

    from tirage.network.offers import storage_classes

    profile = compile_profile(load_project(DEFAULT_PROJECT))
    rows = []
    for uid in storage_classes():
        outcome = risk_of(_plain(uid), profile)
        if isinstance(outcome, Passed):
            done = SAYS[outcome.value]
        else:
            kinds = ", ".join(finding.kind for finding in outcome.findings)
            done = f"held [{outcome.reason}](holds.md#{outcome.reason.lower()}): {kinds}"
        rows.append((done, UID(uid).name, uid))
    order = [*SAYS.values(), *sorted({done for done, _, _ in rows} - set(SAYS.values()))]
    lines = []
    for done in order:
        classes = sorted((name, uid) for said, name, uid in rows if said == done)
        if classes:
            lines += [f"**{done[0].upper()}{done[1:]}** ({len(classes)} classes)", ""]
            lines += [", ".join(name if name != uid else f"`{uid}`" for name, uid in classes), ""]
    return "\n".join(lines)


def blanking() -> str:
    """How rectangles are blanked in each transfer syntax."""
    rows = [f"| {syntax.name} | {done} |" for syntax, done in _blanked()]
    return "\n".join(["| transfer syntax | where something is blanked |", "|---|---|", *rows, ""])


def _blanked() -> Iterator[tuple[TransferSyntax, str]]:
    for uid, syntax in transfer_syntaxes().items():
        if syntax.by_reference:
            continue
        if syntax.big_endian:
            done = "quarantined `UNSUPPORTED_TS`"
        elif not syntax.encapsulated:
            done = "the samples are overwritten in place"
        elif syntax.codec not in CODECS:
            done = "held `PIXELS_UNCHECKED`: frames of this codec are not followed"
        elif uid in SEQUENTIAL:
            done = "8 bits: blocks are replaced in the compressed domain, all others keep their coefficients"
        else:
            target = target_of(syntax, Shape(512, 512, 1, 1, "MONOCHROME2", 0, 16, 12, 11, False, False))
            name = transfer_syntaxes()[target.uid].name if target is not None else ""
            done = f"changed frames are decoded and written as {name}, and compared" if name else "held"
        yield syntax, done


def _plain(uid: str) -> Header:
    """An object of the class with nothing but its class, and pixels or a document where its IOD has them."""
    values = {0x00080016: uid, 0x00280004: "MONOCHROME2", 0x00280002: "1"}
    if has_attribute(uid, DOCUMENT, is_nested=False):
        values[DOCUMENT] = "document"
    buffer, elements = b"", []
    for tag, text in values.items():
        start = len(buffer)
        buffer += text.encode()
        vr = b"IS" if tag == 0x00280002 else b"CS"
        elements.append((tag, vr, start, start, len(buffer), 0))
    header = Header(BytesSource(b""), buffer, elements)
    header.transfer_syntax = "1.2.840.10008.1.2.1"
    if has_attribute(uid, PIXELS, is_nested=False):
        header.pixel = FileRange(0, 0)
    return header
