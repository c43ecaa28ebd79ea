"""Why a notice did not reach whom it was for."""

from typing import Final

from tirage.errors import Transient
from tirage.network.certificates import SAYS

WHY: Final = {
    "UNREACHABLE": "the server does not answer",
    **{distrust.value: words for distrust, words in SAYS.items()},
    "CA_UNREADABLE": "the file of certificates to believe cannot be read",
    "LOGIN_REFUSED": "the server does not accept the user and password",
    "RECIPIENT_REFUSED": "the server does not take mail for this address",
    "NOT_OFFERED": "the server does not offer encryption or signing in as set",
    "RECIPIENT_GONE": "the project file names this recipient no longer",
    "NO_MAIL_SERVER": "this node's settings name no mail server",
    "SECRET_MISSING": "a secret is missing on this node or open to others",
}


class NoticeUndelivered(Transient):
    """A notice did not reach whom it was for; it is sent again."""

    code = "NOTICE_UNDELIVERED"
    remedy = "See `tirage notify status` for why, and try with `tirage notify test PROJECT`."

    def __init__(self, why: str) -> None:
        super().__init__(WHY.get(why, f"the server answers {why}"))
        self.why = why
