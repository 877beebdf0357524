"""Bugs put in on purpose, to show that the simulation notices."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

BUGS: dict[str, Callable[[], AbstractContextManager[object]]] = {"": nullcontext}
