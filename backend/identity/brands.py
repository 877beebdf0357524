"""A brand's settings: checked where they are made, changed by whoever runs the server, some by head office."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import FieldError, Invalid
from backend.identity.models import Tenant
from backend.identity.service import Actor, audit_as, brand_of
from backend.inputs import is_amount
from backend.quiet_hours import are_quiet_hours
from backend.sync.changes import BRAND, Changes
from offline.wire.commands import MAX_HOURS

STRATEGIES = ("priority", "cheapest")
# Machine settings that the zone database also lists; no browser knows them.
_NO_ZONES = {"localtime", "Factory"}
# ISO 4217, what is paid with today.
_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS
INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND
VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())


def check_settings(settings: Mapping[str, Any]) -> None:
    """``settings`` are columns of ``Tenant``, any of them. Raises ``Invalid`` ``bad_setting``."""
    for name, value in settings.items():
        if wrong := _fault(name, value):
            raise Invalid("bad_setting", f"{name}: {wrong}", errors=(FieldError(name, wrong),))


def _fault(name: str, value: Any) -> str:
    match name:
        case "time_zone" if value in _NO_ZONES or value not in available_timezones():
            return f"There is no time zone {value!r}; one is like Asia/Shanghai."
        case "quiet_hours" if not are_quiet_hours(value):
            return "Like 22:00-07:30, or none."
        case "currency" if value not in CURRENCIES:
            return f"There is no currency {value!r}; one is like CNY."
        case "price_strategy" if value not in STRATEGIES:
            return f"Must be one of {', '.join(STRATEGIES)}."
        case "price_grace_hours" | "price_hold_hours" if not 0 <= value <= MAX_HOURS:
            return f"Must be from 0 to {MAX_HOURS}."
        case "approval_above" if value is not None and not is_amount(Decimal(value)):
            return "Must be an amount from 0 on."
    return ""


async def change_tenant(
    session: AsyncSession, changes: Changes, tenant: Tenant, wanted: Mapping[str, Any], actor: Actor
) -> dict[str, Any]:
    """Set the settings in ``wanted`` and tell phones; returns those that are new. An order taken before is judged by
    the new ones when it arrives: its figures may differ then, which a person decides. The caller writes ``changes``
    to the feed. Raises ``Invalid`` ``bad_setting``."""
    check_settings(wanted)
    touched = {name: value for name, value in wanted.items() if getattr(tenant, name) != value}
    if not touched:
        return touched
    before = {name: getattr(tenant, name) for name in touched}
    for name, value in touched.items():
        setattr(tenant, name, value)
    await session.flush()
    changes.put("brand", await brand_of(session, tenant.id), BRAND)
    audit_as(session, actor, "tenant.changed", tenant.id, {"before": before, "after": touched})
    return touched
