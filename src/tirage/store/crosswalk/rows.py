"""Rows of the crosswalk under one master key: the numbers they are found by, and what is sealed in them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection

from tirage.link.normalise import patient_key
from tirage.model.identifiers import ProjectName
from tirage.model.records import PatientIdentity
from tirage.store.crosswalk.refusals import WrongKey
from tirage.store.crosswalk.tables import PATIENT, SEEN, State
from tirage.store.keys import MasterKey
from tirage.store.sealing import SealBroken, Sealer

_CANARY = b"tirage crosswalk canary"
_SECRET = b"derivation secret"


class Rows:
    """What one master key seals and finds."""

    __slots__ = ("_sealer", "key_id")

    def __init__(self, master: MasterKey) -> None:
        self._sealer = Sealer(master.secret)
        self.key_id = master.info.id

    def __repr__(self) -> str:
        return "<Rows, hidden>"

    def canary(self) -> bytes:
        """Sealed known text."""
        return self._sealer.seal(_CANARY, b"canary")

    def check(self, state: State) -> None:
        """Raise `WrongKey` when this key does not open the crosswalk."""
        try:
            is_right = self._sealer.open(state.canary, b"canary") == _CANARY
        except SealBroken as error:
            raise WrongKey(f"the crosswalk needs key {state.key_id}, not {self.key_id}") from error
        if not is_right:
            raise WrongKey(f"the crosswalk needs key {state.key_id}, not {self.key_id}")

    def seal_secret(self, secret: bytes) -> bytes:
        """The secret that research values are derived from, sealed."""
        return self._sealer.seal(secret, _SECRET)

    def secret(self, state: State) -> bytes:
        """The secret that research values are derived from."""
        assert state.secret is not None, "a crosswalk of version 1 was not upgraded"
        return self._sealer.open(state.secret, _SECRET)

    def lookup(self, project: ProjectName, identity: PatientIdentity, is_apart: bool) -> bytes:
        """The number of a patient: by identifier, or together with the demographics where `is_apart`."""
        patient = (project.encode(), patient_key(identity))
        if is_apart:
            return self._sealer.lookup("person", *patient, *_said(identity))
        return self._sealer.lookup("patient", *patient)

    def said_lookup(self, project: ProjectName, identity: PatientIdentity) -> bytes:
        """The number of a patient's demographics as received."""
        return self._sealer.lookup("said", project.encode(), patient_key(identity), *_said(identity))

    def pseudonym_lookup(self, project: ProjectName, pseudonym: str) -> bytes:
        """The number of a pseudonym: no project has one twice."""
        return self._sealer.lookup("pseudonym", project.encode(), pseudonym.encode())

    def seal(self, kind: str, project: ProjectName, lookup: bytes, content: Mapping[str, object]) -> bytes:
        """The content of a row, bound to its place."""
        return self._sealer.seal(orjson.dumps(content), _place(kind, project, lookup))

    def open(self, kind: str, project: ProjectName, lookup: bytes, sealed: bytes) -> dict[str, Any]:
        """The content of a row; raises `SealBroken`."""
        content = orjson.loads(self._sealer.open(sealed, _place(kind, project, lookup)))
        assert isinstance(content, dict)
        return content


def carry(
    connection: Connection, old: Rows, new: Rows, project: ProjectName, rows: Sequence[sa.Row[Any]]
) -> None:
    """Seal patients of one project, and what was seen of each, with another key, in this transaction.

    `rows` are whole rows of patients sealed with the old key, locked by whoever hands them in.
    """
    lookups = [bytes(row.lookup) for row in rows]
    seen: dict[bytes, list[PatientIdentity]] = {lookup: [] for lookup in lookups}
    query = sa.select(SEEN).where(SEEN.c.project == project, SEEN.c.lookup.in_(lookups))
    for row in connection.execute(query):
        content = old.open("seen", project, row.lookup, row.sealed)
        seen[bytes(row.lookup)].append(identity_of(content))
    patients, said = [], []
    for row, lookup in zip(rows, lookups, strict=True):
        content = old.open("patient", project, lookup, row.sealed)
        at = new.lookup(project, *_found_by(old, project, lookup, content, seen[lookup]))
        patients.append(
            {
                "project": project,
                "lookup": at,
                "pseudonym_lookup": new.pseudonym_lookup(project, content["pseudonym"]),
                "sealed": new.seal("patient", project, at, content),
                "key_id": new.key_id,
            }
        )
        said += [
            {
                "project": project,
                "lookup": at,
                "said_lookup": new.said_lookup(project, each),
                "sealed": new.seal("seen", project, at, demographics_of(each)),
            }
            for each in seen[lookup]
        ]
    if not patients:
        return
    connection.execute(sa.insert(PATIENT), patients)
    if said:
        connection.execute(sa.insert(SEEN), said)
    # What was seen under the old key goes with its patient.
    connection.execute(sa.delete(PATIENT).where(PATIENT.c.project == project, PATIENT.c.lookup.in_(lookups)))


def demographics_of(identity: PatientIdentity) -> dict[str, object]:
    """What is kept of an identity as received."""
    return {
        "patient_id": identity.patient_id,
        "issuer": identity.issuer,
        "name": identity.name,
        "birth_date": identity.birth_date,
        "sex": identity.sex,
        "other_ids": identity.other_ids,
    }


def identity_of(content: dict[str, Any]) -> PatientIdentity:
    """The identity that was kept."""
    return PatientIdentity(**(content | {"other_ids": tuple(content["other_ids"])}))


def _found_by(
    old: Rows, project: ProjectName, lookup: bytes, content: dict[str, Any], seen: list[PatientIdentity]
) -> tuple[PatientIdentity, bool]:
    """The identity that a row's number was made of, and whether it is one of several under an identifier."""
    plain = PatientIdentity(content["patient_id"], content["issuer"])
    if old.lookup(project, plain, False) == lookup:
        return plain, False
    for each in seen:
        if old.lookup(project, each, True) == lookup:
            return each, True
    raise SealBroken("a row of the crosswalk does not stand where it belongs")


def _said(identity: PatientIdentity) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in (identity.name, identity.birth_date, identity.sex))


def _place(kind: str, project: ProjectName, lookup: bytes) -> bytes:
    return b"\0".join((kind.encode(), project.encode(), lookup))
