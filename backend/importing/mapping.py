"""Mappings: small TOML or JSON files that say which column of a file is which field.

::

    kind = "products"                  # products | assortments | partners | price-lists | stock | orders
    sheet = "Sheet1"                   # of an .xlsx; the first one when left out
    decimal_point = ","                # "." when left out
    time_zone = "Europe/London"        # of times without one; the brand's when left out

    [columns]
    "name_*" = "name_*"                # a column for each language: name_zh, name_fr ...
    sku = "Item code"                  # a header, or several of which the first one present counts
    name_en = ["Description", "Name"]

    [columns.status]                   # or a table with more
    from = "Active"
    values = { Y = "active", N = "withdrawn" }
    upper = true                       # also lower
    default = "active"                 # for empty cells

    [constants]                        # fields that no column gives
    tax_rate = "0.20"

A mapping is chosen by its name (those shipped in ``mappings/``) or by its path. Headers are compared without regard
to case, width, spaces and underscores.
"""

import json
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec

from backend.importing.reasons import Reason

Kind = Literal["products", "assortments", "partners", "price-lists", "stock", "orders"]
KINDS: tuple[Kind, ...] = ("products", "assortments", "partners", "price-lists", "stock", "orders")


class WrongMapping(Exception):
    """``reason`` is for people: ``code`` and what it names, see ``Reason``."""

    def __init__(self, code: str, /, **detail: Any) -> None:
        self.reason = Reason(code, **detail)
        super().__init__(self.reason)


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    source: str | list[str]
    values: dict[str, str | int | bool] = {}
    default: str | int | bool | None = None
    upper: bool = False
    lower: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        return (self.source,) if isinstance(self.source, str) else tuple(self.source)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Kind
    columns: dict[str, str | list[str] | Column]
    constants: dict[str, str | int | float | bool] = {}
    sheet: str = ""
    decimal_point: Literal[".", ","] = "."
    time_zone: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class FileMapping:
    """``columns`` by field."""

    kind: Kind
    columns: Mapping[str, Column]
    constants: Mapping[str, Any] = field(default_factory=dict)
    sheet: str = ""
    decimal_point: str = "."
    time_zone: str = ""


def load_mapping(name: str, kind: Kind, known: Collection[str]) -> FileMapping:
    """The mapping ``name`` (empty: the one shipped for ``kind``) for the fields ``known``; ``name_*`` among them
    stands for any language. Raises ``WrongMapping``."""
    text, suffix = _read(name or kind)
    try:
        raw = json.loads(text) if suffix == ".json" else tomllib.loads(text)
        found = msgspec.convert(raw, _File)
    except (ValueError, msgspec.ValidationError) as error:
        raise WrongMapping("mapping", name=name or kind, said=str(error)) from error
    if found.kind != kind:
        raise WrongMapping("mapping_kind", name=name, found=found.kind, kind=kind)
    patterns = [re.escape(each).replace(r"\*", r"[A-Za-z-]{2,16}") for each in known]
    for each in (*found.columns, *found.constants):
        if each not in known and not any(re.fullmatch(pattern, each) for pattern in patterns):
            raise WrongMapping("mapping_field", name=name or kind, kind=kind, field=each)
    columns = {
        each: column if isinstance(column, Column) else Column(source=column) for each, column in found.columns.items()
    }
    return FileMapping(kind, columns, found.constants, found.sheet, found.decimal_point, found.time_zone)


def _read(name: str) -> tuple[str, str]:
    shipped = files("backend.importing").joinpath("mappings", f"{name}.toml")
    if re.fullmatch(r"[a-z0-9-]+", name) and shipped.is_file():
        return shipped.read_text(encoding="utf-8"), ".toml"
    path = Path(name)
    try:
        return path.read_text(encoding="utf-8-sig"), path.suffix.lower()
    except (OSError, UnicodeDecodeError) as error:
        known = sorted(Path(each.name).stem for each in files("backend.importing").joinpath("mappings").iterdir())
        raise WrongMapping("no_mapping", name=name, known=", ".join(known)) from error


def folded(header: str) -> str:
    return re.sub(r"[\s_\-]+", "", unicodedata.normalize("NFKC", header)).casefold()


def expanded(mapping: FileMapping, headers: Iterable[str]) -> FileMapping:
    """With a column for each language of the file where the mapping says ``"name_*" = "name_*"``."""
    columns: dict[str, Column] = {}
    present = list(headers)
    for name, column in mapping.columns.items():
        if not name.endswith("_*"):
            columns[name] = column
            continue
        pattern = re.compile(rf"{re.escape(name[:-1])}([A-Za-z-]{{2,16}})")
        for header in present:
            match = pattern.fullmatch(header)
            if match is not None and header not in mapping.columns:
                columns[header] = msgspec.structs.replace(column, source=header)
    return replace(mapping, columns=columns)


def chinese_of(column: Column | None) -> str:
    """What the field is called in Chinese; "" where the mapping does not say."""
    return next((each for each in column.headers if not each.isascii()), "") if column is not None else ""


def chosen_columns(mapping: FileMapping, chosen: Mapping[str, str]) -> FileMapping:
    """The mapping with the columns that a person chose, field -> header, and no others. Words for codes stay."""
    columns = {
        name: msgspec.structs.replace(mapping.columns.get(name, Column(source="")), source=header)
        for name, header in chosen.items()
    }
    return replace(mapping, columns=columns)


def match_headers(mapping: FileMapping, headers: Iterable[str]) -> dict[str, str]:
    """Field -> header of the file, for the columns that are there."""
    present = {folded(header): header for header in headers if header}
    found: dict[str, str] = {}
    for name, column in mapping.columns.items():
        header = next((present[folded(each)] for each in column.headers if folded(each) in present), None)
        if header is not None:
            found[name] = header
    return found
