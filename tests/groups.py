"""Which tests share a worker, and which begin first. By their ids: since pytest 9.2 the marks for groups that
pytest-xdist 3.8 reads reach nobody."""

from collections.abc import Iterable, Sequence
from typing import Any

from xdist.scheduler import LoadScopeScheduling

# One worker has the stories, which wait a good part of their time, and signs each person in once. The others compute.
BROWSERS = ("e2e/", "pwa")
# Their people sign in in them: any worker that has nothing of its own left may take them, and nothing is done twice.
BY_THEMSELVES = (
    "pwa",
    "e2e/test_engines.py",
    "e2e/test_imported_brand.py",
    "e2e/test_learning.py",
    "e2e/test_push.py",
)
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
# What a worker begins with: of the groups that any worker may take the longest, which would be alone at the end.
FIRST = {2: "pwa"}
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

    def _reschedule(self, node: Any) -> None:
        """A worker begins a test when it knows the next one. Who knows two more holds at the end what an idle one could
        do."""
        if self.workqueue and not node.shutting_down and self._pending_of(self.assigned_work[node]) > 1:
            return
        super()._reschedule(node)


def next_for(worker: int, groups: Iterable[str]) -> str:
    """What the worker begins with, else the first of the groups that is of its kind, else the first that is nobody's,
    else the first."""
    waiting = list(groups)
    if FIRST.get(worker) in waiting:
        return FIRST[worker]
    own = [group for group in waiting if group.startswith(BROWSERS) == (worker == 0)]
    return (own or [group for group in waiting if group.startswith(BY_THEMSELVES)] or waiting)[0]


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
    """The long ones first, group by group; those that anybody may take last."""

    def place(nodeid: str) -> tuple[bool, int]:
        names = f"{group_of(nodeid)} {module_of(nodeid)}".split()
        at = min((at for at, start in enumerate(LONG) for name in names if name.startswith(start)), default=len(LONG))
        return names[0].startswith(BY_THEMSELVES), at

    return sorted(nodeids, key=place)
