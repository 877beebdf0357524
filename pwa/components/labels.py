"""The few words components bring along themselves (mostly for screen readers), per language."""

from collections.abc import Mapping
from types import MappingProxyType

from reactpy import create_context, use_context
from reactpy.types import Context

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "back": "Back", "cancel": "Cancel", "clear": "Clear", "close": "Close", "less": "Less", "more": "More",
        "navigation": "Main navigation", "ok": "OK", "undo": "Undo", "loading": "Loading",
        "show_password": "Show the password", "hide_password": "Hide the password",
    }
)  # fmt: skip
CHINESE: Mapping[str, str] = MappingProxyType(
    {
        "back": "返回", "cancel": "取消", "clear": "清除", "close": "关闭", "less": "减少", "more": "增加",
        "navigation": "主导航", "ok": "确定", "undo": "撤销", "loading": "加载中",
        "show_password": "显示密码", "hide_password": "隐藏密码",
    }
)  # fmt: skip
LABELS: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": ENGLISH, "zh-CN": CHINESE})

LabelsContext: Context[Mapping[str, str]] = create_context(ENGLISH)


def use_labels() -> Mapping[str, str]:
    """Put ``LabelsContext(..., value=LABELS[language])`` at the top of the app."""
    return use_context(LabelsContext)
