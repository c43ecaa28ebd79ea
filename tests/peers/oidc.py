"""A provider of identities over HTTP on loopback: real codes, PKCE, and tokens really signed."""

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "tirage", "shared with the provider"


@dataclass
class Provider:
    """`claims` go into the next tokens over the right ones; `signs` says how: rs256, other, hs256, none."""

    claims: dict[str, Any] = field(default_factory=dict)
    signs: str = "rs256"

    def __enter__(self) -> Self:
        self.key, self.other = (RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}) for _ in range(2))
        self.asked: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.get(self)

            def do_POST(self) -> None:
                provider.post(self)

            def log_message(self, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sign_in(self, address: str) -> tuple[str, str]:
        """What a person at the provider's page does: state and code that the browser brings back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        code = hashlib.sha256(query["state"].encode()).hexdigest()
        self.asked[code] = query
        return query["state"], code

    def get(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/.well-known/openid-configuration":
            names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            known = {name: f"{self.issuer}/{path}" for name, path in names.items()}
            _answer(handler, 200, {"issuer": self.issuer} | known)
        elif handler.path == "/keys":
            _answer(handler, 200, {"keys": [self.key.as_dict(private=False)]})
        else:
            _answer(handler, 404, {})

    def post(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.asked.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_right = (sent.get("client_id"), sent.get("client_secret")) == (CLIENT, SECRET)
        if asked is None or not is_right or asked["code_challenge"] != challenge:
            _answer(handler, 400, {"error": "invalid_grant"})
            return
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "s-1",
            "preferred_username": "Grace",
            "groups": ["imaging"],
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
        } | self.claims
        _answer(handler, 200, {"id_token": self._token(claims), "token_type": "Bearer", "access_token": "x"})

    def _token(self, claims: dict[str, Any]) -> str:
        if self.signs == "none":
            head, body = (
                base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
                for part in ({"alg": "none"}, claims)
            )
            return f"{head}.{body}."
        if self.signs == "hs256":
            key = OctKey.import_key(self.key.as_pem(private=False), {"kid": "one"})
            return jwt.encode({"alg": "HS256", "kid": "one"}, claims, key, algorithms=["HS256"])
        signer = self.key if self.signs == "rs256" else self.other
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, signer)


def _answer(handler: BaseHTTPRequestHandler, status: int, value: dict[str, Any]) -> None:
    content = json.dumps(value).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
