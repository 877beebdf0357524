"""Whom a notice reaches: one rule, for the count beside the draft and for the sending.

Organisations first, then their people. An organisation is addressed when it is named, or meets every bound that is
set (territories, customer groups, types); with nothing chosen nobody is. Partners that left (``exited``) get nothing;
blocked ones do, they are told why.

A rep works for the head office and stands in no territory of their own. So a rep is also reached through the
customers they look after, but only where ``roles`` names the rep's: a notice to shops is not meant for reps.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from offline.wire.notices import Audience

REP = "rep"


class Addressed(Protocol):
    """What is asked of an organisation. ``ancestors`` runs from the parent up."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def territory(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def ancestors(self) -> Sequence[str]: ...
    @property
    def rep(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in."""

    id: str
    organisation: str
    role: str


@dataclass(frozen=True, slots=True)
class Reach:
    """``organisations``: ids of those addressed. ``people``: id of each reader -> the organisation they read for."""

    organisations: frozenset[str]
    people: Mapping[str, str]

    @property
    def silent(self) -> frozenset[str]:
        """Organisations addressed in which nobody gets it."""
        return self.organisations - set(self.people.values())


def is_empty(audience: Audience) -> bool:
    """Whether it can reach nobody, whoever there is."""
    return not (audience.everyone or audience.partners or _bounds(audience))


def _bounds(audience: Audience) -> bool:
    return bool(audience.territories or audience.groups or audience.types)


def addresses(audience: Audience, organisation: Addressed) -> bool:
    """Whether this organisation is addressed."""
    return _addressed(audience, frozenset(audience.partners), organisation)


def _addressed(audience: Audience, partners: frozenset[str], organisation: Addressed) -> bool:
    if organisation.status == "exited":
        return False
    if organisation.id in partners:
        return True
    if audience.below and not partners.isdisjoint(organisation.ancestors):
        return True
    if not _bounds(audience):
        return audience.everyone
    return (
        (not audience.territories or organisation.territory in audience.territories)
        and (not audience.groups or organisation.group in audience.groups)
        and (not audience.types or organisation.type in audience.types)
    )


def reach(audience: Audience, organisations: Iterable[Addressed], people: Iterable[Person]) -> Reach:
    """Who gets it. Each person once: through their own organisation, else through the first customer (by id) they
    look after."""
    partners = frozenset(audience.partners)
    chosen = [each for each in organisations if _addressed(audience, partners, each)]
    ids = frozenset(each.id for each in chosen)
    customers = _customers(chosen) if REP in audience.roles else {}
    found: dict[str, str] = {}
    for person in people:
        if audience.roles and person.role not in audience.roles:
            continue
        if person.organisation in ids:
            found[person.id] = person.organisation
        elif person.role == REP and person.id in customers:
            found[person.id] = min(customers[person.id])
    return Reach(ids, found)


def _customers(organisations: Collection[Addressed]) -> Mapping[str, list[str]]:
    """Organisations by the rep who looks after them."""
    found: dict[str, list[str]] = defaultdict(list)
    for each in organisations:
        if each.rep is not None:
            found[each.rep].append(each.id)
    return found
