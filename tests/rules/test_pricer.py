"""How long a ``Pricer`` may be kept."""

from datetime import UTC, datetime, timedelta

import pytest

from offline.rules.ordering import Pricer, Wanted
from tests.rules.worlds import NOON, Document, facts_of

EDGE = NOON + timedelta(hours=1)
TICK = timedelta(microseconds=1)
MIDNIGHT = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "world",
    [
        {"price_lists": [{"id": "L", "valid_from": EDGE.isoformat()}]},
        {"price_lists": [{"id": "L", "valid_until": EDGE.isoformat()}]},
        {"promotions": [{"id": "P", "kind": "threshold", "reward": {"amount": "1"}, "valid_from": EDGE.isoformat()}]},
        {"products": [{"id": "A", "withdrawn_at": EDGE.isoformat()}]},
    ],
)
def test_it_holds_until_something_begins_or_ends(world: Document) -> None:
    facts = facts_of(world)
    before, after = Pricer(facts, NOON), Pricer(facts, EDGE)
    for pricer in (before, after):
        pricer.quote([Wanted("1", "A", 1)])
    assert before.holds_at(EDGE - TICK)
    assert not before.holds_at(EDGE)
    assert after.holds_at(EDGE + TICK)
    assert not after.holds_at(EDGE - TICK)


def test_it_holds_for_the_brand_s_day() -> None:
    pricer = Pricer(facts_of({"brand": {"time_zone": "Asia/Shanghai"}}), NOON)
    assert pricer.holds_at(MIDNIGHT - TICK)
    assert not pricer.holds_at(MIDNIGHT)


def test_another_company_s_list_is_no_reason_to_read_again() -> None:
    facts = facts_of(
        {
            "organisation": {"applicable": []},
            "price_lists": [{"id": "L", "valid_from": EDGE.isoformat()}],
        }
    )
    assert Pricer(facts, NOON).holds_at(EDGE)
