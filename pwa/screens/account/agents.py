"""What a browser calls itself (its user agent), as the device and the browser a person knows.

Each browser also names those it is built on or wants to pass for, so the first that fits counts. Sources: the user
agents of real browsers in ``tests/screens/test_agents.py``.
"""

from typing import Literal, NamedTuple

Kind = Literal["phone", "tablet", "computer", "program"]


class Agent(NamedTuple):
    """``system`` and ``browser`` are keys below ``account.system`` and ``account.browser``, "" where nobody knows;
    ``program`` the name of what is no browser."""

    kind: Kind
    system: str = ""
    browser: str = ""
    program: str = ""


_BROWSERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("wecom", ("wxwork/",)),
    # Its own name stands far behind, and the server keeps 200 characters.
    ("wechat", ("MicroMessenger/", "MMWEBSDK/", "XWEB/")),
    ("dingtalk", ("DingTalk/",)),
    ("feishu", ("Lark/", "Feishu/")),
    ("edge", ("Edg/", "EdgA/", "EdgiOS/", "Edge/")),
    ("opera", ("OPR/", "OPT/")),
    ("samsung", ("SamsungBrowser/",)),
    ("huawei", ("HuaweiBrowser/",)),
    ("xiaomi", ("MiuiBrowser/",)),
    ("oppo", ("HeyTapBrowser/",)),
    ("vivo", ("VivoBrowser/",)),
    ("qq", ("QQBrowser/",)),
    ("uc", ("UCBrowser/",)),
    ("quark", ("Quark/",)),
    ("baidu", ("baiduboxapp/",)),
    ("firefox", ("Firefox/", "FxiOS/")),
    ("chrome", ("Chrome/", "CriOS/")),
    # An app on an iPhone's home screen says no more than its engine.
    ("safari", ("Safari/", "AppleWebKit/")),
)


def agent_of(text: str) -> Agent:
    """Of a user agent as the server kept it, perhaps cut off."""
    if not text.startswith("Mozilla/"):
        return Agent("program", program=text.split("/", maxsplit=1)[0].split(" ", maxsplit=1)[0])
    kind, system = _system(text)
    browser = next((name for name, marks in _BROWSERS if any(mark in text for mark in marks)), "")
    return Agent(kind, system, browser)


def _system(text: str) -> tuple[Kind, str]:
    if "iPhone" in text or "iPod" in text:
        return "phone", "iphone"
    if "iPad" in text:
        return "tablet", "ipad"
    if "HarmonyOS" in text or "OpenHarmony" in text:
        return ("tablet", "harmony_tablet") if "Tablet;" in text else ("phone", "harmony_phone")
    if "Android" in text:
        return ("phone", "android_phone") if "Mobile" in text else ("tablet", "android_tablet")
    for system, mark in (("windows", "Windows"), ("mac", "Macintosh"), ("chromebook", "CrOS"), ("linux", "Linux")):
        if mark in text:
            return "computer", system
    return "computer", ""
