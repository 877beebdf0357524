"""Both languages are complete, every message parses, and every key the code names exists."""

import ast
import json
import re
from collections.abc import Iterator, Set
from pathlib import Path
from typing import get_args

import pytest

from backend.app import JOBS
from i18n.translate import CATALOGS, LOCALES, Faulty, parse, translate
from offline.rules.permissions import ROLES
from offline.rules.statuses import STATUSES
from offline.wire.activities import ActivityStatus
from offline.wire.claims import ClaimStatus
from offline.wire.counts import CountStatus
from offline.wire.registry import COMMANDS
from offline.wire.rows import OrderEventKind
from pwa.context import STATUS_WORDS

PROJECT = Path(__file__).parents[2]
SOURCES = [*(PROJECT / "pwa").rglob("*.py"), *(PROJECT / "i18n").glob("*.py")]
# The desk's own texts are asked for without their area.
KEY = re.compile(r"^[a-z_]+(\.[a-z_0-9A-Z-]+)+$")
CALLED = {"t", "translate"}
# At the desk also ``words(...)``, whose keys are below ``desk.``.
DESK = PROJECT / "pwa" / "desk"


def test_both_languages_have_the_same_keys() -> None:
    chinese, english = (set(CATALOGS[locale]) for locale in LOCALES)
    assert chinese == english


@pytest.mark.parametrize("path", sorted((PROJECT / "i18n" / "catalogs").rglob("*.json")), ids=lambda path: path.name)
def test_no_key_stands_twice_in_a_file(path: Path) -> None:
    """The later one would take the place of the other, whatever that said."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs), [key for key, _ in pairs]
        return dict(pairs)

    json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=once)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_parses_and_says_something(locale: str) -> None:
    for key, text in CATALOGS[locale].items():
        parse(text)
        assert text.strip() or key.startswith("desk."), key


# One thing has one word, and punctuation is that of the language. What is named here was seen on a screen beside its
# better half.
_ASTRAY = {
    "zh-CN": r"你|品类|冻结|登录名|待同步|上级单位|价格待定|……|[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]",
    "en": r"\banew\b|\bmend|\bsuffice|\bcounts? for (all|everybody)|[Ss]econd count|\b[Hh]and(ed)? in\b"
    r"|\b[Ll]ogins?\b|\bblanks\b|[Tt]erritory|\(needed\)|\bhash",
}


@pytest.mark.parametrize("locale", LOCALES)
def test_one_word_for_one_thing(locale: str) -> None:
    plain = {key: re.sub(r"\{[^{}]*\}", "X", text) for key, text in CATALOGS[locale].items()}
    assert {key: text for key, text in plain.items() if re.search(_ASTRAY[locale], text)} == {}


@pytest.mark.parametrize("area", ["", "desk."])
def test_every_event_of_an_order_has_a_name(area: str) -> None:
    kinds = set(get_args(OrderEventKind))
    for path in (PROJECT / "backend" / "orders").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "add_event":
                kind = node.args[2]
                assert not isinstance(kind, ast.Constant) or kind.value in kinds, (path.name, node.lineno)
    for kind in ("queued", *kinds):
        assert f"{area}event.{kind}" in CATALOGS["en"], kind


def test_both_languages_fill_in_the_same_values() -> None:
    for key, text in CATALOGS["zh-CN"].items():
        english = CATALOGS["en"][key]
        # A plural may drop the number ("the other line"), so names count, not places.
        assert _names(text) == _names(english), key


def _names(text: str) -> set[str]:
    forms = re.compile(r"(?<=one )\{\w+\}|(?<=other )\{\w+\}|(?<=\d )\{\w+\}")
    return set(re.findall(r"\{(\w+)[,}]", forms.sub("", text)))


def _called(function: ast.expr) -> str:
    """``t`` for ``app.t(...)``, ``words`` for ``words(...)`` and ``desk.words()(...)``."""
    if isinstance(function, ast.Call):
        return _called(function.func)
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _literals(path: Path, called: Set[str]) -> Iterator[tuple[str, int]]:
    """Constant and formatted first arguments of ``called``; formatted parts become ``*``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if _called(node.func) not in called:
            continue
        for argument in node.args[:2]:
            if isinstance(argument, ast.IfExp):
                choices: list[ast.expr] = [argument.body, argument.orelse]
            else:
                choices = [argument]
            for choice in choices:
                if isinstance(choice, ast.Constant) and isinstance(choice.value, str):
                    yield choice.value, node.lineno
                elif isinstance(choice, ast.JoinedStr):
                    parts = (part.value if isinstance(part, ast.Constant) else "*" for part in choice.values)
                    yield "".join(map(str, parts)), node.lineno


def _exists(key: str) -> bool:
    if "*" not in key:
        return key in CATALOGS["zh-CN"]
    pattern = re.compile(".+".join(map(re.escape, key.split("*"))) + "$")
    return any(pattern.match(known) for known in CATALOGS["zh-CN"])


def test_every_key_in_the_code_exists() -> None:
    missing = [
        f"{path.relative_to(PROJECT)}:{line} {key}"
        for path in SOURCES
        if not path.is_relative_to(DESK)
        for key, line in _literals(path, CALLED)
        if (KEY.match(key.replace("*", "x")) and not _exists(key))
    ]
    assert missing == []


def test_every_key_of_the_desk_exists() -> None:
    found = [
        (f"desk.{key}", f"{path.relative_to(PROJECT)}:{line}")
        for path in DESK.rglob("*.py")
        for key, line in _literals(path, {"words"})
    ]
    assert len(found) > 500
    assert [each for each in found if not _exists(each[0])] == []


def test_every_value_a_text_names_is_given() -> None:
    missing = []
    for path in SOURCES:
        area = "desk." if path.is_relative_to(DESK) else ""
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or any(keyword.arg is None for keyword in node.keywords):
                continue
            called = _called(node.func)
            first = node.args[0] if node.args else None
            if called not in {"t", "words"} or not isinstance(first, ast.Constant):
                continue
            text = CATALOGS["en"].get(f"{area if called == 'words' else ''}{first.value!s}", "")
            lacking = _names(text) - {str(keyword.arg) for keyword in node.keywords}
            missing += [f"{path.relative_to(PROJECT)}:{node.lineno} {first.value!s} {name}" for name in sorted(lacking)]
    assert missing == []


def test_every_job_has_a_name_and_every_reason_words() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "backend").rglob("*.py"))
    reasons = {"worker_died", *re.findall(r"\b(?:GiveUp|TryLater)\(\"([a-z_]+)\"", source)}
    wanted = {f"desk.jobs.kind.{kind}" for kind in JOBS} | {f"desk.jobs.reason.{reason}" for reason in reasons}
    assert wanted - set(CATALOGS["zh-CN"]) == set()


def test_every_refusal_code_has_words() -> None:
    codes: set[str] = set()
    for folder in ("backend", "offline"):
        for path in (PROJECT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            codes |= set(re.findall(r"\bRefused\(\s*\"([a-z_]+)\"", text))
            codes |= set(re.findall(r"\bProblem\(\s*\"([a-z_]+)\"", text))
            codes |= set(re.findall(r"\bcode=\"([a-z_]+)\"", text))
    assert codes, "no refusals found: has the code moved?"
    assert {code for code in codes if f"error.{code}" not in CATALOGS["zh-CN"]} == set()


def test_every_command_status_hold_and_role_has_words() -> None:
    wanted = {f"command.{name}" for name in COMMANDS} | {f"status.{name}" for name in STATUSES}
    wanted |= {f"role.{name}" for name in ROLES} | {f"hold.{name}" for name in ("credit", "approval", "price")}
    assert wanted - set(CATALOGS["zh-CN"]) == set()


def test_every_status_a_refusal_may_name_has_words() -> None:
    told = {"order_status": STATUSES, "activity_status": get_args(ActivityStatus)}
    told |= {"claim_status": get_args(ClaimStatus), "count_status": get_args(CountStatus)}
    assert told.keys() == STATUS_WORDS.keys()
    wanted = {f"{STATUS_WORDS[code]}.{status}" for code, statuses in told.items() for status in statuses}
    assert wanted - set(CATALOGS["zh-CN"]) == set()
    named = {key for key, text in CATALOGS["zh-CN"].items() if key.startswith("error.") and "{status}" in text}
    assert named == {f"error.{code}" for code in STATUS_WORDS}


def test_plural_and_values() -> None:
    assert translate("en", "time.ago.days", count=1) == "1 day ago"
    assert translate("en", "time.ago.days", count=3) == "3 days ago"
    assert translate("zh-CN", "time.ago.days", count=3) == "3 天前"
    assert translate("en", "sync.queue", count=0) == "Nothing waiting"
    assert translate("zh-CN", "nobody.knows") == "nobody.knows"


@pytest.mark.parametrize("text", ["{", "}", "{count, plural, one {x}}", "{count, select, other {x}}", "{a"])
def test_faulty_messages_are_told(text: str) -> None:
    with pytest.raises(Faulty):
        parse(text)
