import pytest

from backend.database import Sessions
from tests.people import World
from tests.shop import Shop, open_shop


@pytest.fixture
async def shop(sessions: Sessions, world: World) -> Shop:
    return await open_shop(sessions, world)
