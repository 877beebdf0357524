"""In what sizes the demo's goods come and how they are packed, by the kind of line: see ``goods``."""

from typing import NamedTuple


class Size(NamedTuple):
    """``text`` as printed on the pack, ``code`` its part of the SKU, ``times`` the price of the line's first size,
    ``case`` base units in a case, ``inner`` in an inner pack (0: none). ``unit`` where it isn't its format's."""

    text: str
    code: str
    times: float
    case: int
    inner: int
    unit: str = ""


class Format(NamedTuple):
    """How goods of one set of sizes are packed: ``unit`` is a key of ``UNITS``, ``shape`` what pictures draw."""

    unit: str
    shape: str


UNITS: dict[str, tuple[str, str]] = {
    "bottle": ("瓶", "bottle"),
    "can": ("罐", "can"),
    "carton": ("盒", "carton"),
    "bag": ("袋", "bag"),
    "pack": ("包", "pack"),
    "tub": ("桶", "tub"),
    "cup": ("杯", "cup"),
    "tube": ("支", "tube"),
    "bar": ("块", "bar"),
    "roll": ("提", "bundle"),
    "jar": ("瓶", "jar"),
    "box": ("盒", "box"),
}

SIZES: dict[str, tuple[Size, ...]] = {
    "drink": (
        Size("450ml", "0450", 1.0, 12, 6),
        Size("330ml", "0330", 0.78, 24, 6),
        Size("500ml", "0500", 1.08, 24, 6),
        Size("1L", "1000", 1.75, 12, 6),
        Size("1.5L", "1500", 2.3, 6, 0),
    ),
    "water": (
        Size("550ml", "0550", 1.0, 24, 12),
        Size("380ml", "0380", 0.8, 24, 12),
        Size("1.5L", "1500", 2.1, 12, 6),
        Size("5L", "5000", 5.2, 4, 0),
    ),
    "carton": (
        Size("1L", "1000", 1.0, 6, 0),
        Size("250ml", "0250", 0.3, 24, 12),
        Size("330ml", "0330", 0.38, 24, 6),
        Size("2L", "2000", 1.85, 4, 0),
    ),
    "can": (Size("250ml", "0250", 1.0, 24, 6), Size("330ml", "0330", 1.25, 24, 6), Size("500ml", "0500", 1.7, 12, 0)),
    "cup": (Size("100g", "0100", 1.0, 48, 8), Size("180g", "0180", 1.6, 24, 6), Size("400g", "0400", 3.1, 12, 0)),
    "box": (
        Size("200g", "0200", 1.0, 24, 0),
        Size("100g", "0100", 0.55, 48, 12),
        Size("350g", "0350", 1.65, 16, 0),
        Size("600g", "0600", 2.6, 8, 0),
    ),
    "snack": (
        Size("70g", "0070", 1.0, 24, 6),
        Size("40g", "0040", 0.6, 48, 12),
        Size("120g", "0120", 1.6, 20, 0),
        Size("200g", "0200", 2.5, 12, 0),
    ),
    "noodle": (
        Size("5 连包", "0505", 1.0, 6, 0),
        Size("105g 桶", "0105", 0.35, 12, 0, "tub"),
        Size("单包 85g", "0085", 0.22, 24, 0, "pack"),
    ),
    "tin": (Size("340g", "0340", 1.0, 24, 6), Size("185g", "0185", 0.6, 48, 12), Size("500g", "0500", 1.4, 12, 0)),
    "sauce": (
        Size("500ml", "0500", 1.0, 12, 0),
        Size("250ml", "0250", 0.58, 24, 0),
        Size("1.25L", "1250", 2.1, 6, 0),
        Size("1.9L", "1900", 3.0, 6, 0),
    ),
    "sack": (
        Size("5kg", "5000", 1.0, 4, 0),
        Size("2.5kg", "2500", 0.54, 8, 0),
        Size("10kg", "10KG", 1.92, 2, 0),
        Size("1kg", "1000", 0.24, 12, 0),
    ),
    "oil": (Size("5L", "5000", 1.0, 4, 0), Size("1.8L", "1800", 0.42, 6, 0), Size("900ml", "0900", 0.24, 12, 0)),
    "pump": (
        Size("500ml", "0500", 1.0, 12, 0),
        Size("300ml", "0300", 0.66, 24, 0),
        Size("750ml", "0750", 1.38, 12, 0),
        Size("1L", "1000", 1.72, 8, 0),
    ),
    "tube": (Size("120g", "0120", 1.0, 72, 12), Size("90g", "0090", 0.8, 72, 12), Size("180g", "0180", 1.4, 48, 6)),
    "jug": (
        Size("2kg", "2000", 1.0, 6, 0),
        Size("1kg", "1000", 0.55, 12, 0),
        Size("3kg", "3000", 1.42, 4, 0),
        Size("500g 袋", "0500", 0.28, 20, 0, "bag"),
    ),
    "roll": (
        Size("3 层 10 卷", "0310", 1.0, 8, 0),
        Size("4 层 12 卷", "0412", 1.35, 6, 0),
        Size("抽纸 6 包", "0006", 0.82, 10, 0),
        Size("湿巾 80 片", "0080", 0.4, 24, 0, "pack"),
    ),
    "kibble": (
        Size("1.5kg", "1500", 1.0, 6, 0),
        Size("500g", "0500", 0.42, 12, 0),
        Size("85g", "0085", 0.1, 48, 12),
        Size("10kg", "10KG", 5.6, 1, 0),
    ),
}

FORMATS: dict[str, Format] = {
    "drink": Format("bottle", "bottle"),
    "water": Format("bottle", "bottle"),
    "carton": Format("carton", "carton"),
    "can": Format("can", "can"),
    "cup": Format("cup", "cup"),
    "box": Format("box", "box"),
    "snack": Format("bag", "bag"),
    "noodle": Format("bag", "tub"),
    "tin": Format("can", "tin"),
    "sauce": Format("bottle", "jar"),
    "sack": Format("bag", "sack"),
    "oil": Format("tub", "jug"),
    "pump": Format("bottle", "pump"),
    "tube": Format("tube", "tube"),
    "jug": Format("bottle", "jug"),
    "roll": Format("roll", "roll"),
    "kibble": Format("bag", "sack"),
}

# How a size that is words on a Chinese pack reads in English.
SIZE_EN = {
    "5 连包": "5-Pack",
    "105g 桶": "Tub 105 g",
    "单包 85g": "85 g",
    "500g 袋": "Refill 500 g",
    "3 层 10 卷": "3-ply 10 rolls",
    "4 层 12 卷": "4-ply 12 rolls",
    "抽纸 6 包": "Tissues 6 packs",
    "湿巾 80 片": "Wipes 80 sheets",
}
