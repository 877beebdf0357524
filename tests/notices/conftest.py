import pytest

from backend.database import Sessions
from tests.notices.board import Board
from tests.people import World
from tests.shop import open_shop


@pytest.fixture
async def board(sessions: Sessions, world: World) -> Board:
    return Board(await open_shop(sessions, world))
