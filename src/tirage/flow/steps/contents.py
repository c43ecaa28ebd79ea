"""Write what describes a release: its tables, its account, its sums, and the seal over all of it.

Everything is read from the released objects and from what was fixed when the release was frozen: written
again, the files are the same.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from tirage.deliver import lists, manifest, seal, tables
from tirage.deliver.account import Origin, Rows, account
from tirage.deliver.codebook import codebook
from tirage.deliver.croissant import croissant
from tirage.deliver.linker import Link
from tirage.deliver.linker import write as write_links
from tirage.deliver.readme import readme
from tirage.deliver.release import Member, Release
from tirage.deliver.seal import Seal
from tirage.deliver.technical import values
from tirage.dicom.elements import Malformed, read_header
from tirage.dicom.sources import FileSource
from tirage.flow.context import Context
from tirage.flow.steps.evidence import detectors
from tirage.model.identifiers import Digest, Uid
from tirage.store import candidates, linked, releases
from tirage.store.database import reading
from tirage.store.signing import SigningKey

_SHEETS = (lists.STUDIES, lists.SERIES, lists.INSTANCES)
_PROCEDURE = "procedure_occurrence_id"
_FIRST_ROW = 2  # of what lies below the heading, as requests count


@dataclass(slots=True)
class _Reader:
    """Reads released objects one after the other, and counts those whose header says nothing."""

    folder: Path
    unread: int = field(default=0)

    def read(self, members: Sequence[Member]) -> Iterator[tuple[Member, tables.Row]]:
        for member in members:
            with FileSource.open(self.folder / member.name) as source:
                try:
                    yield member, values(read_header(source))
                except Malformed:
                    self.unread += 1
                    yield member, tables.NOTHING


def describe(context: Context, release: Release, number: int, part: Path, key: SigningKey) -> None:
    """Write every list of the release into its folder, whose objects and tables are there already."""
    with reading(context.database) as connection:
        origin = _origin(connection, context, release, number)
        before = releases.before(connection, number, {each.output.study for each in release.members})
    digests: dict[str, Digest] = {}
    if lists.RELEASE in release.lists:
        _tables(context, release, number, part, origin, before, digests)
    for name, content in (
        (lists.MANIFEST, manifest.summary(release, context.software, key.id)),
        (lists.TABLE, manifest.table(release)),
    ):
        digests[name] = _put(part / name, content)
    digests[lists.SUMS] = _put(part / lists.SUMS, manifest.checksums(release, digests))
    if lists.SEAL in release.lists:
        signature = key.sign(seal.message(digests))
        _put(part / lists.SEAL, seal.written(Seal(key.id, key.public, signature)))


def _tables(
    context: Context,
    release: Release,
    number: int,
    part: Path,
    origin: Origin,
    before: dict[Uid, int],
    digests: dict[str, Digest],
) -> None:
    linked_rows = None
    if lists.LINKER in release.lists:
        found = _links(context, release, number)
        linked_rows = len(found)
        with (part / lists.LINKER).open("xb") as file:
            write_links(found, file)
    about = {"format": manifest.FORMAT, "project": release.project, "version": release.label}
    reader = _Reader(part)
    paths = [part / name for name in _SHEETS]
    with paths[0].open("xb") as studies, paths[1].open("xb") as series, paths[2].open("xb") as instances:
        counts = tables.write(reader.read(release.members), before, (studies, series, instances), about)
    digests |= {name: _keep(part / name) for name in (*_SHEETS, lists.LINKER) if name in release.lists}
    digests[lists.CODEBOOK] = _put(part / lists.CODEBOOK, codebook(release.lists))
    digests[lists.README] = _put(part / lists.README, readme(release, origin.title))
    digests[lists.CROISSANT] = _put(part / lists.CROISSANT, croissant(release, origin.title, digests))
    rows = Rows(*counts, reader.unread, linked_rows)
    digests[lists.RELEASE] = _put(part / lists.RELEASE, account(release, origin, rows, before, dict(digests)))


def _origin(connection: Connection, context: Context, release: Release, number: int) -> Origin:
    row = candidates.of_release(connection, number)
    evidence: dict[str, Any] = orjson.loads(row.evidence) if row is not None else {}
    about = evidence.get("rules", {}).get("project", {})
    return Origin(
        title=str(about.get("title") or release.project),
        statement=row.statement if row is not None else "",
        evidence=evidence,
        detectors=evidence.get("detectors") or detectors(context.software, release.edition),
        software=context.software,
    )


def _links(context: Context, release: Release, number: int) -> list[Link]:
    """Every procedure whose study is released; its identifier from the table that came with the list.

    The project's first linker makes up for the versions before it.
    """
    import pyarrow
    from pyarrow import parquet

    beside = {int(each.name.split("/")[1]) for each in release.attachments}
    with reading(context.database) as connection:
        row = releases.get(connection, number)
        sources = linked.procedures(connection, row)
        earlier = [each for each in releases.listed(connection, row.project) if each.version < row.version]
        if not any(lists.LINKER in lists.named(each.lists) for each in earlier):
            beside |= {each.cohort for each in sources}
        found = linked.links(connection, row, sources, beside)
    links: list[Link] = []
    for source in sources:
        wanted = [each for each in found if each.cohort == source.cohort]
        path = context.objects.path(source.digest)
        name = next(each for each in parquet.read_schema(path).names if each.casefold() == _PROCEDURE)
        places = pyarrow.array([each.row - _FIRST_ROW for each in wanted], pyarrow.int64())
        keys = parquet.read_table(path, columns=[name]).column(name).take(places).to_pylist()
        links += [
            (key, each.study, each.pseudonym, each.cohort) for key, each in zip(keys, wanted, strict=True)
        ]
    return links


def _put(path: Path, content: bytes) -> Digest:
    path.write_bytes(content)
    return _keep(path)


def _keep(path: Path) -> Digest:
    """Make a written file durable and read-only; its digest."""
    path.chmod(0o444)
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return Digest(hashlib.file_digest(file, "sha256").hexdigest())
