"""What a password must be, as far as a phone can tell. Long rather than odd: NIST SP 800-63B, 5.1.1.2, asks for length
and against rules of composition. What is guessed first the server knows (``backend/identity/passwords.py``)."""

from typing import Literal

SHORTEST, LONGEST = 10, 200  # characters

Fault = Literal["", "short", "long", "login"]


def password_fault(password: str, login: str) -> Fault:
    """Why ``password`` will not do for ``login`` (``rep@demo``): too short, too long, or the login again."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    return "login" if password.casefold() in (login.casefold(), login.rpartition("@")[0].casefold()) else ""
