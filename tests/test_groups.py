"""How tests are shared out among workers."""

from pathlib import Path

from tests.groups import BY_THEMSELVES, group_of, in_order, next_for


def test_a_module_stays_together_and_what_shares_nothing_does_not() -> None:
    assert group_of("tests/orders/test_placing.py::test_a[sqlite]") == "orders/test_placing.py"
    assert group_of("tests/orders/test_placing.py::test_b[postgresql-x]") == "orders/test_placing.py"
    apart = [f"tests/simulation/test_simulation.py::test_seeds_hold[{part}]" for part in range(2)]
    assert group_of(apart[0]) != group_of(apart[1])
    refusals = [f"tests/backend/test_refusals.py::test_a_command[{engine}-order.place]" for engine in ("sqlite", "pg")]
    assert group_of(refusals[0]) != group_of(refusals[1])
    assert group_of("tests/pwa/test_phone.py::test_a") == group_of("tests/e2e/test_media.py::test_b")
    assert group_of("tests/media/test_storage.py::test_a[ceph]") == "ceph"


def test_nothing_is_left_out_and_the_long_begin_first() -> None:
    given = [
        "tests/backend/test_app.py::test_a",
        "tests/e2e/test_story.py::test_a",
        "tests/e2e/test_wrong.py::test_a",
        "tests/simulation/test_simulation.py::test_seeds_hold[0]",
        "tests/e2e/test_story.py::test_b",
    ]
    assert in_order(given) == [given[2], given[1], given[4], given[3], given[0]]


def test_one_worker_has_the_stories_as_long_as_there_are_other_tests() -> None:
    groups = ["backend/test_app.py", "e2e/test_story.py", "pwa"]
    assert [next_for(worker, groups) for worker in range(3)] == [groups[1], groups[0], groups[2]]
    assert next_for(2, groups[:2]) == groups[0]
    assert next_for(0, groups[:1]) == groups[0]


def test_who_has_nothing_left_takes_what_signs_in_by_itself() -> None:
    assert next_for(1, ["e2e/test_story.py", "e2e/test_engines.py", "pwa"]) == "e2e/test_engines.py"
    assert next_for(1, ["e2e/test_story.py"]) == "e2e/test_story.py"
    given = [
        "tests/e2e/test_engines.py::test_a",
        "tests/e2e/test_wrong.py::test_a",
        "tests/rules/test_pricer.py::test_a",
    ]
    assert in_order(given) == [given[1], given[2], given[0]]
    modules = [Path(__file__).parent / name for name in BY_THEMSELVES if name.endswith(".py")]
    assert [path for path in modules if "PHONES = " in path.read_text(encoding="utf-8")] == []


def test_a_part_of_the_simulation_begins_by_itself() -> None:
    part = "tests/simulation/test_simulation.py::test_seeds_hold[1]"
    assert group_of(part) == part
    bugs = [f"tests/simulation/test_simulation.py::test_a_bug[{bug}]" for bug in ("sent_unmarked", "number_apart")]
    assert {group_of(bug) for bug in bugs} == {"simulation/test_simulation.py"}
