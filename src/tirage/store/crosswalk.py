"""The crosswalk: which pseudonym stands for whom, in a database of its own that only the master key opens.

Columns show a project's name and numbers that are random to whoever lacks the key. Losing the key or this
database breaks the link between research data and patients for good, so neither is ever made anew in passing:
`create_crosswalk` is an explicit act, everything else refuses.
"""

import os
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import postgresql, sqlite

from tirage.errors import Permanent
from tirage.link.conflict import conflicts
from tirage.link.normalise import is_placeholder, normalised_id, patient_key
from tirage.link.pseudonym import (
    DEFAULT_SHIFT_DAYS,
    keyed_pseudonym,
    make_link,
    project_key,
    random_pseudonym,
    supplied_pseudonym,
)
from tirage.model.identifiers import ProjectName, Pseudonym
from tirage.model.outcomes import Held, Outcome, Passed
from tirage.model.reasons import HoldReason
from tirage.model.records import Confidential, Link, PatientIdentity
from tirage.store.database import reading, repeated
from tirage.store.keys import MasterKey
from tirage.store.sealing import SealBroken, Sealer

VERSION = 1
_CANARY = b"tirage crosswalk canary"
_BATCH = 500
"""Values in one query: SQLite takes 32,766, PostgreSQL plans long lists slowly."""

_METADATA = sa.MetaData()
_BINARY = sa.LargeBinary

_SELF = sa.Table(
    "crosswalk",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True, comment="always 1"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("key_id", sa.String(16), nullable=False, comment="which master key opens this crosswalk"),
    sa.Column("canary", _BINARY, nullable=False, comment="sealed known text: a wrong key cannot open it"),
)
_PATIENT = sa.Table(
    "crosswalk_patient",
    _METADATA,
    sa.Column("project", sa.String(64), primary_key=True),
    sa.Column("lookup", _BINARY, primary_key=True, comment="HMAC of project, issuer and patient identifier"),
    sa.Column("pseudonym_lookup", _BINARY, nullable=False, comment="HMAC of project and pseudonym"),
    sa.Column("sealed", _BINARY, nullable=False, comment="identity and pseudonym, AES-256-GCM"),
    sa.UniqueConstraint("project", "pseudonym_lookup"),
)
_SEEN = sa.Table(
    "crosswalk_seen",
    _METADATA,
    sa.Column("project", sa.String(64), primary_key=True),
    sa.Column("lookup", _BINARY, primary_key=True),
    sa.Column("said_lookup", _BINARY, primary_key=True, comment="HMAC of the demographics as received"),
    sa.Column("sealed", _BINARY, nullable=False, comment="demographics as received, AES-256-GCM"),
    sa.ForeignKeyConstraint(
        ["project", "lookup"], ["crosswalk_patient.project", "crosswalk_patient.lookup"], ondelete="CASCADE"
    ),
)


class Scheme(StrEnum):
    """Where a project's pseudonyms come from."""

    RANDOM = "random"
    KEYED = "keyed"
    SUPPLIED = "supplied"


class CrosswalkMissing(Permanent):
    """There is no crosswalk where one is expected."""

    code = "CROSSWALK_MISSING"
    exit_code = 78
    remedy = "Restore the crosswalk from its backup. Only for a new node: `tirage init`."


class CrosswalkExists(Permanent):
    """A crosswalk is already there; it is never overwritten."""

    code = "CROSSWALK_EXISTS"
    exit_code = 73
    remedy = "Use the existing crosswalk."


class CrosswalkVersion(Permanent):
    """The crosswalk was written by another version of Tirage."""

    code = "CROSSWALK_VERSION"
    exit_code = 78
    remedy = "Install the version of Tirage that last wrote this crosswalk, or a later one."


class WrongKey(Permanent):
    """The master key is not the one this crosswalk was made with."""

    code = "WRONG_KEY"
    exit_code = 78
    remedy = "Restore the key file whose id `tirage keys check` names."


def create_crosswalk(engine: Engine, master: MasterKey) -> None:
    """Make an empty crosswalk for this key; raises `CrosswalkExists`."""
    canary = Sealer(master.secret).seal(_CANARY, b"canary")
    if engine.dialect.name == "sqlite" and engine.url.database:
        # SQLite would take the umask; its journal files take the mode of this one.
        Path(engine.url.database).touch(mode=0o600, exist_ok=True)

    def unit(connection: Connection) -> None:
        _METADATA.create_all(connection)
        row = {"id": 1, "version": VERSION, "key_id": master.info.id, "canary": canary}
        # The row count is not told by every driver.
        insert = _insert(connection, _SELF).values(row).on_conflict_do_nothing().returning(_SELF.c.id)
        if connection.execute(insert).first() is None:
            raise CrosswalkExists("a crosswalk is already there")

    repeated(engine, unit)


def expected_key_id(engine: Engine) -> str:
    """The id of the master key that opens this crosswalk; raises `CrosswalkMissing`."""
    return str(_self(engine).key_id)


@dataclass(frozen=True, slots=True, repr=False)
class _Entry(Confidential):
    """One identity and the numbers it is found under."""

    identity: PatientIdentity
    lookup: bytes
    said_lookup: bytes
    is_apart: bool


@dataclass(frozen=True, slots=True, repr=False)
class _Known(Confidential):
    """What the crosswalk holds of one patient; `seen` by the number of each set of demographics."""

    pseudonym: Pseudonym
    seen: dict[bytes, PatientIdentity]


@dataclass(frozen=True, slots=True, repr=False)
class _Mint(Confidential):
    """Makes the pseudonym of a patient who has none yet."""

    key: bytes
    scheme: Scheme
    prefix: str
    supplied: Mapping[str, str]

    def __call__(self, identity: PatientIdentity, is_apart: bool) -> Pseudonym | None:
        match self.scheme:
            case Scheme.RANDOM:
                return random_pseudonym(os.urandom(16), self.prefix)
            case Scheme.KEYED:
                return keyed_pseudonym(self.key, identity, self.prefix, is_apart=is_apart)
            case Scheme.SUPPLIED if is_apart:
                return None  # a list of identifiers cannot tell two people of one identifier apart
            case Scheme.SUPPLIED:
                text = self.supplied.get(normalised_id(identity.patient_id), "")
                return supplied_pseudonym(text) if text.strip() else None


class Crosswalk:
    """An open crosswalk.

    Opening raises `CrosswalkMissing`, `CrosswalkVersion`, or `WrongKey`: never is a fresh one made instead.
    """

    def __init__(self, engine: Engine, master: MasterKey) -> None:
        row = _self(engine)
        if row.version != VERSION:
            raise CrosswalkVersion(f"this crosswalk has version {row.version}, expected {VERSION}")
        self._sealer = Sealer(master.secret)
        try:
            canary = self._sealer.open(row.canary, b"canary")
        except SealBroken as error:
            raise WrongKey(f"the crosswalk needs key {row.key_id}, not {master.info.id}") from error
        if canary != _CANARY:
            raise WrongKey(f"the crosswalk needs key {row.key_id}, not {master.info.id}")
        self._engine = engine
        self._master = master

    def __repr__(self) -> str:
        return "<Crosswalk, hidden>"

    def link_for(
        self,
        project: ProjectName,
        identity: PatientIdentity,
        scheme: Scheme | str = Scheme.RANDOM,
        prefix: str = "",
        *,
        shift_days: int = DEFAULT_SHIFT_DAYS,
        supplied: Mapping[str, str] | None = None,
        is_apart: bool = False,
    ) -> Outcome[Link]:
        """What replaces one patient; see `links_for`."""
        return self.links_for(
            project, (identity,), scheme, prefix, shift_days=shift_days, supplied=supplied, are_apart=is_apart
        )[0]

    def links_for(
        self,
        project: ProjectName,
        identities: Sequence[PatientIdentity],
        scheme: Scheme | str = Scheme.RANDOM,
        prefix: str = "",
        *,
        shift_days: int = DEFAULT_SHIFT_DAYS,
        supplied: Mapping[str, str] | None = None,
        are_apart: bool = False,
    ) -> list[Outcome[Link]]:
        """What replaces each patient, in the same order; made when new, the same for ever after.

        `supplied` maps patient identifiers to pseudonyms somebody else chose. `are_apart`: somebody else has
        the same identifier, so that these are found by identifier and demographics together. Held: `MISSING_IDENTITY`
        without a patient identifier, `MISSING_PSEUDONYM` when none was supplied, `IDENTITY_CONFLICT` when
        the identifier is known with other demographics, or a supplied pseudonym is another patient's.
        Repeatable, and safe from many processes at once: the database decides who was first.
        """
        mint = _Mint(project_key(self._master.secret, project), Scheme(scheme), prefix, supplied or {})
        entries = [self._entry(project, identity, are_apart) for identity in identities]
        with reading(self._engine) as connection:
            known = self._load(connection, project, {entry.lookup for entry in entries})
        settled = {entry: self._settle(entry, known.get(entry.lookup)) for entry in entries}
        # The same order everywhere: two batches that overlap cannot wait for each other.
        new = sorted((e for e, s in settled.items() if s is None), key=lambda entry: entry.lookup)
        if new:
            settled |= repeated(self._engine, lambda c: {e: self._record(c, project, e, mint) for e in new})
        return [_outcome(settled[entry], project, mint.key, shift_days) for entry in entries]

    def _entry(self, project: ProjectName, identity: PatientIdentity, is_apart: bool) -> _Entry:
        patient = (project.encode(), patient_key(identity))
        said = tuple(text.encode() for text in (identity.name, identity.birth_date, identity.sex))
        return _Entry(
            identity,
            self._sealer.lookup("person", *patient, *said)
            if is_apart
            else self._sealer.lookup("patient", *patient),
            self._sealer.lookup("said", *patient, *said),
            is_apart,
        )

    def _load(self, connection: Connection, project: ProjectName, lookups: Set[bytes]) -> dict[bytes, _Known]:
        known: dict[bytes, _Known] = {}
        for chunk in _chunks(sorted(lookups)):
            rows = sa.select(_PATIENT).where(_PATIENT.c.project == project, _PATIENT.c.lookup.in_(chunk))
            for row in connection.execute(rows):
                content = self._open("patient", project, row.lookup, row.sealed)
                known[row.lookup] = _Known(Pseudonym(content["pseudonym"]), {})
            rows = sa.select(_SEEN).where(_SEEN.c.project == project, _SEEN.c.lookup.in_(chunk))
            for row in connection.execute(rows):
                content = self._open("seen", project, row.lookup, row.sealed)
                # A patient may have been committed between the two queries; the writing transaction decides.
                if row.lookup in known:
                    known[row.lookup].seen[row.said_lookup] = _identity(content)
        return known

    def _settle(self, entry: _Entry, known: _Known | None) -> Pseudonym | HoldReason | None:
        """The pseudonym or why there is none; None when something must be written first."""
        if is_placeholder(entry.identity.patient_id):
            return HoldReason.MISSING_IDENTITY
        if known is None:
            return None
        if entry.said_lookup in known.seen:
            return known.pseudonym
        return conflicts(known.seen.values(), entry.identity)

    def _record(
        self, connection: Connection, project: ProjectName, entry: _Entry, mint: _Mint
    ) -> Pseudonym | HoldReason:
        pseudonym = mint(entry.identity, entry.is_apart)
        if pseudonym is None:
            return HoldReason.MISSING_PSEUDONYM
        content = {
            "patient_id": normalised_id(entry.identity.patient_id),
            "issuer": normalised_id(entry.identity.issuer),
            "pseudonym": pseudonym,
        }
        connection.execute(
            _insert(connection, _PATIENT)
            .values(
                project=project,
                lookup=entry.lookup,
                pseudonym_lookup=self._sealer.lookup("pseudonym", project.encode(), pseudonym.encode()),
                sealed=self._seal("patient", project, entry.lookup, content),
            )
            .on_conflict_do_nothing()
        )
        # Whoever came first has the row; the lock keeps the demographics of one patient in one order.
        lock = sa.select(_PATIENT.c.project).where(
            _PATIENT.c.project == project, _PATIENT.c.lookup == entry.lookup
        )
        connection.execute(lock.with_for_update())
        known = self._load(connection, project, {entry.lookup}).get(entry.lookup)
        if known is None:
            return HoldReason.IDENTITY_CONFLICT  # the pseudonym is another patient's
        settled = self._settle(entry, known)
        if settled is not None:
            return settled
        connection.execute(
            _insert(connection, _SEEN).values(
                project=project,
                lookup=entry.lookup,
                said_lookup=entry.said_lookup,
                sealed=self._seal("seen", project, entry.lookup, _demographics(entry.identity)),
            )
        )
        return known.pseudonym

    def _seal(self, kind: str, project: ProjectName, lookup: bytes, content: Mapping[str, object]) -> bytes:
        return self._sealer.seal(orjson.dumps(content), _place(kind, project, lookup))

    def _open(self, kind: str, project: ProjectName, lookup: bytes, sealed: bytes) -> dict[str, Any]:
        content = orjson.loads(self._sealer.open(sealed, _place(kind, project, lookup)))
        assert isinstance(content, dict)
        return content


def _outcome(
    settled: Pseudonym | HoldReason | None, project: ProjectName, key: bytes, shift_days: int
) -> Outcome[Link]:
    assert settled is not None
    if isinstance(settled, HoldReason):
        return Held(settled)
    return Passed(make_link(key, project, settled, shift_days))


def _demographics(identity: PatientIdentity) -> dict[str, object]:
    return {
        "patient_id": identity.patient_id,
        "issuer": identity.issuer,
        "name": identity.name,
        "birth_date": identity.birth_date,
        "sex": identity.sex,
        "other_ids": identity.other_ids,
    }


def _identity(content: dict[str, Any]) -> PatientIdentity:
    return PatientIdentity(**(content | {"other_ids": tuple(content["other_ids"])}))


def _place(kind: str, project: ProjectName, lookup: bytes) -> bytes:
    return b"\0".join((kind.encode(), project.encode(), lookup))


def _chunks(lookups: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(lookups), _BATCH):
        yield lookups[start : start + _BATCH]


def _insert(connection: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _exists(connection: Connection) -> bool:
    return sa.inspect(connection).has_table(_SELF.name)


def _self(engine: Engine) -> sa.Row[Any]:
    # Connecting would leave an empty file where the crosswalk should be.
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        raise CrosswalkMissing("no crosswalk")
    with reading(engine) as connection:
        row = connection.execute(sa.select(_SELF)).one_or_none() if _exists(connection) else None
    if row is None:
        raise CrosswalkMissing("no crosswalk")
    return row
