"""What tests of sync begin with."""

import pytest

from backend.database import Sessions
from tests.people import World
from tests.sync.feeding import Feed


@pytest.fixture
def feed(sessions: Sessions, world: World) -> Feed:
    return Feed(sessions, world)
