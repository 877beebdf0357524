"""What the server tells of a table that was taken in, or tried; the desk asks for it with a network only."""

import msgspec


class Refusal(msgspec.Struct, frozen=True):
    """A row that was not taken. ``column`` is the file's header, empty when it is about the whole row."""

    row: int
    column: str
    value: str
    reason: str


class ReadColumn(msgspec.Struct, frozen=True):
    """A column of the file: its header, the field it is read as ("" = not read), and a value out of it."""

    header: str
    field: str
    sample: str


class FieldChoice(msgspec.Struct, frozen=True):
    """What a column may be read as; ``needed``: without it nothing is taken."""

    name: str
    title: str
    needed: bool


class ImportSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A report as ``POST /api/imports/{kind}`` answers. ``refusals`` holds the first of them; notes and reasons are in
    the language that was asked for."""

    kind: str
    rows: int
    made: int
    changed: int
    unchanged: int
    refused: int
    dry_run: bool
    fatal: str
    notes: dict[str, int]
    reasons: dict[str, int]
    refusals: tuple[Refusal, ...]
    columns: tuple[ReadColumn, ...] = ()
    fields: tuple[FieldChoice, ...] = ()

    @property
    def taken(self) -> int:
        """Rows that change something."""
        return self.made + self.changed
