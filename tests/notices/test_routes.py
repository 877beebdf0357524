"""What the desk asks online: whom an audience reaches, who has done what, and that as a spreadsheet."""

from io import BytesIO

import httpx
from openpyxl import load_workbook

from offline.ids import new_id
from offline.wire.notices import Audience, NoticeConfirm, NoticeRead
from tests.notices.board import SHOPS, Board
from tests.people import World


async def test_the_count_is_what_sending_reaches(board: Board, client: httpx.AsyncClient, world: World) -> None:
    brand = world.demo
    for audience in (SHOPS, Audience(everyone=True), Audience(partners=(brand.organisations["DIST"],), below=True)):
        body = {"audience": {name: getattr(audience, name) for name in audience.__struct_fields__}}
        answer = await client.post("/api/notices/reach", json=body, headers=brand.bearer("hq"))
        assert answer.status_code == 200, answer.text
        notice = await board.sent(audience=audience)
        paper = await board.paper(notice)
        assert answer.json()["people"] == paper.addressed == len(await board.readers(notice))
        assert answer.json()["organisations"] == paper.organisations
    # Below is all the way down: the shop stands two steps under the distributor.
    assert {"distributor", "dealer", "shop"} <= set(await board.readers(notice))


async def test_reps_are_counted_through_their_customers(client: httpx.AsyncClient, world: World) -> None:
    headers = world.demo.bearer("hq")
    reps = [{"everyone": True, "roles": ["rep"]}, {"types": ["shop"], "roles": ["rep"]}, {"roles": ["rep"]}]
    path = "/api/notices/reach"
    found = [(await client.post(path, json={"audience": each}, headers=headers)).json() for each in reps]
    # At the head office, or through SHOP; RIVAL has no rep.
    assert found[0] == {"people": 1, "organisations": 1, "silent": 4}
    assert found[1] == {"people": 1, "organisations": 1, "silent": 1}
    assert found[2] == {"people": 0, "organisations": 0, "silent": 0}


async def test_an_audience_that_is_none_is_refused(client: httpx.AsyncClient, world: World) -> None:
    for wrong in ({"audience": {"types": ["planet"]}}, {"audience": {"colour": "red"}}, {}):
        answer = await client.post("/api/notices/reach", json=wrong, headers=world.demo.bearer("hq"))
        assert answer.status_code == 422, answer.text


async def test_who_is_missing_with_organisation_and_rep(board: Board, client: httpx.AsyncClient, world: World) -> None:
    headers = world.demo.bearer("hq")
    notice = await board.sent(confirm=True)
    await board.shop.done("shop", NoticeConfirm(notice=notice, revision=1))
    await board.shop.done("staff", NoticeRead(notice=notice, revision=1))
    answer = await client.get(f"/api/notices/{notice}/readers?missing=confirmed", headers=headers)
    found = {each["name"]: each for each in answer.json()["readers"]}
    assert set(found) == {"Staff", "Rival"}
    staff = found["Staff"]
    assert (staff["organisation_code"], staff["rep_name"], staff["stage"]) == ("SHOP", "Rep", "opened")
    assert found["Rival"]["stage"] == "addressed"
    done = await client.get(f"/api/notices/{notice}/readers?reached=confirmed", headers=headers)
    assert [each["name"] for each in done.json()["readers"]] == ["Shop"]


async def test_readers_come_in_pages(board: Board, client: httpx.AsyncClient, world: World) -> None:
    headers = world.demo.bearer("hq")
    notice = await board.sent(audience=Audience(everyone=True))
    names: list[str] = []
    cursor = ""
    for _ in range(20):
        query = {"limit": "3", "cursor": cursor}
        answer = (await client.get(f"/api/notices/{notice}/readers", params=query, headers=headers)).json()
        names += [each["name"] for each in answer["readers"]]
        cursor = answer["cursor"]
        if not cursor:
            break
    assert len(names) == len(set(names)) == 10
    nonsense = await client.get(f"/api/notices/{notice}/readers?cursor=a", headers=headers)
    assert nonsense.status_code == 200


async def test_the_spreadsheet_names_everybody_missing(board: Board, client: httpx.AsyncClient, world: World) -> None:
    notice = await board.sent(confirm=True)
    await board.shop.done("shop", NoticeConfirm(notice=notice, revision=1))
    path = f"/api/notices/{notice}/readers.xlsx?missing=confirmed"
    answer = await client.get(path, headers=world.demo.bearer("hq"))
    assert answer.status_code == 200
    lines = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))  # type: ignore[union-attr]  # the test fails here without it
    assert lines[0][:2] == ("Customer no.", "Organisation")
    assert {line[4] for line in lines[1:]} == {"Staff", "Rival"}
    whole = await client.get(f"/api/notices/{notice}/readers.xlsx", headers=world.demo.bearer("hq"))
    assert len(list(load_workbook(BytesIO(whole.content)).active.iter_rows())) == 4  # type: ignore[union-attr]  # the test fails here without it


async def test_a_notice_of_nobody_and_of_others(board: Board, client: httpx.AsyncClient, world: World) -> None:
    notice = await board.sent()
    for brand, id_ in ((world.demo, new_id()), (world.other, notice)):
        for path in ("readers", "readers.xlsx"):
            answer = await client.get(f"/api/notices/{id_}/{path}", headers=brand.bearer("hq"))
            assert (answer.status_code, answer.json()["code"]) == (404, "notice_unknown")
