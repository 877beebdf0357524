"""The page on which anybody checks a certificate: no script, no session, nothing but what the certificate says."""

from datetime import UTC, date, datetime
from html import escape
from pathlib import Path

from backend.learning.certificate_pdf import readable_code
from i18n.format import Format
from i18n.translate import LOCALES, translate, translated
from offline.rules.marking import CertificateState
from offline.wire.learning import Certificate

STYLE = Path(__file__).with_name("verify.css")
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def locale_of(asked: str, accepted: str) -> str:
    """``asked`` by the link, else what the browser prefers of ours; English for who speaks neither."""
    if asked in LOCALES:
        return asked
    for part in accepted.split(","):
        language = part.partition(";")[0].strip().split("-")[0].lower()
        found = next((locale for locale in LOCALES if locale.split("-")[0] == language), None)
        if found is not None:
            return found
    return "en" if accepted else LOCALES[0]


def found_page(certificate: Certificate, state: CertificateState, brand: dict[str, str], locale: str) -> str:
    def line(key: str, value: str) -> str:
        return f"<div><dt>{escape(translate(locale, key))}</dt><dd>{escape(value)}</dd></div>" if value else ""

    def day(value: date | None) -> str:
        # Seen from another year, so that it is always told with its own.
        return Format(locale).day(value, datetime(1970, 1, 1, tzinfo=UTC)) if value is not None else ""

    kind = "good" if state in ("valid", "expiring") else "bad"
    until = day(certificate.expires_on) or translate(locale, "certificate.for_good")
    lines = [
        line("certificate.holder", certificate.user_name),
        line("certificate.organisation", translated(locale, certificate.organisation_name)),
        line("certificate.course", translated(locale, certificate.title)),
        line("certificate.issuer", translated(locale, brand)),
        line("certificate.issued", day(certificate.issued_on)),
        line("certificate.valid_until", until),
        line("certificate.revoked_day", day(certificate.revoked_on)),
        line("certificate.number", readable_code(certificate.code)),
    ]
    body = (
        f'<p class="state state-{kind}" data-state="{state}">'
        f"{escape(translate(locale, f'certificate.verdict.{state}'))}</p>"
        f"<dl>{''.join(lines)}</dl>"
    )
    return _page(locale, body, certificate.code)


def unknown_page(locale: str, code: str) -> str:
    body = (
        f'<p class="state state-bad" data-state="unknown">'
        f"{escape(translate(locale, 'certificate.verdict.unknown'))}</p>"
        f"<p>{escape(translate(locale, 'certificate.unknown_hint'))}</p>"
    )
    return _page(locale, body, code)


def _page(locale: str, body: str, code: str) -> str:
    title = escape(translate(locale, "certificate.verify"))
    others = "".join(
        f'<a href="/verify/{escape(code)}?lang={other}" lang="{other}">{translate(other, "certificate.language")}</a>'
        for other in LOCALES
        if other != locale
    )
    return (
        f'<!doctype html><html lang="{locale}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<title>{title}</title><link rel="stylesheet" href="/verify/verify.css"></head>'
        f"<body><main><h1>{title}</h1>{body}<footer>{others}</footer></main></body></html>"
    )
