"""The golden vectors, and that their runner can fail."""

import json
from pathlib import Path

from tests.rules.run_vectors import VECTORS, run


def test_all_vectors_hold() -> None:
    assert run() == []


def test_no_vectors_is_a_failure(tmp_path: Path) -> None:
    assert run(tmp_path) == [f"no vectors in {tmp_path}"]


def test_the_runner_tells_what_differs(tmp_path: Path) -> None:
    document = json.loads((VECTORS / "pricing.json").read_text())
    golden = document["vectors"][0]
    golden["expect"] = "9@1 8@2 6@5"
    broken = {"name": "broken", "rule": "ladder", "world": "default first", "given": {}, "expect": ""}
    (tmp_path / "one.json").write_text(json.dumps({"worlds": document["worlds"], "vectors": [golden, broken]}))
    assert run(tmp_path) == [
        f"one.json / {golden['name']}: result: expected '9@1 8@2 6@5', got '9@1 8@2 7@4 6@5'",
        "one.json / broken: raised KeyError('product')",
    ]


def test_every_vector_has_its_own_name() -> None:
    for path in VECTORS.glob("*.json"):
        names = [vector["name"] for vector in json.loads(path.read_text())["vectors"]]
        assert len(names) == len(set(names)), path.name
