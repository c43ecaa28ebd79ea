"""A bucket of an S3 store, and what its refusals mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config, S3Credential, S3Store

TRIES: Final = 3
REQUEST_S: Final = 300

CODES: Final = (
    ("invalidcertificate(expired", "CERTIFICATE_EXPIRED", False),
    ("invalidcertificate(notvalidyet", "CERTIFICATE_NOT_YET_VALID", False),
    ("invalidcertificate(notvalidforname", "CERTIFICATE_OTHER_HOST", False),
    ("invalidcertificate(", "CERTIFICATE_UNTRUSTED", False),
    ("<code>nosuchbucket<", "NO_BUCKET", False),
    ("<code>accessdenied<", "NOT_PERMITTED", False),
    ("<code>quotaexceeded<", "NO_SPACE", True),
    ("<code>xminiostoragefull<", "NO_SPACE", True),
    ("status:507", "NO_SPACE", True),
    ("status:403", "NOT_PERMITTED", False),
    ("status:401", "NOT_PERMITTED", False),
    ("<code>slowdown<", "BUSY", True),
    ("status:503", "BUSY", True),
    ("status:429", "BUSY", True),
    ("kind:connect", "UNREACHABLE", True),
    ("kind:timeout", "UNREACHABLE", True),
    ("kind:interrupted", "UNREACHABLE", True),
    ("kind:request", "UNREACHABLE", True),
)
"""What is in a failure's text without its spaces, its code, and whether the next try may fare better.

Anything else is `IO_ERROR`, and may.
"""

WORDS: Final = {
    "CERTIFICATE_EXPIRED": "its certificate is expired: have it renewed",
    "CERTIFICATE_NOT_YET_VALID": "its certificate is not yet valid: compare the clocks of both machines",
    "CERTIFICATE_OTHER_HOST": "its certificate is for another host: use the name in it for `endpoint`",
    "CERTIFICATE_UNTRUSTED": "its certificate is from no authority in `ca`: ask which one issued it",
    "NO_BUCKET": "it has no bucket of this name: have it made, or correct `bucket`",
    "NOT_PERMITTED": "it does not let this access key write here: ask for s3:PutObject and s3:GetObject",
    "NO_SPACE": "it has no space left",
    "BUSY": "it asks to be called less often: give fewer `connections`",
    "UNREACHABLE": "it does not answer: check `endpoint` and the firewall",
    "IO_ERROR": "it failed without saying why",
}
"""What a code means and what to do, in the words of a sentence that begins with the store."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a bucket is, and as whom; `endpoint` empty: Amazon's of the region. Keys are never shown."""

    name: str
    endpoint: str
    region: str
    prefix: str = ""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    ca: Path | None = None

    def opened(self) -> S3Store:
        """The bucket, connected to as soon as it is used; raises `OSError` where `ca` cannot be read."""
        from obstore.store import S3Store

        client: ClientConfig = {
            "connect_timeout": timedelta(seconds=10),
            "timeout": timedelta(seconds=REQUEST_S),
            "allow_http": self.endpoint.startswith("http://"),
            "allow_invalid_certificates": False,
        }
        if self.ca is not None:
            client["root_certificate"] = self.ca.read_bytes()
        endpoint = self.endpoint or f"https://s3.{self.region}.amazonaws.com"
        # Whatever is not said here is taken from AWS_… of the environment, where it is somebody else's.
        config: S3Config = {
            "bucket": self.name,
            "region": self.region,
            "endpoint": endpoint,
            "aws_endpoint_url_s3": endpoint,
            "virtual_hosted_style_request": False,
            "skip_signature": False,
            "s3_express": False,
            # Each request carries the SHA-256 of its bytes, which the store compares before it keeps them.
            "checksum_algorithm": "SHA256",
        }
        return S3Store(
            prefix=self.prefix or None,
            config=config,
            client_options=client,
            credential_provider=self._credentials,
            retry_config={
                "max_retries": TRIES,
                "retry_timeout": timedelta(seconds=REQUEST_S),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=200),
                    "max_backoff": timedelta(seconds=5),
                    "base": 2,
                },
            },
        )

    def _credentials(self) -> S3Credential:
        return {
            "access_key_id": self.access_key,
            "secret_access_key": self.secret_key,
            "token": None,
            "expires_at": None,
        }


def code_of(error: BaseException) -> tuple[str, bool]:
    """The code of a failure, and whether the next try may fare better; its text goes no further."""
    text = "".join(str(error).lower().split())
    return next(((code, again) for sign, code, again in CODES if sign in text), ("IO_ERROR", True))
