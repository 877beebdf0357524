"""A certificate's number, as people read it out and type it in."""

# What is read for what was written: the alphabet has no I, L and O.
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def readable_code(code: str) -> str:
    """In fours, as it is read out."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def code_from(typed: str) -> str:
    """What was meant by it."""
    return typed.upper().translate(_READ_AS)
