"""The page on which anybody checks a certificate: no script, no session, nothing but what the certificate says."""

from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

from backend.learning.codes import readable_code
from i18n.format import Format
from i18n.translate import LOCALES, translate, translated
from offline.rules.marking import CertificateState
from offline.wire.learning import Certificate

_MARKS = {"good": "m8 12.5 2.7 2.7L16 9.5", "bad": "M12 7v6m0 3.5v.01"}
STYLE = Path(__file__).with_name("verify.css")
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


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
        line("certificate.course", translated(locale, certificate.title)),
        line("certificate.issuer", translated(locale, brand)),
        line("certificate.issued", day(certificate.issued_on)),
        line("certificate.valid_until", until),
        line("certificate.revoked_day", day(certificate.revoked_on)),
        line("certificate.number", readable_code(certificate.code)),
    ]
    body = (
        f"{_verdict(locale, kind, state)}"
        f'<p class="label">{escape(translate(locale, "certificate.holder"))}</p>'
        f'<p class="holder" dir="auto">{escape(certificate.user_name)}</p>'
        f'<p class="of" dir="auto">{escape(translated(locale, certificate.organisation_name))}</p>'
        f"<dl>{''.join(lines)}</dl>"
    )
    return _page(locale, body, certificate.code)


def unknown_page(locale: str, code: str) -> str:
    body = (
        f"{_verdict(locale, 'bad', 'unknown')}"
        f"<p>{escape(translate(locale, 'certificate.unknown_hint'))}</p>"
        f"<dl><div><dt>{escape(translate(locale, 'certificate.asked'))}</dt><dd>{escape(code)}</dd></div></dl>"
        f"{_form(locale, code)}"
    )
    return _page(locale, body, code)


def asking_page(locale: str) -> str:
    """For who has the paper and no camera."""
    return _page(locale, f"<p>{escape(translate(locale, 'certificate.ask_hint'))}</p>{_form(locale, '')}", "")


def _form(locale: str, code: str) -> str:
    return (
        '<form action="/verify" method="get">'
        f'<label for="code">{escape(translate(locale, "certificate.number"))}</label>'
        f'<input id="code" name="code" value="{escape(code)}" maxlength="64" required autocomplete="off" '
        'autocapitalize="characters" spellcheck="false">'
        f'<input type="hidden" name="lang" value="{locale}">'
        f"<button>{escape(translate(locale, 'certificate.ask'))}</button></form>"
    )


def _verdict(locale: str, kind: str, state: str) -> str:
    """In words and with a mark: whoever looks at a phone that is held out to them sees it at arm's length."""
    said = escape(translate(locale, f"certificate.verdict.{state}"))
    icon = (
        f'<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="{_MARKS[kind]}"/></svg>'
    )
    return f'<p class="state state-{kind}">{icon}<span data-state="{state}">{said}</span></p>'


def _page(locale: str, body: str, code: str) -> str:
    title = escape(translate(locale, "certificate.verify"))
    address = f"/verify/{quote(code, safe='')}" if code else "/verify"
    others = "".join(
        f'<a href="{address}?lang={other}" lang="{other}">{translate(other, "certificate.language")}</a>'
        for other in LOCALES
        if other != locale
    )
    return (
        f'<!doctype html><html lang="{locale}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<title>{title}</title><link rel="stylesheet" href="/verify/verify.css"></head>'
        f'<body><header><span class="mark" aria-hidden="true">渠</span><h1>{title}</h1><nav>{others}</nav></header>'
        f"<main>{body}</main></body></html>"
    )
