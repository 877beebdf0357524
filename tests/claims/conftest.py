import pytest

from tests.claims.world import Funds
from tests.shop import Shop


@pytest.fixture
def funds(opened_shop: Shop) -> Funds:
    return Funds(opened_shop)
