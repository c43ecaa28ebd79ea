"""Lets people in whom the hospital's provider of identities vouches for."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Engine

from tirage.errors import TirageError
from tirage.flow.steps import people as steps
from tirage.model.people import Grant, Role
from tirage.network.oidc import Provider
from tirage.settings.oidc import Oidc
from tirage.store import audit, people, sessions, times
from tirage.store.audit import Line
from tirage.store.database import repeated
from tirage.store.sealing import SealBroken, Sealer
from tirage.web.console.entrance import Admitted, Refused

LONGEST_MICROS = 10 * 60 * 1_000_000
_PLACE = b"hospital sign-in"
_AGAIN = Refused("This sign-in was not begun here, or took too long. Begin again.")
_NO_ROLE = Refused("Your hospital account is none of this console's groups. Ask whoever administers it.")


class NodeHospital:
    """The way to the provider and back."""

    def __init__(
        self,
        database: Engine,
        sealer: Sealer,
        provider: Provider,
        rules: Oidc,
        clock: times.Clock = times.now,
    ) -> None:
        self._database, self._sealer, self._provider = database, sealer, provider
        self._rules, self._clock = rules, clock

    def leave_for(self) -> tuple[str, str] | Refused:
        """The provider's address, and the sealed proof that the same browser comes back."""
        try:
            leaving = self._provider.leave()
        except TirageError as error:
            return Refused(f"{str(error).capitalize()}. {error.remedy}")
        proof = [leaving.state, leaving.nonce, leaving.verifier, self._now()]
        return leaving.address, base64.urlsafe_b64encode(
            self._sealer.seal(orjson.dumps(proof), _PLACE)
        ).decode()

    def back(self, kept: str, state: str, code: str, address: str) -> Admitted | Refused:
        """Whoever comes back: an account of the provider's own, with the roles of its groups of now."""
        proof = self._opened(kept)
        if proof is None or proof[0] != state or not 0 <= self._now() - proof[3] < LONGEST_MICROS:
            return _AGAIN
        try:
            claims = self._provider.claims(code, proof[2], proof[1])
            return repeated(self._database, lambda connection: self._admit(connection, claims))
        except TirageError as error:
            told = Line(
                steps.CONSOLE, "sign-in-refused", "account:unknown", {"address": address, "why": error.code}
            )
            repeated(self._database, lambda connection: audit.append(connection, [told], self._now()))
            return Refused(f"{str(error).capitalize()}. {error.remedy}")

    def _admit(self, connection: Connection, claims: Mapping[str, Any]) -> Admitted | Refused:
        at, subject = self._now(), str(claims["sub"])
        wanted = self._granted(claims)
        known = people.known_as(connection, self._rules.issuer, subject)
        if known is None:
            if not wanted:
                return _NO_ROLE
            name = str(claims.get(self._rules.name_claim, "")).strip().lower()
            # A name that is taken is refused: the provider's word must not open somebody's account here.
            known = steps.create(connection, steps.CONSOLE, name, at, self._rules.issuer, subject)
        if known.disabled_at is not None:
            return Refused("This account is closed. Ask an administrator.")
        steps.follow_groups(connection, known, wanted, at)
        if not people.grants(connection, [known.id])[known.id]:
            return _NO_ROLE
        made = Admitted(sessions.open_session(connection, known.id, at), is_half=False)
        audit.append(connection, [Line(known.name, "sign-in", known.handle, {"by": "oidc"})], at)
        return made

    def _granted(self, claims: Mapping[str, Any]) -> frozenset[Grant]:
        said = claims.get(self._rules.groups_claim)
        groups = {str(each) for each in said} if isinstance(said, list) else {str(said)}
        return frozenset(
            Grant(Role(each.role), each.project) for each in self._rules.groups if each.claim in groups
        )

    def _opened(self, kept: str) -> list[Any] | None:
        try:
            found = orjson.loads(self._sealer.open(base64.urlsafe_b64decode(kept), _PLACE))
        except (SealBroken, ValueError, binascii.Error):
            return None
        return found if isinstance(found, list) else None

    def _now(self) -> int:
        return times.micros(self._clock())
