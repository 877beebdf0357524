"""The browser's Intl, the device's time zone, its storage, and where it is."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal

import js
import msgspec

from offline.wire.media import Position
from pwa.context import Located, Storage

WEEK = 7 * 24 * 3600
PATIENCE = 60  # seconds


def format_by_intl(kind: Literal["number", "date"], locale: str, value: str, options: Mapping[str, Any]) -> str:
    """``i18n.format.Intl`` on the browser's own. ``value``: a decimal, or an ISO time read as UTC."""
    return str(js.qudaoNetwork.format(kind, locale, value, json.dumps(dict(options), sort_keys=True)))


class Zone(tzinfo):
    """The zone of that name, the one this device is set to without. The time zone database is not on the phone, the
    browser's is.

    Asking the browser costs a millisecond, so it is asked for both ends of a week; only weeks in which the clock
    changes are asked about moment by moment."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._offset_of_week: dict[int, timedelta | None] = {}

    def utcoffset(self, moment: datetime | None) -> timedelta:
        if moment is None:
            return timedelta()
        wall = moment.replace(tzinfo=UTC)
        return self._at(wall - self._at(wall))

    def dst(self, _moment: datetime | None) -> timedelta:
        return timedelta()

    def tzname(self, _moment: datetime | None) -> str:
        return self._name or str(js.Intl.DateTimeFormat.new().resolvedOptions().timeZone)

    def fromutc(self, moment: datetime) -> datetime:
        return moment + self._at(moment.replace(tzinfo=UTC))

    def _at(self, moment: datetime) -> timedelta:
        seconds = int(moment.timestamp())
        week = seconds // WEEK
        if week not in self._offset_of_week:
            first, last = self._asked(week * WEEK), self._asked((week + 1) * WEEK)
            self._offset_of_week[week] = first if first == last else None
        known = self._offset_of_week[week]
        return self._asked(seconds) if known is None else known

    def _asked(self, seconds: int) -> timedelta:
        return timedelta(minutes=int(js.qudaoNetwork.offsetAt(seconds * 1000, self._name)))


async def storage() -> Storage | None:
    found = await js.qudaoNetwork.storage()
    return Storage(int(found.usage), int(found.quota), bool(found.persisted), bool(found.tight))


async def keep_files(urls: Sequence[str]) -> bool:
    return bool(await js.qudaoNetwork.keepFiles(json.dumps(list(urls))))


async def held_files(urls: Sequence[str]) -> frozenset[str]:
    return frozenset(json.loads(await js.qudaoNetwork.heldFiles(json.dumps(list(urls)))))


async def drop_files(urls: Sequence[str]) -> None:
    await js.qudaoNetwork.dropFiles(json.dumps(list(urls)))


async def keep_pictures(urls: Sequence[str]) -> bool:
    return bool(await js.qudaoNetwork.keepPictures(json.dumps(list(urls))))


async def held_pictures(urls: Sequence[str]) -> frozenset[str]:
    return frozenset(json.loads(await js.qudaoNetwork.heldPictures(json.dumps(list(urls)))))


class Places:
    """Where the device is: only the page may ask the browser."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._last = 0
        self._asked: dict[int, asyncio.Future[Located]] = {}

    async def locate(self) -> Located:
        self._last += 1
        number = self._last
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._send({"type": "position", "id": number})
        try:
            # The browser's own limits are shorter; a person who is asked for leave may take long.
            return await asyncio.wait_for(answer, PATIENCE)
        except TimeoutError:
            return Located(problem="timeout")
        finally:
            self._asked.pop(number, None)

    def arrived(self, message: dict[str, Any]) -> None:
        answer = self._asked.get(message["id"])
        if answer is None or answer.done():
            return
        try:
            position = msgspec.convert(message.get("position"), Position | None)
        except msgspec.ValidationError:
            position = None
        answer.set_result(Located(position, message.get("problem", "") or ("" if position else "unavailable")))
