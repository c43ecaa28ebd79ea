"""An open crosswalk: what replaces each patient, made when new, the same for ever after.

While the master key is rotated both keys are valid: a patient whose rows have the old one is sealed with the
new one first, in a transaction of its own, and then found like everybody else.
"""

import os
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from tirage.link.conflict import conflicts
from tirage.link.normalise import is_placeholder, normalised_id
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
from tirage.store.crosswalk.refusals import KeyRotated, RotationUnfinished
from tirage.store.crosswalk.rows import Rows, carry, demographics_of, identity_of
from tirage.store.crosswalk.tables import PATIENT, SEEN, SELF, insert, state_of, upgrade
from tirage.store.database import reading, repeated
from tirage.store.keys import MasterKey

_BATCH = 500
"""Values in one query: SQLite takes 32,766, PostgreSQL plans long lists slowly."""


class Scheme(StrEnum):
    """Where a project's pseudonyms come from."""

    RANDOM = "random"
    KEYED = "keyed"
    SUPPLIED = "supplied"


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

    Opening raises `CrosswalkMissing`, `CrosswalkVersion`, `WrongKey` or `RotationUnfinished`: never is a
    fresh one made instead. `old` is the key before `master`, while the keys are rotated.
    """

    def __init__(self, engine: Engine, master: MasterKey, old: MasterKey | None = None) -> None:
        state = state_of(engine)
        self._rows, self._old = Rows(master), None
        if state.old_key_id == master.info.id:
            raise _half_done(state.key_id)
        self._rows.check(state)
        if state.secret is None:
            sealed = self._rows.seal_secret(master.secret)
            repeated(engine, lambda connection: upgrade(connection, master.info.id, sealed))
            state = state_of(engine)
        if state.old_key_id:
            if old is None or old.info.id != state.old_key_id:
                raise _half_done(state.old_key_id)
            self._old = Rows(old)
        self._secret = self._rows.secret(state)
        self._engine = engine

    def __repr__(self) -> str:
        return "<Crosswalk, hidden>"

    @property
    def old_key_id(self) -> str:
        """The key that some rows may have still, when this was opened during a rotation; else ''."""
        return self._old.key_id if self._old is not None else ""

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
        the same identifier, so that these are found by identifier and demographics together. Held:
        `MISSING_IDENTITY` without a patient identifier, `MISSING_PSEUDONYM` when none was supplied,
        `IDENTITY_CONFLICT` when the identifier is known with other demographics, or a supplied pseudonym is
        another patient's.
        Repeatable, and safe from many processes at once: the database decides who was first. Raises
        `KeyRotated` rather than write with a key that is no longer the crosswalk's.
        """
        mint = _Mint(project_key(self._secret, project), Scheme(scheme), prefix, supplied or {})
        entries = [self._entry(project, identity, are_apart) for identity in identities]
        if self._old is not None:
            self._carry(self._old, project, entries)
        with reading(self._engine) as connection:
            known = self._load(connection, project, {entry.lookup for entry in entries})
        settled = {entry: self._settle(entry, known.get(entry.lookup)) for entry in entries}
        # The same order everywhere: two batches that overlap cannot wait for each other.
        new = sorted((e for e, s in settled.items() if s is None), key=lambda entry: entry.lookup)
        if new:
            settled |= repeated(self._engine, lambda c: self._recorded(c, project, new, mint))
        return [_outcome(settled[entry], project, mint.key, shift_days) for entry in entries]

    def _entry(self, project: ProjectName, identity: PatientIdentity, is_apart: bool) -> _Entry:
        lookup = self._rows.lookup(project, identity, is_apart)
        return _Entry(identity, lookup, self._rows.said_lookup(project, identity), is_apart)

    def _carry(self, old: Rows, project: ProjectName, entries: Sequence[_Entry]) -> None:
        """Seal with the new key what these patients have under the old one.

        Comes before any look for the new rows: who is not found here was carried over before, or is new.
        """
        lookups = {old.lookup(project, entry.identity, entry.is_apart) for entry in entries}

        def unit(connection: Connection, chunk: list[bytes]) -> None:
            self._check_key(connection)
            of_these = sa.select(PATIENT).where(PATIENT.c.project == project, PATIENT.c.lookup.in_(chunk))
            rows = connection.execute(of_these.order_by(PATIENT.c.lookup).with_for_update()).all()
            carry(connection, old, self._rows, project, rows)

        for chunk in _chunks(sorted(lookups)):
            repeated(self._engine, partial(unit, chunk=chunk))

    def _check_key(self, connection: Connection) -> None:
        """Raise `KeyRotated` when others seal with another key; a rotation waits for this transaction."""
        if (
            connection.execute(sa.select(SELF.c.key_id).with_for_update(read=True)).scalar()
            != self._rows.key_id
        ):
            raise KeyRotated("the master key was rotated while this process ran")

    def _load(self, connection: Connection, project: ProjectName, lookups: Set[bytes]) -> dict[bytes, _Known]:
        known: dict[bytes, _Known] = {}
        for chunk in _chunks(sorted(lookups)):
            rows = sa.select(PATIENT).where(PATIENT.c.project == project, PATIENT.c.lookup.in_(chunk))
            for row in connection.execute(rows):
                content = self._rows.open("patient", project, row.lookup, row.sealed)
                known[row.lookup] = _Known(Pseudonym(content["pseudonym"]), {})
            rows = sa.select(SEEN).where(SEEN.c.project == project, SEEN.c.lookup.in_(chunk))
            for row in connection.execute(rows):
                content = self._rows.open("seen", project, row.lookup, row.sealed)
                # A patient may have been committed between the two queries; the writing transaction decides.
                if row.lookup in known:
                    known[row.lookup].seen[row.said_lookup] = identity_of(content)
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

    def _recorded(
        self, connection: Connection, project: ProjectName, entries: Sequence[_Entry], mint: _Mint
    ) -> dict[_Entry, Pseudonym | HoldReason]:
        self._check_key(connection)
        return {entry: self._record(connection, project, entry, mint) for entry in entries}

    def _record(
        self, connection: Connection, project: ProjectName, entry: _Entry, mint: _Mint
    ) -> Pseudonym | HoldReason:
        pseudonym = mint(entry.identity, entry.is_apart)
        if pseudonym is None:
            return HoldReason.MISSING_PSEUDONYM
        if self._is_others(connection, project, pseudonym):
            return HoldReason.IDENTITY_CONFLICT
        content = {
            "patient_id": normalised_id(entry.identity.patient_id),
            "issuer": normalised_id(entry.identity.issuer),
            "pseudonym": pseudonym,
        }
        connection.execute(
            insert(connection, PATIENT)
            .values(
                project=project,
                lookup=entry.lookup,
                pseudonym_lookup=self._rows.pseudonym_lookup(project, pseudonym),
                sealed=self._rows.seal("patient", project, entry.lookup, content),
                key_id=self._rows.key_id,
            )
            .on_conflict_do_nothing()
        )
        # Whoever came first has the row; the lock keeps the demographics of one patient in one order.
        lock = sa.select(PATIENT.c.project).where(
            PATIENT.c.project == project, PATIENT.c.lookup == entry.lookup
        )
        connection.execute(lock.with_for_update())
        known = self._load(connection, project, {entry.lookup}).get(entry.lookup)
        if known is None:
            return HoldReason.IDENTITY_CONFLICT  # the pseudonym is another patient's
        settled = self._settle(entry, known)
        if settled is not None:
            return settled
        connection.execute(
            insert(connection, SEEN).values(
                project=project,
                lookup=entry.lookup,
                said_lookup=entry.said_lookup,
                sealed=self._rows.seal("seen", project, entry.lookup, demographics_of(entry.identity)),
            )
        )
        return known.pseudonym

    def _is_others(self, connection: Connection, project: ProjectName, pseudonym: Pseudonym) -> bool:
        """Whether a patient whose rows have the old key still has this pseudonym."""
        if self._old is None:
            return False
        found = self._old.pseudonym_lookup(project, pseudonym)
        is_theirs = (PATIENT.c.project == project) & (PATIENT.c.pseudonym_lookup == found)
        return connection.execute(sa.select(PATIENT.c.project).where(is_theirs)).first() is not None


def _half_done(key_id: str) -> RotationUnfinished:
    return RotationUnfinished(f"a rotation is half done, and the crosswalk needs key {key_id}, too")


def _outcome(
    settled: Pseudonym | HoldReason | None, project: ProjectName, key: bytes, shift_days: int
) -> Outcome[Link]:
    assert settled is not None
    if isinstance(settled, HoldReason):
        return Held(settled)
    return Passed(make_link(key, project, settled, shift_days))


def _chunks(lookups: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(lookups), _BATCH):
        yield lookups[start : start + _BATCH]
