"""Which scopes hold a course: one for each pairing of a role and a type of organisation it is meant for.

``learn:<role>:<type>``, with ``*`` for any. So a person's scopes follow from who they are, without a look at the
courses, and a course that changes its audience moves between scopes like any other row.
"""

from backend.sync.changes import user_scope
from backend.sync.commands import Principal
from offline.wire.learning import Audience

# Courses with their answers, and results. Two, because who sees results need not see answers.
AUTHORS = "learn:authors"
RESULTS = "learn:results"
_ANY = "*"


def scopes_for(audience: Audience) -> list[str]:
    return [f"learn:{role}:{type_}" for role in audience.roles or (_ANY,) for type_ in audience.types or (_ANY,)]


def scopes_held(role: str, organisation_type: str) -> list[str]:
    """What a person of this role in an organisation of this type may take."""
    return [f"learn:{one}:{other}" for one in (_ANY, role) for other in (_ANY, organisation_type)]


def is_meant(audience: Audience, principal: Principal, organisation_type: str) -> bool:
    return not set(scopes_for(audience)).isdisjoint(scopes_held(principal.role, organisation_type))


def private(user_id: str) -> tuple[str, str]:
    """A person's results: for the person, and for who sees results."""
    return user_scope(user_id), RESULTS
