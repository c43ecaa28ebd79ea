"""What becomes of the text of one value: decoded, cleaned value by value, and encoded again.

Source: PS3.5 6.1 (character repertoires), 6.2 (lengths of VRs), 6.4 (which VRs take several values).
"""

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from tirage.deidentify.text.cleaner import Cleaner
from tirage.deidentify.text.fold import fold, normalise
from tirage.dicom.charsets import Charset

LONGEST = {b"AE": 16, b"CS": 16, b"SH": 16, b"LO": 64, b"ST": 1024, b"LT": 10240}
"""Characters of one value; other VRs of text have no limit that a file reaches."""

MULTIPLE = frozenset({b"AE", b"CS", b"LO", b"PN", b"SH", b"UC"})
"""VRs in which a backslash stands between values; in others it is text."""

FREE = frozenset({b"LO", b"LT", b"SH", b"ST", b"UC", b"UT"})
"""VRs of text in which a name can stand beside words."""

LARGEST_CLEANED = 1 << 20
"""Bytes of a text that are read word by word; a larger one counts as one that cannot be judged."""


_WORDY = re.compile(r"[A-Za-z]*|(?=[ -~]*\Z).*[A-Za-z]{3}.*")
"""Values that may stay beside a refused one: short numbers next to each other may make a long one."""

_MAPPED_UID = re.compile(r" ?(?<![\w.])2\.25\.\d{30,39}(?![\w.]\w)")


class Cleaned(NamedTuple):
    """What stays of a value, without padding, and whether all that was in it could be judged."""

    value: bytes
    is_judged: bool


def clean(
    cleaner: Cleaner,
    charset: Charset,
    vr: bytes,
    content: bytes | None,
    accepts: Callable[[bytes], bool] | None = None,
) -> Cleaned:
    """What stays of a text value, None for one too large to be read; `b""` when nothing does.

    Of several values, those that `accepts` takes stay as they are.
    """
    if content is None or len(content) > LARGEST_CLEANED:
        return Cleaned(b"", is_judged=False)
    text, is_read = _decoded(charset, content)
    before = [part.strip(" \0") for part in (text.split("\\") if vr in MULTIPLE else [text])]
    if len(before) == 1:
        accepts = None  # the whole was not accepted
    after, is_judged = [], True
    for part in before:
        if accepts is not None and _WORDY.fullmatch(part) and accepts(part.encode("ascii")):
            after.append(part)
            continue
        cleaned = cleaner.clean(part)
        after.append(cleaned.text.strip(" "))
        is_judged &= cleaned.is_judged
    if is_read and before == after:
        return Cleaned(content.rstrip(b" \0"), is_judged)
    kept = [
        encode(charset, fitted(new, max(LONGEST.get(vr, len(new)), len(old))))
        for old, new in zip(before, after, strict=True)
    ]
    return Cleaned(b"\\".join(kept) if any(kept) else b"", is_judged)


def names_patient(cleaner: Cleaner, charset: Charset, content: bytes) -> bool:
    """Whether a text that may be kept as it is names the patient, or somebody of the patient's record."""
    text, _ = _decoded(charset, content[:LARGEST_CLEANED])
    return cleaner.own.is_named(fold(normalise(text)))


def encode(charset: Charset, text: str) -> bytes:
    """The text as the object's character set writes it without escapes; letters it lacks lose their marks."""
    if text.isascii():
        return text.encode("ascii")
    try:
        return text.encode(charset.first if charset.known else "ascii")
    except UnicodeEncodeError:
        plain = unicodedata.normalize("NFKD", text)
        return plain.encode("ascii", "ignore")


def fitted(text: str, longest: int) -> str:
    """The text; when it is longer than its VR allows, without UIDs, and cut between words."""
    if len(text) <= longest:
        return text
    # A UID says less than the words it would push out.
    text = _MAPPED_UID.sub("", text).strip(" ")
    if len(text) <= longest:
        return text
    return text[: longest + 1].rpartition(" ")[0].rstrip()


def _decoded(charset: Charset, content: bytes) -> tuple[str, bool]:
    """The text, and whether it says so in the declared character set.

    Bytes that do not fit it are most often UTF-8 that nobody declared.
    """
    text, is_read = charset.decode(content)
    if not is_read and b"\x1b" not in content:
        try:
            return content.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return text, is_read
