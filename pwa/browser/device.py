"""The browser's Intl, the device's time zone and its storage."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal

import js

from pwa.context import Storage


def format_by_intl(kind: Literal["number", "date"], locale: str, value: str, options: Mapping[str, Any]) -> str:
    """``i18n.format.Intl`` on the browser's own. ``value``: a decimal, or an ISO time read as UTC."""
    return str(js.qudaoNetwork.format(kind, locale, value, json.dumps(dict(options), sort_keys=True)))


class DeviceZone(tzinfo):
    """The zone this device is set to. The time zone database is not on the phone, the browser's is."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        if moment is None:
            return timedelta()
        wall = moment.replace(tzinfo=UTC)
        first = wall - _offset_at(wall)
        return _offset_at(first)

    def dst(self, _moment: datetime | None) -> timedelta:
        return timedelta()

    def tzname(self, _moment: datetime | None) -> str:
        return str(js.Intl.DateTimeFormat.new().resolvedOptions().timeZone)

    def fromutc(self, moment: datetime) -> datetime:
        return moment + _offset_at(moment.replace(tzinfo=UTC))


def _offset_at(moment: datetime) -> timedelta:
    return timedelta(minutes=int(js.qudaoNetwork.offsetAt(moment.timestamp() * 1000)))


async def storage() -> Storage | None:
    found = await js.qudaoNetwork.storage()
    return Storage(int(found.usage), int(found.quota), bool(found.persisted))
