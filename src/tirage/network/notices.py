"""Why a notice did not reach whom it was for."""

import ssl
from typing import Final

from tirage.errors import Transient

WHY: Final = {
    "UNREACHABLE": "the server does not answer",
    "CERTIFICATE_EXPIRED": "the server's certificate is expired",
    "CERTIFICATE_EARLY": "the server's certificate is not valid yet",
    "CERTIFICATE_HOST": "the server's certificate is for another host",
    "CERTIFICATE_UNKNOWN": "the server's certificate is signed by nobody this node knows",
    "CA_UNREADABLE": "the file of certificates to believe cannot be read",
    "LOGIN_REFUSED": "the server does not accept the user and password",
    "RECIPIENT_REFUSED": "the server does not take mail for this address",
    "NOT_OFFERED": "the server does not offer encryption or signing in as set",
    "RECIPIENT_GONE": "the project file names this recipient no longer",
    "NO_MAIL_SERVER": "this node's settings name no mail server",
    "SECRET_MISSING": "a secret is missing on this node or open to others",
}
_EXPIRED, _EARLY, _HOST, _ADDRESS = 10, 9, 62, 64
"""OpenSSL's X509_V_ERR codes."""


class NoticeUndelivered(Transient):
    """A notice did not reach whom it was for; it is sent again."""

    code = "NOTICE_UNDELIVERED"
    remedy = "See `tirage notify status` for why, and try with `tirage notify test PROJECT`."

    def __init__(self, why: str) -> None:
        super().__init__(WHY.get(why, f"the server answers {why}"))
        self.why = why


def certificate_fault(error: ssl.SSLCertVerificationError) -> str:
    """What is wrong with a certificate, as a code of `WHY`."""
    if error.verify_code == _EXPIRED:
        return "CERTIFICATE_EXPIRED"
    if error.verify_code == _EARLY:
        return "CERTIFICATE_EARLY"
    if error.verify_code in (_HOST, _ADDRESS):
        return "CERTIFICATE_HOST"
    return "CERTIFICATE_UNKNOWN"
