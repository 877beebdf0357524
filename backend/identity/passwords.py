"""Passwords: argon2id with OWASP's smallest recommended cost (19 MiB, t=2, p=1), computed off the event loop.

A thousand phones may sign in on one Monday morning: two hashes at a time keep memory and the loop free.

A new one must not be among those that are guessed first (NIST SP 800-63B, 5.1.1.2; OWASP, Authentication Cheat Sheet):
zxcvbn knows the common ones, words, names, dates, rows of keys, runs and repeats, and is told the person's and the
brand's names.
"""

import asyncio
import importlib
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.errors import FieldError, Invalid
from backend.identity.models import Tenant
from backend.search import fold, pinyin_of
from i18n.translate import translate
from offline.rules.passwords import LONGEST, SHORTEST, password_fault

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _hashing() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="argon2")


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


# zxcvbn's score for a million guesses and more, which are out of reach where each is slow and ten wrong ones in a row
# have to wait. More would refuse what people rightly think of: "another-pass", "lamp post 42".
_STRONG = 2
# What people in China choose first, which is not in zxcvbn's lists: "I love you", "for a lifetime", lucky numbers.
_CHOSEN_FIRST = (
    "woaini", "woaiwojia", "woaini1314", "5201314", "1314520", "520", "1314", "521", "888", "666", "168", "163com",
    "a123456", "aa123456", "qq123456", "woshishui", "nihao", "zhongguo", "beijing", "shanghai", "我爱你", "密码",
    "一生一世",
)  # fmt: skip
# Characters that are judged: what it looks through grows without bound with odd ones. 16 take 0.2 s at the worst.
_JUDGED = 16
# Shorter names are in too many words.
_SHORTEST_NAME = 3
# It keeps the names it is given in a global.
_judging = Lock()


async def check_new_password(password: str, login: str, name: str, tenant: Tenant, field: str = "password") -> None:
    """For who signs in as ``login`` and is called ``name``. Raises ``Invalid`` ``password_rule``: too short, too long,
    or the login again; ``password_guessable``: one of those that are guessed first."""
    _check_form(password, login, field)
    names = (login, login.rpartition("@")[0], name, tenant.code, *tenant.name.values())
    if await asyncio.get_running_loop().run_in_executor(_hashing(), _guessed_first, password, names):
        message = translate("en", "error.password_guessable")
        raise Invalid("password_guessable", message, errors=(FieldError(field, message),))


def _guessed_first(password: str, names: tuple[str, ...]) -> bool:
    """``names``: the person's and the brand's, as people write them."""
    known = {form[:_JUDGED] for name in names for form in _forms(name) if len(form) >= _SHORTEST_NAME}
    judged = unicodedata.normalize("NFKC", password)[:_JUDGED]
    with _judging:
        return bool(_zxcvbn()(judged, user_inputs=[*_CHOSEN_FIRST, *sorted(known)])["score"] < _STRONG)


def _forms(name: str) -> tuple[str, ...]:
    """As a name is typed: whole, without its spaces, as pinyin."""
    folded = fold(name)
    return (folded, folded.replace(" ", ""), *pinyin_of(folded))


@cache
def _zxcvbn() -> Any:
    """Late: no start of a server or of a command waits for its dictionaries."""
    return importlib.import_module("zxcvbn").zxcvbn


def _check_form(password: str, login: str, field: str) -> None:
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
