"""A bearer token for client credentials, had when it is needed and once more when it is refused.

Source: RFC 6749 4.4 and 5.1, RFC 6750.
"""

import threading
import time
from collections.abc import Generator
from typing import Final

import httpx2
import orjson

from tirage.model.archives import ArchiveRefused, ArchiveUnreachable
from tirage.network.dicomweb.address import ClientCredentials

UNAUTHORISED: Final = 401
EARLY_S: Final = 30.0
"""So long before it expires a token is not used any more: what is sent with it may take a while."""

_SHORTEST_S: Final = 5.0


class TokenAuth(httpx2.Auth):
    """Signs requests with a token; `client` asks for it, with the certificates of the service itself."""

    def __init__(self, credentials: ClientCredentials, client: httpx2.Client) -> None:
        self._credentials = credentials
        self._client = client
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send with a token; where it is refused, once more with a new one."""
        token = self._valid("")
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == UNAUTHORISED:
            request.headers["Authorization"] = f"Bearer {self._valid(token)}"
            yield request

    def _valid(self, refused: str) -> str:
        with self._lock:
            if not self._token or self._token == refused or time.monotonic() > self._until:
                self._token, lasts_s = self._asked()
                self._until = time.monotonic() + max(lasts_s - EARLY_S, _SHORTEST_S)
            return self._token

    def _asked(self) -> tuple[str, float]:
        """A token and how many seconds it lasts; raises `ArchiveUnreachable`, `ArchiveRefused`."""
        mine = self._credentials
        form = {"grant_type": "client_credentials"} | ({"scope": mine.scope} if mine.scope else {})
        try:
            auth = httpx2.BasicAuth(mine.client, mine.secret)
            response = self._client.post(mine.token_url, data=form, auth=auth)
        except httpx2.TransportError:
            raise ArchiveUnreachable("whoever issues its tokens does not answer") from None
        if response.is_server_error:
            raise ArchiveUnreachable(f"whoever issues its tokens answered {response.status_code}")
        try:
            answer = orjson.loads(response.content)
            token, lasts_s = str(answer["access_token"]), float(answer.get("expires_in", 300))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            token = ""
        if not response.is_success or not token:
            raise ArchiveRefused(
                f"whoever issues its tokens answered {response.status_code}: check client, secret and scope"
            )
        return token, lasts_s
