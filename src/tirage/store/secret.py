"""Secrets that are handed out once: 32 random bytes as text, of which the node keeps the SHA-256."""

import secrets
from hashlib import sha256

from tirage.model.identifiers import Digest

SECRET_BYTES = 32


def new_secret() -> str:
    """43 characters that are safe in a cookie, a header and an address."""
    return secrets.token_urlsafe(SECRET_BYTES)


def kept(secret: str) -> Digest:
    """What is kept of a secret. It is random, so nothing slower than a hash is needed."""
    return Digest(sha256(secret.encode("utf-8", "surrogatepass")).hexdigest())
