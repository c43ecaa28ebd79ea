"""Passwords and codes: what is kept of them, and whether what was typed is them.

argon2id with the library's parameters (RFC 9106, the second recommended option: 64 MiB, 3 passes). A code is
six digits of HMAC-SHA-1 over half minutes (RFC 6238), taken one step early or late.
"""

import hmac
from threading import BoundedSemaphore

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

STEP_S = 30
SHORTEST, LONGEST = 12, 200
AT_A_TIME = 4
"""Each hash takes 64 MiB: as many tries at once as fit into 256 MiB, the others wait."""


class Passwords:
    """Makes and checks hashes of passwords."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash("nobody has this password")
        self._turn = BoundedSemaphore(AT_A_TIME)

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        with self._turn:
            return self._hasher.hash(password)

    def fits(self, hashed: str, password: str) -> bool:
        """Whether it is the password. Where there is no account or no password, no takes as long."""
        with self._turn:
            try:
                self._hasher.verify(hashed or self._nobody, password)
            except (VerificationError, InvalidHashError):
                return False
        return hashed != ""


def new_factor() -> str:
    """The secret of a second factor, 160 bits in base 32."""
    return pyotp.random_base32()


def factor_address(secret: str, account: str, issuer: str) -> str:
    """What a phone reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def step_of(secret: str, code: str, at_s: float) -> int | None:
    """The half minute a code belongs to; None when it is none of those around this moment."""
    now = int(at_s) // STEP_S
    totp = pyotp.TOTP(secret)
    found = [
        step
        for step in (now - 1, now, now + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode("utf-8", "replace"))
    ]
    return found[-1] if found else None
