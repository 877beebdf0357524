"""Which tests share a worker, and which begin first. By their ids: since pytest 9.2 the marks for groups that
pytest-xdist 3.8 reads reach nobody."""

from collections.abc import Sequence
from itertools import zip_longest

from xdist.scheduler import LoadScopeScheduling

# Browsers wait most of their time; these don't. Each kind runs beside the other, the longest begin first.
BROWSERS = ("e2e/", "pwa/")
LONG = (
    "simulation/",
    "backend/test_refusals.py",
    "importing/test_online_retail.py",
    "demo/",
    "backend/test_strangers.py",
)
# Of tests that share nothing: each of these runs where there is room; of the refusals, each engine's half.
APART = ("simulation/test_simulation.py", "simulation/test_pictures.py")
BY_ENGINE = ("backend/test_refusals.py",)
# What one worker starts once, and none starts that has no such test.
CEPH = "ceph"


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """A group of tests after the other, each to the worker that has room."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def module_of(nodeid: str) -> str:
    """Below ``tests/``."""
    return nodeid.partition("::")[0].removeprefix("tests/")


def group_of(nodeid: str) -> str:
    """A module stays with one worker, which makes its fixtures once; so do the tests that share the trial app."""
    module = module_of(nodeid)
    parameters = nodeid.partition("[")[2].rstrip("]").split("-")
    if module.startswith("pwa/") or module == "e2e/test_media.py":
        return "pwa"
    if CEPH in parameters:
        return CEPH
    if module in APART:
        return nodeid
    return f"{module} {parameters[0]}" if module in BY_ENGINE else module


def in_order(nodeids: Sequence[str]) -> list[str]:
    """What takes long first, so that no worker has a long one left at the end."""
    pairs = zip_longest(_groups(nodeids, BROWSERS), _groups(nodeids, LONG), fillvalue=())
    first = [nodeid for browser, long in pairs for nodeid in (*browser, *long)]
    begun = set(first)
    return [*first, *(nodeid for nodeid in nodeids if nodeid not in begun)]


def _groups(nodeids: Sequence[str], starts: Sequence[str]) -> list[list[str]]:
    """The groups of the tests whose modules start so, in the order of ``starts``."""
    found: dict[str, list[str]] = {}
    for start in starts:
        for nodeid in nodeids:
            if module_of(nodeid).startswith(start):
                found.setdefault(group_of(nodeid), []).append(nodeid)
    return list(found.values())
