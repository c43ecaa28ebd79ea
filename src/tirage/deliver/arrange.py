"""Where an object goes inside a release and at a destination."""

import re

from tirage.errors import Permanent
from tirage.model.records import Output

RESERVED = frozenset({"manifest.json", "manifest.json.sig", "manifest.parquet", "SHA256SUMS"})
"""Names in a release's folder that are not patients."""

_PSEUDONYM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_UID = re.compile(r"[0-9][0-9.]{0,63}")


class UnsafeName(Permanent):
    """A pseudonym or UID cannot stand in a path."""

    code = "UNSAFE_NAME"
    remedy = "Supplied pseudonyms may hold letters, digits, dot, hyphen and underscore, up to 64 of them."


def is_fit(pseudonym: str) -> bool:
    """Whether a pseudonym can be the name of a patient's folder."""
    return _PSEUDONYM.fullmatch(pseudonym) is not None and pseudonym not in RESERVED


def arrange(output: Output) -> str:
    """The object's path below a release: `<pseudonym>/<study>/<series>/<instance>.dcm`, forward slashes."""
    if not is_fit(output.pseudonym):
        raise UnsafeName("the pseudonym cannot be a folder's name")
    uids = (output.study, output.series, output.sop_instance)
    if not all(_UID.fullmatch(uid) for uid in uids):
        raise UnsafeName("a UID cannot be a folder's name")
    return f"{output.pseudonym}/{output.study}/{output.series}/{output.sop_instance}.dcm"
