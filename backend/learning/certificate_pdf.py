"""A certificate as a PDF: one landscape page in Chinese and English, with a QR code of the address that verifies it.

Chinese is set in the standard font STSong-Light, which PDF readers have or replace by a Chinese font of their own;
what it lacks in Latin letters is set in Helvetica. So a file is 5 kB, not 10 MB, and needs no font on the server.
"""

import io
from collections.abc import Iterator, Mapping
from itertools import groupby

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from backend.learning.codes import readable_code
from i18n.translate import translate
from offline.wire.learning import Certificate

_WIDTH, _HEIGHT = landscape(A4)
_CENTRE = _WIDTH / 2
_CHINESE, _LATIN, _BOLD = "STSong-Light", "Helvetica", "Helvetica-Bold"
_ACCENT, _INK, _FAINT, _PAPER, _BAD = (
    HexColor(each) for each in ("#0b6e5b", "#12181f", "#56616e", "#fbfaf6", "#b42318")
)
_MARGIN = 34.0
# What Helvetica's encoding has, and what it has not.
_LATIN_1 = 0x100
_ZH, _EN = "zh-CN", "en"


def certificate_pdf(certificate: Certificate, brand: Mapping[str, str], address: str) -> bytes:
    """The page; ``address`` verifies it."""
    if _CHINESE not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(_CHINESE))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(_WIDTH, _HEIGHT), invariant=True)
    canvas.setTitle(f"{_name(certificate.title, 'zh')} · {certificate.user_name}")
    canvas.setAuthor(_name(brand, "zh"))
    _draw_frame(canvas)
    _draw_words(canvas, certificate, brand)
    _draw_foot(canvas, certificate, address)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw_frame(canvas: Canvas) -> None:
    canvas.setFillColor(_PAPER)
    canvas.rect(0, 0, _WIDTH, _HEIGHT, stroke=0, fill=1)
    canvas.setStrokeColor(_ACCENT)
    for inset, width in ((_MARGIN - 8, 3.0), (_MARGIN, 0.8)):
        canvas.setLineWidth(width)
        canvas.rect(inset, inset, _WIDTH - 2 * inset, _HEIGHT - 2 * inset, stroke=1, fill=0)


def _draw_words(canvas: Canvas, certificate: Certificate, brand: Mapping[str, str]) -> None:
    title, title_en = _name(certificate.title, "zh"), _name(certificate.title, "en")
    organisation = _name(certificate.organisation_name, "zh")
    names = " · ".join(dict.fromkeys((_name(brand, "zh"), _name(brand, "en"))))
    _write(canvas, names, _HEIGHT - 84, 14, _FAINT)
    _write(canvas, translate(_ZH, "certificate.heading"), _HEIGHT - 136, 38, _ACCENT)
    _write(canvas, translate(_EN, "certificate.heading").upper(), _HEIGHT - 160, 12, _ACCENT, spacing=3)
    _write(canvas, certificate.user_name, _HEIGHT - 224, 36, _INK)
    _write(canvas, organisation, _HEIGHT - 250, 12, _FAINT)
    _write(canvas, translate(_ZH, "certificate.passed", percent=certificate.percent), _HEIGHT - 292, 14, _INK)
    _write(canvas, translate(_EN, "certificate.passed", percent=certificate.percent), _HEIGHT - 311, 11, _FAINT)
    _write(canvas, title, _HEIGHT - 352, 24, _ACCENT)
    if title_en != title:
        _write(canvas, title_en, _HEIGHT - 376, 13, _FAINT)


def _draw_foot(canvas: Canvas, certificate: Certificate, address: str) -> None:
    left, base = _MARGIN + 36, _MARGIN + 34
    lines = [("certificate.issued", certificate.issued_on.isoformat())]
    if certificate.expires_on is not None:
        lines.append(("certificate.valid_until", certificate.expires_on.isoformat()))
    lines.append(("certificate.number", readable_code(certificate.code)))
    for place, (key, value) in enumerate(reversed(lines)):
        label = f"{translate(_ZH, key)} {translate(_EN, key)}"
        _write_at(canvas, left, base + place * 20, label, 9, _FAINT)
        _write_at(canvas, left + 150, base + place * 20, value, 11, _INK)
    if certificate.revoked_on is not None:
        text = f"{translate(_ZH, 'certificate.state.revoked')} {translate(_EN, 'certificate.state.revoked')}"
        _write_at(canvas, left, base + 70, f"{text} {certificate.revoked_on.isoformat()}", 12, _BAD)
    size = 92.0
    _draw_qr(canvas, address, _WIDTH - _MARGIN - 36 - size, base - 6, size)
    hint = f"{translate(_ZH, 'certificate.scan')} {translate(_EN, 'certificate.scan')}"
    right = _WIDTH - _MARGIN - 36 - size - 12
    _write_at(canvas, right - _width(hint, 9), base + 16, hint, 9, _FAINT)
    canvas.setFillColor(_FAINT)
    canvas.setFont(_LATIN, 8)
    canvas.drawRightString(right, base + 2, address)
    canvas.linkURL(address, (right - 240, base - 4, _WIDTH - _MARGIN - 36, base + size - 6))


def _draw_qr(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    widget = QrCodeWidget(text, barLevel="M", barBorder=2, barWidth=size, barHeight=size)
    drawing = Drawing(size, size)
    drawing.add(widget)
    renderPDF.draw(drawing, canvas, x, y)


def _name(names: Mapping[str, str], language: str) -> str:
    return names.get(language) or next((text for text in names.values() if text), "")


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """(font, piece): what stands in the Latin alphabet in its own font."""
    for font, letters in groupby(text, lambda letter: _LATIN if ord(letter) < _LATIN_1 else _CHINESE):
        yield font, "".join(letters)


def _width(text: str, size: float, spacing: float = 0) -> float:
    found: float = sum(pdfmetrics.stringWidth(piece, font, size) for font, piece in _runs(text))
    return found + spacing * len(text)


def _write(canvas: Canvas, text: str, y: float, size: float, colour: HexColor, *, spacing: float = 0) -> None:
    """Centred; smaller where it would run over the frame."""
    room = _WIDTH - 2 * _MARGIN - 60
    size = min(size, size * room / max(_width(text, size, spacing), 1))
    _write_at(canvas, _CENTRE - _width(text, size, spacing) / 2, y, text, size, colour, spacing=spacing)


def _write_at(  # noqa: PLR0917 - where, what and how, as every drawing call takes them
    canvas: Canvas, x: float, y: float, text: str, size: float, colour: HexColor, *, spacing: float = 0
) -> None:
    line = canvas.beginText(x, y)
    line.setFillColor(colour)
    line.setCharSpace(spacing)
    for font, piece in _runs(text):
        line.setFont(font, size)
        line.textOut(piece)
    canvas.drawText(line)
