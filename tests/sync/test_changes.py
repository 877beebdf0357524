"""What a transaction says of one row more than once, before it is written."""

from backend.sync.changes import Changes
from offline.wire.rows import Category


def said(changes: Changes) -> tuple[set[str], set[str] | None]:
    (put,) = changes.puts.values()
    return set(put.scopes), None if put.among is None else set(put.among)


def test_what_is_said_of_some_scopes_adds_to_what_was_said_of_all_or_of_others() -> None:
    row = Category(id="c", name={})
    changes = Changes()
    changes.put_among("category", row, ("a",), ())
    changes.put_among("category", row, ("b", "c"), ("c",))
    assert said(changes) == ({"c"}, {"a", "b", "c"})
    changes.put("category", row, "a", "b")
    assert said(changes) == ({"a", "b"}, None)
    changes.put_among("category", row, ("b", "c"), ("c",))
    assert said(changes) == ({"a", "c"}, None)


def test_who_may_hold_what_is_in_doubt_once_anything_says_so() -> None:
    whole, part = Changes(), Changes(access=True)
    whole.add(part)
    whole.add(Changes())
    assert whole.access
