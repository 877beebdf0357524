import pytest

from tests.notices.board import Board
from tests.shop import Shop


@pytest.fixture
def board(opened_shop: Shop) -> Board:
    return Board(opened_shop)
