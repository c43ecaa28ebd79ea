"""QIDO-RS (PS3.18 10.6): a query as parameters, answers page by page as text by tag."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from tirage.model.archives import ArchiveContradicts
from tirage.network.dicomweb.client import Client
from tirage.network.scu.find import MOST_ANSWERS, Answer

PAGE: Final = 500


def search(client: Client, path: str, keys: Mapping[int, str], page: int = PAGE) -> list[Answer]:
    """Every answer; keys with an empty value are asked to be returned.

    Servers cut answers at limits of their own, some without saying so: pages are asked for until one brings
    nothing new, which also ends with a server that ignores `offset`.
    """
    matches = [(f"{tag:08X}", value) for tag, value in keys.items() if value]
    fields = [("includefield", f"{tag:08X}") for tag in keys]
    found: list[Answer] = []
    known: set[bytes] = set()
    while True:
        window = [("limit", str(page)), ("offset", str(len(found)))]
        answers, _ = client.ask(path, [*matches, *fields, *window])
        before = len(known)
        for answer in answers:
            known.add(orjson.dumps(answer, option=orjson.OPT_SORT_KEYS))
            found.append(_texts(answer, keys))
        if len(found) > MOST_ANSWERS:
            raise ArchiveContradicts(f"more than {MOST_ANSWERS:,} answers to one query")
        if len(known) == before:
            return found


def _texts(answer: Any, keys: Mapping[int, str]) -> Answer:
    if not isinstance(answer, dict):
        raise ArchiveContradicts("an answer is no data set")
    texts = {tag: "\\".join(_values(answer.get(f"{tag:08X}"))) for tag in keys}
    return {tag: text for tag, text in texts.items() if text}


def _values(element: Any) -> Iterator[str]:
    """The values of an element of DICOM JSON (PS3.18 F.2) as text."""
    values = element.get("Value") if isinstance(element, dict) else None
    for value in values if isinstance(values, list) else ():
        if isinstance(value, dict):
            groups = (value.get(name, "") for name in ("Alphabetic", "Ideographic", "Phonetic"))
            yield "=".join(str(group) for group in groups).rstrip("=")
        elif value is not None:
            yield str(value).strip(" \0")
