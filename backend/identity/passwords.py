"""Passwords: argon2id with OWASP's smallest recommended cost (19 MiB, t=2, p=1), computed off the event loop.

A thousand phones may sign in on one Monday morning: two hashes at a time keep memory and the loop free.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.errors import FieldError, Invalid
from offline.rules.passwords import LONGEST, SHORTEST, password_fault

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _hashing() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="argon2")


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


def check_password_rule(password: str, login: str, field: str = "password") -> None:
    """Raises ``Invalid``: too short, too long, or the login again."""
    fault = password_fault(password, login)
    if fault:
        message = "Must not be the login." if fault == "login" else f"Must have {SHORTEST} to {LONGEST} characters."
        raise Invalid("password_rule", message, errors=(FieldError(field, message),), shortest=SHORTEST)


async def hash_password(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_hashing(), _hasher.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one of ``stored``. None (no such person) takes as long and is never right."""
    matches = await asyncio.get_running_loop().run_in_executor(_hashing(), _matches, stored, password)
    return matches and stored is not None


def _matches(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
