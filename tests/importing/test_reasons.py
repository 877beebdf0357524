"""Reasons in both languages, and that each has words."""

import re
from pathlib import Path

import msgspec
import pytest

from backend.importing.reasons import Named, Reason, of_limit, of_refusal, said
from backend.sync.commands import Refused
from i18n.translate import CATALOGS
from offline.ids import new_id
from offline.wire.commands import OrganisationSave

FOLDER = Path(__file__).parents[2] / "backend" / "importing"
NAMED = re.compile(r"\b(?:Reason|BadCell|UnreadableFile|WrongMapping)\(\s*\"(\w+)\"")


def codes() -> set[str]:
    return {code for file in FOLDER.glob("*.py") for code in NAMED.findall(file.read_text(encoding="utf-8"))}


def test_the_codes_are_found() -> None:
    assert len(codes()) > 50


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_each_code_has_words(locale: str) -> None:
    missing = {code for code in codes() if f"imports.why.{code}" not in CATALOGS[locale]}
    assert not missing


def test_words_that_no_code_uses() -> None:
    used = {*codes(), "above", "at_least", "at_most", "below", "too_short", "lists_made", "lists_changed"}
    used |= {"no_column", "no_column_named", "no_xlsx", "file_name_here"}
    known = {key.removeprefix("imports.why.") for key in CATALOGS["en"] if key.startswith("imports.why.")}
    assert known - used == set()


def test_a_reason_reads_as_english_and_speaks_both() -> None:
    reason = Reason("none_of", choices=Named("active, withdrawn", "在售、停售"))
    assert reason == "none of active, withdrawn"
    assert said(reason, "en") == "none of active, withdrawn"
    assert said(reason, "zh-CN") == "只能填：在售、停售"
    assert said("as it is", "zh-CN") == "as it is"


def test_a_reason_within_a_reason() -> None:
    reason = Reason("list_not_taken", code="A", said=Reason("no_name"))
    assert said(reason, "zh-CN") == "价目表 A 未导入：缺少名称"


@pytest.mark.parametrize(
    ("refused", "english", "chinese"),
    [
        (Refused("sku_taken", value="N-1"), "The SKU “N-1” is taken", "编码“N-1”已被使用"),
        (Refused("invalid", field="packs"), "not valid (packs)", "这一项不正确（packs）"),
        (Refused("of_tomorrow", value=3), "of_tomorrow: value 3", "of_tomorrow: value 3"),
        (Refused("of_tomorrow"), "of_tomorrow", "of_tomorrow"),
    ],
)
def test_what_a_service_refuses(refused: Refused, english: str, chinese: str) -> None:
    reason = of_refusal(refused)
    assert (said(reason, "en"), said(reason, "zh-CN")) == (english, chinese)


@pytest.mark.parametrize(
    ("changes", "field", "english", "chinese"),
    [
        ({"code": "x" * 200}, "code", "longer than 64 characters", "超过 64 个字"),
        ({"payment_days": 4000}, "payment_days", "must be at most 365", "不能大于 365"),
        ({"payment_days": -1}, "payment_days", "must be at least 0", "不能小于 0"),
    ],
)
def test_what_is_beyond_the_wires_limits(changes: dict[str, object], field: str, english: str, chinese: str) -> None:
    known = {"organisation": new_id(), "code": "A", "name": {"en": "A"}, "type": "shop", "parent": new_id()}
    with pytest.raises(msgspec.ValidationError) as beyond:
        msgspec.convert({**known, **changes}, OrganisationSave)
    reason, found = of_limit(beyond.value)
    assert (found, said(reason, "en"), said(reason, "zh-CN")) == (field, english, chinese)


def test_a_limit_of_another_kind_is_told_as_it_is() -> None:
    with pytest.raises(msgspec.ValidationError) as beyond:
        msgspec.convert({"code": 3}, OrganisationSave)
    reason, _field = of_limit(beyond.value)
    assert "Expected" in said(reason, "en")
