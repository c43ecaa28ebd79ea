"""Reading a project's opt-out lists; one that cannot be read is never taken as empty."""

import codecs
from pathlib import Path

from tirage.acquire.optout import OptOuts, parse
from tirage.errors import Permanent
from tirage.policy.fields import Project


class OptOutUnreadable(Permanent):
    """A project's opt-out list is missing, empty or not text; nothing is fetched or released without it."""

    code = "OPT_OUT_UNREADABLE"
    exit_code = 66
    remedy = "Put the file named in `fetch.opt_out` below the projects folder: UTF-8, one identifier a line."


def read(folder: Path, project: Project) -> OptOuts:
    """Everyone on the lists of `project.fetch.opt_out` below `folder`; raises `OptOutUnreadable`.

    A file without a single line is refused: an export that was cut off looks just like it. A list that names
    nobody has its heading.
    """
    keys: frozenset[str] = frozenset()
    for number, name in enumerate(project.fetch.opt_out, start=1):
        try:
            text = _decoded((folder / name).read_bytes())
        except (OSError, UnicodeDecodeError) as error:
            raise OptOutUnreadable(f"list {number} of {project.name}: {type(error).__name__}") from None
        if not text.strip() or "\0" in text:
            raise OptOutUnreadable(f"list {number} of {project.name}: empty, or not text")
        keys |= parse(text)
    return OptOuts(keys)


def _decoded(content: bytes) -> str:
    # Spreadsheets write "Unicode text" as UTF-16.
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_wide else "utf-8-sig")
