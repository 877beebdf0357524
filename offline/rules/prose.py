"""The little markup of notices, as a tree: paragraphs, lists, bold, links. Never HTML, so nothing can be smuggled in.

    an empty line ends a paragraph, a single line break stays one
    "- " or "* " or "• " at the beginning of a line is a list's item
    **bold**, [text](https://…), and a bare https://… address

A link leads to http, https, tel, mailto, or to a path of the app; anything else stays the text it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

_WIDE = "，。、；：！？…）》”’"
_ITEM = re.compile(r"^\s{0,3}[-*•]\s+(?=\S)")
# Chinese punctuation ends a bare address: there is no space before it.
_INLINE = re.compile(
    r"\*\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*\*"
    r"|\[(?P<label>[^\[\]\n]{1,300})\]\((?P<target>[^()\s]{1,1000})\)"
    r"|(?P<bare>https?://[^\s<>()\"'*\u3000-\u303f\uff00-\uffef\u201c\u201d]{1,1000})"
)
_TARGET = re.compile(r"(?:https?://[^/\s]|mailto:[^\s@]+@|tel:\+?[0-9]|/(?![/\\]))", re.IGNORECASE)
_TRAILING = ".,;:!?"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line; ``href`` empty = no link."""

    text: str
    bold: bool = False
    href: str = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """``paragraph``: lines with a break between; ``list``: items."""

    kind: Literal["paragraph", "list"]
    lines: tuple[Line, ...]


def parse(text: str) -> tuple[Block, ...]:
    """Every character that is no markup comes out again, in order."""
    blocks: list[Block] = []
    for kind, lines in groupby(text.splitlines(), _kind):
        if kind == "list":
            blocks.append(Block("list", tuple(_line(_ITEM.sub("", line)) for line in lines)))
        elif kind == "paragraph":
            blocks.append(Block("paragraph", tuple(_line(line.strip()) for line in lines)))
    return tuple(blocks)


def plain(text: str) -> str:
    """The text without its markup, blocks and lines joined by a space, which full-width punctuation brings along
    itself: for a first glance and for push messages."""
    said = ""
    for line in (line for block in parse(text) for line in block.lines):
        said += (" " if said and said[-1] not in _WIDE else "") + "".join(span.text for span in line)
    return said


def is_target(address: str) -> bool:
    """Whether a link may lead there."""
    return _TARGET.match(address) is not None and address.isprintable()


def _kind(line: str) -> str:
    if not line.strip():
        return ""
    return "list" if _ITEM.match(line) else "paragraph"


def _line(text: str) -> Line:
    return tuple(_spans(text))


def _spans(text: str) -> Iterator[Span]:
    at = 0
    for found in _INLINE.finditer(text):
        span, used = _span(found)
        if span is None:
            continue
        if found.start() > at:
            yield Span(text[at : found.start()])
        yield span
        at = found.start() + used
    if at < len(text):
        yield Span(text[at:])


def _span(found: re.Match[str]) -> tuple[Span | None, int]:
    """The span, and how many characters of the match it takes."""
    whole = len(found[0])
    if found["bold"] is not None:
        return Span(found["bold"], bold=True), whole
    if found["bare"] is not None:
        address = found["bare"].rstrip(_TRAILING)
        return (Span(address, href=address), len(address)) if is_target(address) else (None, 0)
    if not is_target(found["target"]):
        return None, 0
    return Span(found["label"], href=found["target"]), whole
