"""What the desk exports to read: visits and results of courses, in the reader's language."""

import csv
import io
from datetime import timedelta
from typing import Any, get_args

import httpx
import pytest

from backend.importing.reports import COLUMNS
from i18n.translate import LOCALES, has
from offline.rules.fence import Verdict
from offline.rules.ledger import EntryKind
from offline.rules.visits import Status
from offline.wire.claims import ClaimStatus
from tests.learning.lessons import finish, published
from tests.learning.test_taking import certificates
from tests.people import World
from tests.shop import Shop
from tests.visits.visiting import at_shop, check_in, check_out, fence, on_the_map, route


async def table(client: httpx.AsyncClient, world: World, name: str, words: str = "") -> list[dict[str, str]]:
    asked = f"/api/exports/{name}.csv{f'?words={words}' if words else ''}"
    answer = await client.get(asked, headers=world.demo.bearer("hq"))
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_visits_with_where_they_were_and_why(shop: Shop, world: World, client: httpx.AsyncClient) -> None:
    await on_the_map(shop)
    await shop.done("hq", fence("block"), route(shop))
    begun = shop.now
    await shop.done("rep", check_in(shop, position=at_shop(shop, 900), reason="=1+1"))
    shop.now += timedelta(minutes=25)
    await shop.done("rep", check_out(shop, note="good"))
    (row,) = await table(client, world, "visits")
    assert (row["partner"], row["planned"], row["status"], row["where"]) == ("SHOP", "yes", "done", "outside")
    assert (row["metres"], row["minutes"], row["why"], row["note"]) == ("900", "25", "'=1+1", "good")
    assert row["check_in"] == begun.isoformat()
    (told,) = await table(client, world, "visits", "zh-CN")
    assert (told["计划内"], told["状态"], told["签到位置"]) == ("是", "已完成", "不在门店")
    assert await table(client, World(world.other, world.demo), "visits") == []


async def test_how_people_stand_in_their_courses(shop: Shop, world: World, client: httpx.AsyncClient) -> None:
    await shop.done("staff", finish(await published(shop)))
    (certificate,) = await certificates(shop)
    (row,) = await table(client, world, "results", "en")
    assert (row["Tries"], row["Best (%)"], row["Certificate"]) == ("1", "100", certificate.code)
    assert row["Passed"]


@pytest.mark.parametrize("name", ["visits", "results"])
async def test_an_export_shows_nobody_more_than_they_see(name: str, world: World, client: httpx.AsyncClient) -> None:
    """Where people were, and how they did in courses, is not for all who may export."""
    for login, status in (("hq", 200), ("desk", 403), ("finance", 403)):
        answer = await client.get(f"/api/exports/{name}.csv", headers=world.demo.bearer(login))
        assert answer.status_code == status, login
        assert (await client.get("/api/exports/claims.csv", headers=world.demo.bearer(login))).status_code == 200


@pytest.mark.parametrize("locale", LOCALES)
def test_each_code_and_column_has_its_words(locale: str) -> None:
    codes: dict[str, Any] = {
        "claims.status.": ClaimStatus, "visit.status.": Status, "visit.verdict.": Verdict, "desk.funds.kind_": EntryKind
    }  # fmt: skip
    wanted = {f"{family}{code}" for family, known in codes.items() for code in get_args(known)}
    wanted |= {f"report.{name}" for names in COLUMNS.values() for name in names}
    wanted |= {f"desk.export_{name}" for name in COLUMNS}
    assert {key for key in wanted if not has(locale, key)} == set()
