"""User agents of real browsers, in words a person knows."""

import pytest

from i18n.translate import CATALOGS
from pwa.screens.account.agents import Agent, agent_of

KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KHTML}"
KNOWN = [
    (f"Mozilla/5.0 (Linux; Android 10; K) {KHTML} Chrome/131.0.0.0 Mobile Safari/537.36", "android_phone", "chrome"),
    (f"Mozilla/5.0 (Linux; Android 10; K) {KHTML} Chrome/131.0.0.0 Safari/537.36", "android_tablet", "chrome"),
    (
        f"Mozilla/5.0 (Linux; Android 10; K) {KHTML} Chrome/131.0.0.0 Mobile Safari/537.36 EdgA/131.0.0.0",
        "android_phone",
        "edge",
    ),
    (
        f"Mozilla/5.0 (Linux; Android 14; SM-S921B) {KHTML} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
        "android_phone",
        "samsung",
    ),
    (
        f"Mozilla/5.0 (Linux; U; Android 13; zh-cn; 2211133C Build/TKQ1.220905.001) {KHTML} Version/4.0 "
        "Chrome/112.0.5615.136 Mobile Safari/537.36 XiaoMi/MiuiBrowser/18.2.150419",
        "android_phone",
        "xiaomi",
    ),
    (
        f"Mozilla/5.0 (Linux; Android 12; HarmonyOS; ALN-AL00; HMSCore 6.13.0.302) {KHTML} Chrome/114.0.5735.196 "
        "HuaweiBrowser/14.0.5.303 Mobile Safari/537.36",
        "harmony_phone",
        "huawei",
    ),
    (
        f"Mozilla/5.0 (Tablet; OpenHarmony 5.0) {KHTML} Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 "
        "HuaweiBrowser/5.0.4.300",
        "harmony_tablet",
        "huawei",
    ),
    (
        f"Mozilla/5.0 (Linux; U; Android 12; zh-CN; V2154A) {KHTML} Version/4.0 Chrome/100.0.4896.58 "
        "UCBrowser/16.2.2.1280 Mobile Safari/537.36",
        "android_phone",
        "uc",
    ),
    (
        f"Mozilla/5.0 (Linux; U; Android 11; zh-cn; PEGM00) {KHTML} Version/4.0 Chrome/89.0.4389.72 MQQBrowser/13.5 "
        "Mobile Safari/537.36",
        "android_phone",
        "qq",
    ),
    ("Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0", "android_phone", "firefox"),
    (f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1", "iphone", "safari"),
    (f"{IPHONE} Mobile/15E148", "iphone", "safari"),  # from the home screen
    (f"{IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", "iphone", "chrome"),
    (f"{IPHONE} FxiOS/132.0 Mobile/15E148 Safari/605.1.15", "iphone", "firefox"),
    (f"{IPHONE} Version/17.0 EdgiOS/131.0.2903.48 Mobile/15E148 Safari/604.1", "iphone", "edge"),
    (f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.50(0x18003237) NetType/4G Language/zh_CN", "iphone", "wechat"),
    (
        f"{IPHONE} Mobile/15E148 wxwork/4.1.30 MicroMessenger/7.0.1 Language/zh ColorScheme/Light",
        "iphone",
        "wecom",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 15_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.6 "
        "Mobile/15E148 Safari/604.1",
        "ipad",
        "safari",
    ),
    (f"{WINDOWS} Chrome/131.0.0.0 Safari/537.36", "windows", "chrome"),
    (f"{WINDOWS} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "windows", "edge"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", "windows", "firefox"),
    (f"{WINDOWS} Chrome/120.0.0.0 Safari/537.36 OPR/106.0.0.0", "windows", "opera"),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 "
        "Safari/605.1.15",
        "mac",
        "safari",
    ),
    (f"Mozilla/5.0 (X11; Linux x86_64) {KHTML} HeadlessChrome/131.0.0.0 Safari/537.36", "linux", "chrome"),
    (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {KHTML} Chrome/131.0.0.0 Safari/537.36", "chromebook", "chrome"),
]


@pytest.mark.parametrize(("text", "system", "browser"), KNOWN)
def test_a_browser_is_told_by_its_device_and_name(text: str, system: str, browser: str) -> None:
    found = agent_of(text)
    assert (found.system, found.browser) == (system, browser)
    for locale in CATALOGS:
        assert f"account.system.{system}" in CATALOGS[locale]
        assert f"account.browser.{browser}" in CATALOGS[locale]


def test_one_that_was_cut_off_is_told_by_what_is_left() -> None:
    text = (
        f"Mozilla/5.0 (Linux; Android 13; 2211133C Build/TKQ1.220905.001; wv) {KHTML} Version/4.0 Chrome/116.0.0.0 "
        "Mobile Safari/537.36 XWEB/1160117 MMWEBSDK/20231202 MMWEBID/3628 MicroMessenger/8.0.47.2560(0x28002F30)"
    )
    assert agent_of(text[:200]).browser == "wechat"
    assert agent_of(text[:60]) == Agent("tablet", "android_tablet")


def test_the_kind_of_a_device() -> None:
    kinds = {system: agent_of(text).kind for text, system, _ in KNOWN}
    assert {name for name, kind in kinds.items() if kind == "phone"} == {"android_phone", "harmony_phone", "iphone"}
    assert {name for name, kind in kinds.items() if kind == "tablet"} == {"android_tablet", "harmony_tablet", "ipad"}


@pytest.mark.parametrize(
    ("text", "program"),
    [("python-httpx/0.28.1", "python-httpx"), ("curl/8.5.0", "curl"), ("", ""), ("ERP sync", "ERP")],
)
def test_what_is_no_browser_has_its_own_name(text: str, program: str) -> None:
    assert agent_of(text) == Agent("program", program=program)


def test_a_browser_nobody_knows_is_a_computer() -> None:
    assert agent_of("Mozilla/5.0 (Haiku) Gecko/20100101") == Agent("computer")
