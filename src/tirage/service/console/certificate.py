"""Whether the console's own certificate is good for a while yet."""

from datetime import datetime, timedelta

from cryptography import x509

from tirage.service.checks import Check
from tirage.settings import Settings

WARNING = timedelta(days=30)


def check_certificate(settings: Settings, now: datetime) -> Check:
    """Whether it is there, valid, and not about to run out."""
    path = settings.console.certificate
    if path is None:
        is_local = settings.console.host in ("127.0.0.1", "::1", "localhost")
        found = "none: this machine alone reaches the console" if is_local else "the proxy's"
        return Check("certificate", True, found)
    try:
        certificate = x509.load_pem_x509_certificates((settings.folder / path).read_bytes())[0]
    except (OSError, ValueError) as error:
        return Check("certificate", False, f"cannot be read ({type(error).__name__})", _RENEW)
    left = certificate.not_valid_after_utc - now
    if certificate.not_valid_before_utc > now:
        return Check("certificate", False, "not valid yet", "Set the clock, or put an earlier one in place.")
    if left <= timedelta(0):
        return Check("certificate", False, "has run out", _RENEW)
    return Check("certificate", left > WARNING, f"valid for {left.days:,} more days", _RENEW)


_RENEW = "Put a new certificate in its place and restart the node."
