"""The packs of the demo's product pictures, as regions on a canvas of 640 x 640."""

from typing import NamedTuple

Box = tuple[int, int, int, int]


class Part(NamedTuple):
    """A region of a pack: ``role`` says its colour. ``box`` is (left, top, right, bottom) on the canvas, ``radius``
    of its corners; ``kind`` r(ounded rectangle), e(llipse) or p(olygon through ``points``)."""

    role: str
    box: Box = (0, 0, 0, 0)
    radius: int = 0
    kind: str = "r"
    points: tuple[tuple[int, int], ...] = ()


class Shape(NamedTuple):
    """``label`` is where the brand stands, ``motif`` the flavour (centre x, centre y, radius)."""

    parts: tuple[Part, ...]
    label: Box
    motif: tuple[int, int, int]
    foot: int


def _bag(left: int, right: int, top: int, bottom: int, waist: int) -> tuple[tuple[int, int], ...]:
    """A pillow pack: pinched at both ends, fuller in the middle."""
    middle = (top + bottom) // 2
    return (
        (left + waist, top),
        (right - waist, top),
        (right - waist + 4, top + 34),
        (right, middle - 60),
        (right, middle + 60),
        (right - waist + 4, bottom - 34),
        (right - waist, bottom),
        (left + waist, bottom),
        (left + waist - 4, bottom - 34),
        (left, middle + 60),
        (left, middle - 60),
        (left + waist - 4, top + 34),
    )


SHAPES: dict[str, Shape] = {
    "bottle": Shape(
        (
            Part("cap", (278, 62, 362, 118), 14),
            Part("body", (286, 112, 354, 210), 8),
            Part("body", (216, 150, 424, 330), 90),
            Part("body", (216, 230, 424, 578), 44),
            Part("label", (216, 292, 424, 486)),
            Part("accent", (216, 462, 424, 486)),
        ),
        (224, 306, 416, 360),
        (320, 412, 40),
        578,
    ),
    "can": Shape(
        (
            Part("metal", (216, 92, 424, 580), 34),
            Part("body", (208, 122, 432, 550), 20),
            Part("label", (208, 200, 432, 432)),
            Part("accent", (208, 432, 432, 462)),
        ),
        (216, 216, 424, 276),
        (320, 348, 58),
        580,
    ),
    "carton": Shape(
        (
            Part("dark", kind="p", points=((196, 170), (250, 84), (412, 84), (444, 170))),
            Part("cap", (300, 62, 356, 104), 10),
            Part("body", (196, 166, 444, 580), 10),
            Part("label", (196, 250, 444, 500)),
            Part("accent", (196, 500, 444, 530)),
        ),
        (206, 266, 434, 330),
        (320, 412, 64),
        580,
    ),
    "cup": Shape(
        (
            Part("metal", (178, 168, 462, 206), 18),
            Part("body", kind="p", points=((190, 200), (450, 200), (414, 560), (226, 560))),
            Part("label", kind="p", points=((199, 280), (441, 280), (424, 470), (216, 470))),
            Part("accent", kind="p", points=((216, 470), (424, 470), (421, 500), (219, 500))),
        ),
        (216, 292, 424, 342),
        (320, 404, 50),
        560,
    ),
    "tub": Shape(
        (
            Part("dark", kind="p", points=((168, 210), (472, 210), (430, 570), (210, 570))),
            Part("body", kind="p", points=((164, 214), (476, 214), (446, 470), (194, 470))),
            Part("label", (216, 260, 424, 440), 24),
            Part("metal", (150, 176, 490, 220), 20),
            Part("accent", (150, 208, 490, 220), 4),
        ),
        (224, 272, 416, 322),
        (320, 378, 46),
        570,
    ),
    "box": Shape(
        (
            Part("dark", kind="p", points=((452, 170), (504, 142), (504, 520), (452, 566))),
            Part("light", kind="p", points=((140, 170), (196, 142), (504, 142), (452, 170))),
            Part("body", (140, 168, 454, 568), 6),
            Part("label", (168, 214, 426, 420), 20),
            Part("accent", (140, 470, 454, 500)),
        ),
        (178, 226, 416, 290),
        (297, 352, 52),
        568,
    ),
    "bag": Shape(
        (
            Part("body", kind="p", points=_bag(156, 484, 86, 580, 22)),
            Part("dark", (178, 86, 462, 112)),
            Part("dark", (178, 556, 462, 580)),
            Part("label", (196, 178, 444, 432), 110),
            Part("accent", (172, 476, 468, 506)),
        ),
        (214, 204, 426, 268),
        (320, 346, 62),
        580,
    ),
    "tin": Shape(
        (
            Part("metal", (176, 184, 464, 568), 40),
            Part("body", (170, 222, 470, 536), 12),
            Part("label", (170, 272, 470, 470)),
            Part("accent", (170, 470, 470, 498)),
        ),
        (186, 284, 454, 340),
        (320, 404, 50),
        568,
    ),
    "jar": Shape(
        (
            Part("cap", (280, 64, 360, 128), 12),
            Part("dark", (288, 122, 352, 220), 8),
            Part("dark", (214, 176, 426, 580), 60),
            Part("label", (214, 304, 426, 510)),
            Part("accent", (214, 304, 426, 324)),
        ),
        (222, 334, 418, 388),
        (320, 446, 44),
        580,
    ),
    "sack": Shape(
        (
            Part("body", (156, 108, 484, 580), 48),
            Part("light", (172, 84, 468, 150), 16),
            Part("dark", (172, 128, 468, 138)),
            Part("label", (188, 200, 452, 470), 26),
            Part("accent", (156, 510, 484, 536)),
        ),
        (200, 216, 440, 284),
        (320, 376, 66),
        580,
    ),
    "pump": Shape(
        (
            Part("cap", (222, 70, 364, 100), 14),
            Part("cap", (308, 84, 334, 170), 4),
            Part("cap", (276, 150, 364, 196), 10),
            Part("body", (206, 190, 434, 580), 62),
            Part("label", (206, 296, 434, 500)),
            Part("accent", (206, 488, 434, 506)),
        ),
        (216, 310, 424, 364),
        (320, 426, 46),
        580,
    ),
    "tube": Shape(
        (
            Part("body", kind="p", points=((202, 84), (438, 84), (402, 500), (238, 500))),
            Part("dark", (200, 74, 440, 104), 6),
            Part("label", kind="p", points=((214, 190), (426, 190), (411, 390), (229, 390))),
            Part("accent", kind="p", points=((229, 390), (411, 390), (409, 416), (231, 416))),
            Part("cap", (244, 496, 396, 584), 14),
        ),
        (226, 204, 414, 256),
        (320, 322, 48),
        584,
    ),
    "jug": Shape(
        (
            Part("cap", (330, 66, 426, 140), 16),
            Part("body", (342, 130, 414, 220), 6),
            Part("body", (170, 180, 470, 580), 66),
            Part("hole", (206, 216, 318, 300), 36),
            Part("label", (170, 330, 470, 524)),
            Part("accent", (170, 506, 470, 530)),
        ),
        (186, 342, 454, 398),
        (320, 454, 42),
        580,
    ),
    "roll": Shape(
        (
            Part("light", (128, 156, 320, 360), 70),
            Part("light", (320, 156, 512, 360), 70),
            Part("body", (120, 250, 520, 578), 40),
            Part("label", (170, 300, 470, 500), 24),
            Part("accent", (120, 528, 520, 552)),
        ),
        (184, 314, 456, 374),
        (320, 436, 48),
        578,
    ),
}
