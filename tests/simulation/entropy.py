"""Ids and times drawn from the seed: ``offline.ids`` asks the system, a run must not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from types import SimpleNamespace
from unittest import mock


@contextmanager
def seeded(rng: Random, milliseconds: Callable[[], int]) -> Iterator[None]:
    """Every ``new_id`` in here comes from ``rng`` and ``milliseconds``."""
    os = SimpleNamespace(urandom=rng.randbytes)
    time = SimpleNamespace(time_ns=lambda: milliseconds() * 1_000_000)
    with mock.patch("offline.ids.os", os), mock.patch("offline.ids.time", time):
        yield
