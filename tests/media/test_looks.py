"""Look-alikes in figures: found among pictures that were cropped, turned and compressed again, and false alarms."""

import io
import itertools
import random
from pathlib import Path

import pytest
from PIL import Image

from media.evidence import LOOKALIKE, distance, look_of
from tests.media.conftest import photo
from tests.servers import ROOT

DATA = ROOT.parent / "shared" / "data"
# Three pairs are scans of one paper (README of the data): they are meant to be found.
SAME = {("012", "015"), ("016", "018"), ("074", "624")}


def tampered(picture: Image.Image, chance: random.Random, *, crop: float, turn: float) -> Image.Image:
    """Turned, cut by ``crop`` of each side's length in all, and compressed again."""
    width, height = picture.size
    turned = picture.rotate(turn, Image.Resampling.BICUBIC, fillcolor=chance.choice(["white", "black"]))
    across, down = chance.random() * crop * width, chance.random() * crop * height
    box = (across, down, width * (1 - crop) + across, height * (1 - crop) + down)
    output = io.BytesIO()
    turned.crop(tuple(map(round, box))).save(output, "JPEG", quality=60)  # type: ignore[arg-type]  # four numbers
    return Image.open(output).convert("RGB")


def pictures(paths: list[Path]) -> dict[str, Image.Image]:
    found = {}
    for path in paths:
        picture = Image.open(path).convert("RGB")
        picture.thumbnail((1600, 1600))
        found[path.stem] = picture
    return found


def test_made_pictures() -> None:
    made = [Image.open(io.BytesIO(photo(800, 600, seed))).convert("RGB") for seed in range(8)]
    looks = [look_of(picture) for picture in made]
    chance = random.Random(1)
    for picture, look in zip(made, looks, strict=True):
        assert distance(look, look) == 0
        assert distance(look, look_of(tampered(picture, chance, crop=0.03, turn=2))) <= LOOKALIKE
    assert min(distance(*pair) for pair in itertools.combinations(looks, 2)) > LOOKALIKE


def test_a_tiny_and_a_thin_picture_have_a_look() -> None:
    for size in ((1, 1), (1, 900), (900, 1)):
        look = look_of(Image.new("RGB", size, "white"))
        assert distance(look, look) == 0


@pytest.mark.parametrize("wrong", ["", "abc", "0" * 639, "x" * 640])
def test_what_is_no_look(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"look|invalid literal"):
        distance(wrong, look_of(Image.new("RGB", (9, 9))))


def test_real_receipts_and_shelves() -> None:
    receipts = pictures(sorted((DATA / "receipts").glob("*.jpg")))
    if not receipts:
        pytest.skip(f"NOT MEASURED: no receipts in {DATA}")
    everything = receipts | pictures(sorted((DATA / "shelf").rglob("*.jpg")))
    looks = {name: look_of(picture) for name, picture in everything.items()}
    chance = random.Random(3)
    recall = {}
    for what, crop, turn in (("cropped", 0.03, 0), ("turned", 0, 2), ("both", 0.03, 2), ("both, other way", 0.03, -2)):
        hits = [
            distance(looks[name], look_of(tampered(picture, chance, crop=crop, turn=turn))) <= LOOKALIKE
            for name, picture in everything.items()
        ]
        recall[what] = sum(hits) / len(hits)
    pairs = [pair for pair in itertools.combinations(receipts, 2) if pair not in SAME]
    alarms = sum(distance(looks[first], looks[second]) <= LOOKALIKE for first, second in pairs) / len(pairs)
    print(f"look-alikes found: {recall}; false alarms: {alarms:.2%} of {len(pairs)} pairs")  # noqa: T201 - with -s the figures are read
    assert recall["cropped"] >= 0.98
    assert recall["turned"] >= 0.98
    assert min(recall.values()) >= 0.95
    assert alarms <= 0.015
    assert all(distance(looks[first], looks[second]) == 0 for first, second in SAME)
