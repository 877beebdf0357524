"""What msgspec says of a value that it does not take, in its two parts."""

_AT = " - at `"


def what_and_where(message: str) -> tuple[str, str]:
    """``Expected `int`, got `str` - at `$.lines[0].quantity` `` is that it expected a number at ``lines[0].quantity``;
    of a key it says ``at `key` in `$.names` ``. The path is empty where it is of the whole.

    The last place counts, for the message may repeat what was sent. Found without a pattern: one that tries each place
    takes seconds for a text made of them."""
    what, at, rest = message.rpartition(_AT)
    path = rest.removeprefix("key` in `")
    if not at or not path.startswith("$") or not path.endswith("`"):
        return message, ""
    return what, path[1:-1].lstrip(".")
