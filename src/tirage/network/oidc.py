"""A provider of identities: where to send a browser, and who came back. Code flow with PKCE, state and nonce.

Source: OpenID Connect Core 3.1, RFC 7636, RFC 9700 (what a client of today checks).
"""

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tirage.errors import Permanent, Transient

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a key pair: never `none`, and never one that the shared secret could have made."""

TIMEOUT_S, KEPT_S, LEEWAY_S = 10.0, 3600.0, 60
MOST_BYTES = 1_000_000


class ProviderAway(Transient):
    """The hospital's provider of identities does not answer."""

    code = "PROVIDER_AWAY"
    remedy = "Try again; if it stays so, tell whoever runs it. Accounts of this node still sign in."


class ProviderUntrusted(Permanent):
    """What came from the hospital's provider of identities is not what it should be."""

    code = "PROVIDER_UNTRUSTED"
    exit_code = 77
    remedy = (
        "Sign in again; if it stays so, compare issuer, client and secret of [console.oidc] with its own."
    )


@dataclass(frozen=True, slots=True, repr=False)
class Leaving:
    """A browser on its way to the provider, and what proves that it is the same one that comes back."""

    address: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """One provider, and this node as its client."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        redirect: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issuer, self._client_id, self._redirect = issuer, client_id, redirect
        self._secret, self._clock = client_secret, clock
        self._known: tuple[float, Mapping[str, Any]] | None = None
        self._http = httpx2.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)

    def leave(self) -> Leaving:
        """Where to send a browser. Raises `ProviderAway`, `ProviderUntrusted`."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = str(self._description()["authorization_endpoint"])
        mark = "&" if urlsplit(address).query else "?"
        return Leaving(f"{address}{mark}{urlencode(query)}", state, nonce, verifier)

    def claims(self, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """What the provider says of whoever came back. Raises `ProviderAway`, `ProviderUntrusted`."""
        described = self._description()
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "client_id": self._client_id,
            "client_secret": self._secret,
            "code_verifier": verifier,
        }
        answer = self._json("POST", str(described["token_endpoint"]), sent)
        keys = self._json("GET", str(described["jwks_uri"]))
        try:
            token = jwt.decode(
                str(answer["id_token"]), KeySet.import_key_set(cast(Any, keys)), algorithms=list(ALGORITHMS)
            )
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise ProviderUntrusted(
                f"the token is not signed by the provider ({type(error).__name__})"
            ) from None
        wrong = self._wrong(token.claims, nonce)
        if wrong:
            raise ProviderUntrusted(f"the token is not for this sign-in ({wrong})")
        return token.claims

    def _wrong(self, claims: Mapping[str, Any], nonce: str) -> str:
        """The first claim that is not as it must be, '' when all are."""
        now, audience = self._clock(), claims.get("aud")
        listed = audience if isinstance(audience, list) else [audience]
        expires, issued = claims.get("exp"), claims.get("iat")
        subject = claims.get("sub")
        checks = {
            "iss": claims.get("iss") == self._issuer,
            "aud": self._client_id in listed,
            "azp": claims.get("azp", self._client_id) == self._client_id
            and (len(listed) == 1 or "azp" in claims),
            "exp": isinstance(expires, int | float) and now < expires + LEEWAY_S,
            "iat": isinstance(issued, int | float) and issued <= now + LEEWAY_S,
            "nonce": secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()),
            "sub": isinstance(subject, str) and 0 < len(subject) <= 255,
        }
        return next((name for name, is_right in checks.items() if not is_right), "")

    def _description(self) -> Mapping[str, Any]:
        """The provider's own description, at most an hour old."""
        now = time.monotonic()
        if self._known is not None and now - self._known[0] < KEPT_S:
            return self._known[1]
        found = self._json("GET", f"{self._issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != self._issuer:
            raise ProviderUntrusted("the provider calls itself by another name")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _is_safe(str(found.get(name, ""))):
                raise ProviderUntrusted(f"the provider's {name} is not encrypted")
        self._known = (now, found)
        return found

    def _json(self, method: str, address: str, sent: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        try:
            answer = self._http.request(method, address, data=sent)
            found = answer.json() if len(answer.content) <= MOST_BYTES else None
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderAway(f"the provider does not answer ({type(error).__name__})") from None
        if answer.status_code >= 500:
            raise ProviderAway(f"the provider answers {answer.status_code}")
        if answer.status_code != 200 or not isinstance(found, dict):
            raise ProviderUntrusted(f"the provider answers {answer.status_code}")
        return found


def _is_safe(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1"))
