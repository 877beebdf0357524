"""What holds for any time that is given to decide about a price, whenever somebody looks."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from offline.rules.price_holds import let_go_at, next_step
from offline.wire.rows import OrderEvent

HELD_AT = datetime(2026, 7, 6, 2, 0, tzinfo=UTC)
HELD = OrderEvent(id="h", kind="price_hold", at=HELD_AT)
HOURS = st.integers(1, 24 * 30)
LOOKS = st.lists(st.integers(1, 60 * 24 * 40), min_size=1, max_size=30).map(sorted)


@given(HOURS, LOOKS)
def test_nothing_is_let_go_of_before_its_time_nor_without_a_reminder_well_before(hours: int, looks: list[int]) -> None:
    """A job looks now and then, in minutes after the order was held."""
    events = [HELD]
    for minute in looks:
        now = HELD_AT + timedelta(minutes=minute)
        step = next_step(["price"], events, hours, now)
        if step == "remind":
            assert len(events) == 1
            assert now >= HELD_AT + timedelta(hours=hours) / 2
            promised = let_go_at(["price"], events, hours, now)
            events.append(OrderEvent(id="r", kind="price_reminder", at=now))
            assert let_go_at(["price"], events, hours, now) == promised
        elif step == "let_go":
            assert now >= HELD_AT + timedelta(hours=hours)
            assert now - events[1].at >= min(timedelta(hours=24), timedelta(hours=hours) / 2)
            return


@given(HOURS, st.integers(0, 24 * 60))
def test_the_end_that_is_shown_never_lies_behind(hours: int, waited: int) -> None:
    now = HELD_AT + timedelta(hours=waited)
    end = let_go_at(["price"], [HELD], hours, now)
    assert end is not None
    assert end > now


def test_who_waits_for_no_price_or_for_ever_has_no_end() -> None:
    later = HELD_AT + timedelta(days=400)
    assert let_go_at(["price"], [HELD], 0, later) is None
    assert let_go_at(["credit"], [HELD], 72, later) is None
    assert let_go_at(["price"], [], 72, later) is None
    assert next_step(["price"], [HELD], 0, later) == ""


@given(HOURS, st.integers(1, 24 * 60), st.integers(1, 24 * 60), st.booleans())
def test_what_was_stopped_by_hand_has_its_time_again_once_it_goes_on(
    hours: int, stopped: int, kept: int, reminded: bool
) -> None:
    held_at = HELD_AT + timedelta(hours=stopped)
    events = [HELD]
    if reminded:
        events.append(OrderEvent(id="r", kind="price_reminder", at=held_at - timedelta(minutes=1)))
    events.append(OrderEvent(id="s", kind="held", at=held_at))
    released_at = held_at + timedelta(hours=kept)
    assert let_go_at(["price"], events, hours, released_at) is None
    assert next_step(["price"], events, hours, released_at) == ""

    events.append(OrderEvent(id="g", kind="released", at=released_at))
    end = let_go_at(["price"], events, hours, released_at)
    assert end is not None
    assert end - released_at >= min(timedelta(hours=24), timedelta(hours=hours) / 2)
