"""A command of each kind about notices, for the table of who may do what: notices go to the people of SHOP."""

from collections.abc import Mapping
from datetime import timedelta

from offline.ids import derived_id
from offline.wire.commands import Command
from offline.wire.notices import (
    Audience,
    NoticeConfirm,
    NoticeCorrect,
    NoticeDelivered,
    NoticeDiscard,
    NoticeRead,
    NoticeRemind,
    NoticeSave,
    NoticeSend,
    NoticeUnschedule,
    NoticeWithdraw,
)
from tests.notices.board import Board
from tests.shop import Shop

# One that is always there, for the routes.
NOTICE = derived_id("tests", "notice")

READERS = {"shop", "staff"}
GIVEN: Mapping[str, set[str]] = {
    "notice.save": {"hq"},
    "notice.send": {"hq"},
    "notice.unschedule": {"hq"},
    "notice.discard": {"hq"},
    "notice.correct": {"hq"},
    "notice.withdraw": {"hq"},
    "notice.remind": {"hq"},
    "notice.delivered": READERS,
    "notice.read": READERS,
    "notice.confirm": READERS,
}


def _to(shop: Shop) -> Audience:
    return Audience(partners=(shop.organisation("SHOP"),))


async def _saved(shop: Shop) -> str:
    return await Board(shop).saved(audience=_to(shop), confirm=True)


async def _sent(shop: Shop) -> str:
    return await Board(shop).sent(audience=_to(shop), confirm=True)


async def save(shop: Shop) -> Command:
    return Board(shop).draft(audience=_to(shop))


async def send(shop: Shop) -> Command:
    return NoticeSend(notice=await _saved(shop))


async def unschedule(shop: Shop) -> Command:
    notice = await _saved(shop)
    await shop.done("hq", NoticeSend(notice=notice, at=shop.now + timedelta(days=1)))
    return NoticeUnschedule(notice=notice)


async def discard(shop: Shop) -> Command:
    return NoticeDiscard(notice=await _saved(shop))


async def correct(shop: Shop) -> Command:
    return NoticeCorrect(notice=await _sent(shop), title={"en": "Right"}, text={"en": "Text"}, ask_again=True)


async def withdraw(shop: Shop) -> Command:
    return NoticeWithdraw(notice=await _sent(shop), note="A mistake")


async def remind(shop: Shop) -> Command:
    return NoticeRemind(notice=await _sent(shop))


async def delivered(shop: Shop) -> Command:
    return NoticeDelivered(notices=(await _sent(shop),))


async def read(shop: Shop) -> Command:
    return NoticeRead(notice=await _sent(shop), revision=1)


async def confirm(shop: Shop) -> Command:
    return NoticeConfirm(notice=await _sent(shop), revision=1)


TARGETS = {
    "notice.save": save,
    "notice.send": send,
    "notice.unschedule": unschedule,
    "notice.discard": discard,
    "notice.correct": correct,
    "notice.withdraw": withdraw,
    "notice.remind": remind,
    "notice.delivered": delivered,
    "notice.read": read,
    "notice.confirm": confirm,
}


async def write_one(shop: Shop) -> None:
    """``NOTICE``, sent."""
    board = Board(shop)
    await shop.done("hq", NoticeSave(notice=NOTICE, title={"en": "One"}, text={"en": "Text"}, audience=_to(shop)))
    await shop.done("hq", NoticeSend(notice=NOTICE))
    await board.work(NOTICE)
