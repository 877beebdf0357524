"""How tests are shared out among workers."""

from tests.groups import group_of, in_order


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
    assert in_order(given) == [given[1], given[4], given[3], given[2], given[0]]
