"""Approval in steps: who has to agree, in which order, up to which amount.

A tenant defines its steps; a paper gets those it needs when it is filed, so that a later change of the definition
does not move what is under way. A step names a role, a person, or neither (anybody who may approve). ``limit`` is the
amount up to which the step's word is final: steps after it are needed for more. Four eyes: nobody decides on what is
their own, and nobody takes two steps of one paper unless the later one allows it. While away, a person lets a deputy
decide: the deputy then counts as both, and what only the one who is away sees is decided for them or not at all.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal

import msgspec

MAX_STEPS = 10
Why = Literal["", "done", "not_you", "own", "twice"]


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``limit`` None: final for any amount."""

    role: str = ""
    person: str = ""
    limit: Decimal | None = None
    same_person: bool = False


class Deputy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``deputy`` decides for ``person`` (of ``role``) from ``since`` until before ``until``."""

    person: str
    role: str
    deputy: str
    since: datetime
    until: datetime


class Approver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person who may approve at all. ``sees``: whether the paper is among those they see by themselves."""

    person: str
    role: str
    sees: bool = True


class Decided(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step that was taken, by ``person``, for ``on_behalf_of`` when as a deputy."""

    person: str
    on_behalf_of: str = ""


class Chain(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a paper stands: the steps it needs, those taken, and the people whose paper it is."""

    steps: tuple[Step, ...]
    decided: tuple[Decided, ...] = ()
    applicants: tuple[str, ...] = ()


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a person may take the open step, for whom, and else why not."""

    may: bool
    on_behalf_of: str = ""
    why: Why = ""


def needed_steps(steps: Sequence[Step], amount: Decimal, *, same_currency: bool = True) -> tuple[Step, ...]:
    """Those a paper of ``amount`` goes through: up to the first whose limit reaches it. In a currency that the limits
    are not in, all. With no definition one step, which anybody who may approve takes."""
    found: list[Step] = []
    for step in steps or (Step(),):
        found.append(step)
        if step.limit is None or (same_currency and amount <= step.limit):
            break
    return tuple(found)


def step_faults(steps: Sequence[Step]) -> list[str]:
    """Why a definition is none: ``too_many``, ``limit`` (below nothing, or not above the one before), ``last`` (the
    last step has a limit, so that nobody could agree to more), ``after_final`` (a step that is never reached)."""
    faults = []
    if len(steps) > MAX_STEPS:
        faults.append("too_many")
    limits = [step.limit for step in steps if step.limit is not None]
    if any(limit < 0 for limit in limits) or any(b <= a for a, b in pairwise(limits)):
        faults.append("limit")
    if steps and steps[-1].limit is not None:
        faults.append("last")
    if any(step.limit is None for step in steps[:-1]):
        faults.append("after_final")
    return faults


def standing(
    chain: Chain,
    approver: Approver,
    deputies: Sequence[Deputy],
    at: datetime,
) -> Standing:
    """Whether ``approver`` may take the step that is open in ``chain`` at ``at``. ``deputies``: of people who see the
    paper."""
    if len(chain.decided) >= len(chain.steps):
        return Standing(may=False, why="done")
    step = chain.steps[len(chain.decided)]
    earlier = {person for each in chain.decided for person in (each.person, each.on_behalf_of or each.person)}
    why: Why = "not_you"
    for behalf in _acts_for(step, approver, deputies, at):
        acting = {approver.person, behalf or approver.person}
        if acting & set(chain.applicants):
            why = "own"
        elif acting & earlier and not step.same_person:
            why = "twice"
        else:
            return Standing(may=True, on_behalf_of=behalf)
    return Standing(may=False, why=why)


def _acts_for(step: Step, approver: Approver, deputies: Sequence[Deputy], at: datetime) -> list[str]:
    """Whom the approver may take the step for: "" for themselves, first of all."""
    own = [""] if approver.sees and _names(step, approver.person, approver.role) else []
    ordered = sorted(deputies, key=lambda deputy: (deputy.since, deputy.person))
    return own + [
        each.person
        for each in ordered
        if each.deputy == approver.person and each.since <= at < each.until and _names(step, each.person, each.role)
    ]


def _names(step: Step, person: str, role: str) -> bool:
    if step.person:
        return step.person == person
    return step.role in ("", role)
