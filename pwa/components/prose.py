"""A notice's text as VDOM. It never becomes HTML: what looks like a tag is shown as it was typed."""

from typing import Any

from reactpy import html
from reactpy.types import VdomDict

from offline.rules.prose import Line, Span, parse
from pwa.components.basics import Child, attributes
from pwa.router import Link


def Prose(text: str, *, testid: str = "") -> VdomDict:
    """Paragraphs, lists, bold and links. A path of the app stays in the app, any other address opens beside it."""
    made: list[Child] = []
    for number, block in enumerate(parse(text)):
        key = {"key": str(number)}
        if block.kind == "list":
            made.append(
                html.ul(key, *(html.li({"key": str(index)}, *_line(item)) for index, item in enumerate(block.lines)))
            )
        else:
            made.append(html.p(key, *_paragraph(block.lines)))
    return html.div(attributes("prose", testid, more={"dir": "auto"}), *made)


def _paragraph(lines: tuple[Line, ...]) -> list[Any]:
    made: list[Any] = []
    for line in lines:
        made += [html.br(), *_line(line)] if made else _line(line)
    return made


def _line(line: Line) -> list[Any]:
    return [_span(span) for span in line]


def _span(span: Span) -> Any:
    if span.href.startswith("/"):
        return Link(span.href, span.text)
    if span.href:
        outside = {"target": "_blank", "rel": "noopener noreferrer"} if span.href.lower().startswith("http") else {}
        return html.a({"href": span.href, **outside}, span.text)
    return html.strong(span.text) if span.bold else span.text
