"""Which tests share a worker, and which begin first. By their ids: since pytest 9.2 the marks for groups that
pytest-xdist 3.8 reads reach nobody."""

from collections.abc import Iterable, Sequence
from typing import Any

from xdist.scheduler import LoadScopeScheduling

# One worker has the browsers, which wait a good part of their time, and signs each person in once. The others compute.
BROWSERS = ("e2e/", "pwa")
# Of either kind, those that begin first, so that no worker has a long one left at the end.
LONG = (
    "e2e/test_wrong.py",
    "e2e/test_screens.py",
    "e2e/test_story.py",
    "e2e/test_kills.py",
    "e2e/test_engines.py",
    "pwa",
    "e2e/",
    "simulation/",
    "backend/test_refusals.py",
    "importing/test_online_retail.py",
    "demo/",
    "backend/test_strangers.py",
    "backend/test_serving.py",
    "jobs/test_kills.py",
    "sync/test_faults.py",
    "screens/",
    "desk/",
)
# Of tests that share nothing: each part of these runs where there is room; of the refusals, each engine's half.
PARTED = ("simulation/test_simulation.py", "simulation/test_pictures.py")
BY_ENGINE = ("backend/test_refusals.py",)
# What one worker starts once, and none starts that has no such test.
CEPH = "ceph"


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """A group of tests after the other, each to the worker that has room."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        group = next_for(self.nodes.index(node), self.workqueue)
        self.workqueue.move_to_end(group, last=False)
        super()._assign_work_unit(node)


def next_for(worker: int, groups: Iterable[str]) -> str:
    """The first of the groups that is of the worker's kind, else the first."""
    waiting = list(groups)
    return next((group for group in waiting if group.startswith(BROWSERS) == (worker == 0)), waiting[0])


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
    if module in PARTED and parameters[0].isdigit():
        return nodeid
    return f"{module} {parameters[0]}" if module in BY_ENGINE else module


def in_order(nodeids: Sequence[str]) -> list[str]:
    """The long ones first, group by group."""

    def place(nodeid: str) -> int:
        names = f"{group_of(nodeid)} {module_of(nodeid)}".split()
        return min((at for at, start in enumerate(LONG) for name in names if name.startswith(start)), default=len(LONG))

    return sorted(nodeids, key=place)
