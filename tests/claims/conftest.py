import pytest

from backend.database import Sessions
from tests.claims.world import Funds
from tests.people import World
from tests.shop import open_shop


@pytest.fixture
async def funds(sessions: Sessions, world: World) -> Funds:
    return Funds(await open_shop(sessions, world))
