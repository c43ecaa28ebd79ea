"""Notices to a web service, signed so that it knows who sent them and when."""

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

import httpx2
import orjson

from tirage.model.notices import Message
from tirage.network.certificates import Trust, context, distrust_of
from tirage.network.notices import NoticeUndelivered

TIMEOUT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Hook:
    """A web service that takes notices; `secret` is the secret itself."""

    url: str
    secret: str = field(repr=False)
    ca_file: Path | None


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the timestamp, a dot and the body, in hexadecimal (RFC 2104)."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def send(hook: Hook, message: Message, clock: Callable[[], float]) -> None:
    """Post the message; anything but 2xx raises `NoticeUndelivered`. Redirects are not followed."""
    for name in ("httpx2", "httpcore2"):
        # Their lines name addresses, which may hold what only the receiver shall know.
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    body = orjson.dumps(message.body)
    timestamp = str(int(clock()))
    headers = {
        "Content-Type": "application/json",
        "Tirage-Message": message.id,
        "Tirage-Timestamp": timestamp,
        "Tirage-Signature": f"sha256={signature(hook.secret, timestamp, body)}",
    }
    try:
        verify = context(Trust(hook.ca_file))
    except OSError:
        raise NoticeUndelivered("CA_UNREADABLE") from None
    try:
        with (
            httpx2.Client(verify=verify, trust_env=False, follow_redirects=False, timeout=TIMEOUT_S) as http,
            http.stream("POST", hook.url, content=body, headers=headers) as answer,
        ):
            status = answer.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise NoticeUndelivered(distrust_of(error) or "UNREACHABLE") from None
    if not 200 <= status < 300:
        raise NoticeUndelivered(f"HTTP_{status}")
