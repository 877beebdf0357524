"""Giving an assortment or a price list to an organisation, and taking it."""

from collections.abc import Sequence


def held_after(held: Sequence[str], id_: str, *, given: bool) -> tuple[str, ...]:
    """What an organisation that holds ``held`` holds then. What is new comes last; who has it already, or has it no
    more, stays as they are, in their order, which a form says back (`seen`)."""
    if given:
        return tuple(held) if id_ in held else (*held, id_)
    return tuple(each for each in held if each != id_)
