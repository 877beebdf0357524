"""The certificate: who gets the PDF, that Chinese stands in it as Chinese, and what a stranger is told of its code."""

import re
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import structlog
from litestar import Litestar
from PIL import Image, ImageChops

from backend.learning.certificate_pdf import certificate_pdf
from backend.learning.codes import readable_code
from backend.learning.models import Certificate as CertificateTable
from backend.learning.verify_page import found_page, locale_of, unknown_page
from offline.wire.learning import Certificate, CertificateRevoke
from tests.learning.lessons import finish, published
from tests.learning.test_taking import certificates
from tests.people import World
from tests.shop import Shop

BRAND = {"zh": "品牌", "en": "Brand"}


def made(**changes: Any) -> Certificate:
    given: dict[str, Any] = {
        "id": "c", "code": "7KQ2M9X4B6D8F3HJ", "user": "u", "user_name": "陈美玲", "course": "k",
        "organisation_name": {"zh": "好邻居便利店"}, "title": {"zh": "货架陈列标准", "en": "Display standards"},
        "percent": 100, "issued_on": date(2026, 7, 14), "expires_on": date(2027, 7, 14),
    }  # fmt: skip
    return Certificate(**(given | changes))


async def certified(shop: Shop) -> CertificateTable:
    await shop.done("staff", finish(await published(shop)))
    (row,) = await certificates(shop)
    return row


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_holder_and_who_sees_results_get_the_pdf(client: httpx.AsyncClient, world: World, shop: Shop) -> None:
    row = await certified(shop)
    path = f"/api/certificates/{row.id}/certificate.pdf"
    for login in ("staff", "trainer", "hq"):
        answer = await client.get(path, headers=world.demo.bearer(login))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")
        assert f"http://qudao.test/verify/{row.code}".encode() in answer.content
    for bearer in (world.demo.bearer("shop"), world.demo.bearer("rep"), world.other.bearer("hq")):
        answer = await client.get(path, headers=bearer)
        assert (answer.status_code, answer.json()["code"]) == (404, "certificate_unknown")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_its_link_leads_to_us_whatever_host_a_request_names(
    app: Litestar, client: httpx.AsyncClient, world: World, shop: Shop
) -> None:
    row = await certified(shop)
    path = f"/api/certificates/{row.id}/certificate.pdf"
    forged = world.demo.bearer("staff") | {"Host": "evil.example"}
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            assert b"http://evil.example/verify/" in (await client.get(path, headers=forged)).content
    assert [line["address"] for line in logs if "QUDAO_PUBLIC_URL" in line["event"]] == ["http://evil.example"]
    app.state.settings = msgspec.structs.replace(app.state.settings, public_url="https://q.example")
    content = (await client.get(path, headers=forged)).content
    assert f"https://q.example/verify/{row.code}".encode() in content
    assert b"evil" not in content


async def test_anybody_who_has_the_code_may_verify(client: httpx.AsyncClient, shop: Shop) -> None:
    row = await certified(shop)
    # As it is copied from paper: in fours, small letters, O for nought and l for one.
    typed = readable_code(row.code).lower().replace("0", "o").replace("1", "l")
    answer = await client.get(f"/verify/{typed}", params={"lang": "zh-CN"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "script" not in answer.headers["content-security-policy"]
    for shown in ("Staff", "陈列标准", "品牌 demo", readable_code(row.code)):
        assert shown in answer.text
    # Made in the past of the test's shop, for twelve months from there.
    soon = datetime.now(UTC).date() + timedelta(days=30)
    state = "valid" if row.expires_on and row.expires_on > soon else "expiring|expired"
    assert re.search(f'data-state="({state})"', answer.text)
    english = await client.get(f"/verify/{row.code}", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert 'lang="en"' in english.text
    assert "Display standards" in english.text
    assert (await client.get("/verify/verify.css")).headers["content-type"].startswith("text/css")
    await shop.done("trainer", CertificateRevoke(certificate=row.id, reason="secret reason"))
    told = await client.get(f"/verify/{row.code}")
    assert 'data-state="revoked"' in told.text
    assert "secret reason" not in told.text


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("code", ["0" * 16, "%3Cscript%3E", "a" * 60, "%00"])
async def test_a_code_that_is_none(client: httpx.AsyncClient, world: World, code: str) -> None:
    answer = await client.get(f"/verify/{code}")
    assert answer.status_code == 404
    assert "<script" not in answer.text
    # By way of the field it is the same page.
    asked = await client.get(f"/verify?code={code}&lang=en", follow_redirects=True)
    assert (asked.status_code, asked.url.path) == (404, answer.url.path)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_who_has_no_camera_types_the_number(client: httpx.AsyncClient, shop: Shop) -> None:
    row = await certified(shop)
    page = await client.get("/verify", params={"lang": "en"})
    assert page.status_code == 200
    assert 'name="code"' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    typed = {"code": f" {readable_code(row.code)} ", "lang": "en"}
    found = await client.get("/verify", params=typed, follow_redirects=True)
    assert (found.status_code, "Staff" in found.text, 'lang="en"' in found.text) == (200, True, True)


def test_the_page_tells_every_state_and_escapes_what_people_typed() -> None:
    page = found_page(made(user_name="<b>x</b>"), "valid", BRAND, "zh-CN")
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "2027年7月14日" in page
    texts = {state: found_page(made(), state, BRAND, "en") for state in ("valid", "expiring", "expired", "revoked")}
    assert len({re.search(r'data-state="\w+">([^<]+)', text)[1] for text in texts.values()}) == 4  # type: ignore[index]  # the test fails here without it
    assert "No expiry" in found_page(made(expires_on=None), "valid", BRAND, "en")
    assert "&lt;" in unknown_page("en", "<")


@pytest.mark.parametrize(
    ("asked", "accepted", "locale"),
    [
        ("en", "zh", "en"),
        ("", "zh-TW,zh;q=0.9", "zh-CN"),
        ("xx", "fr,en;q=0.5", "en"),
        ("", "fr", "en"),
        ("", "", "zh-CN"),
    ],
)
def test_the_language_of_the_page(asked: str, accepted: str, locale: str) -> None:
    assert locale_of(asked, accepted) == locale


def render(content: bytes, folder: Path, name: str) -> Image.Image:
    """The page as Ghostscript draws it, grey, 72 dots an inch."""
    (folder / f"{name}.pdf").write_bytes(content)
    target = folder / f"{name}.png"
    command = ["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pnggray", "-r72", f"-sOutputFile={target}"]
    subprocess.run([*command, str(folder / f"{name}.pdf")], check=True, capture_output=True, timeout=60)
    return Image.open(target)


@pytest.mark.skipif(shutil.which("gs") is None, reason="NOT TESTED: no Ghostscript here that draws the certificate")
def test_a_chinese_name_is_drawn_as_itself(tmp_path: Path) -> None:
    """Two names differ where the name stands and nowhere else; a font that lacks them would draw both alike."""
    pages = {name: render(certificate_pdf(made(user_name=name), BRAND, "http://x/verify/7"), tmp_path, name)
             for name in ("陈美玲", "欧阳娜", "李芳芳")}  # fmt: skip
    boxes = []
    for one, other in (("陈美玲", "欧阳娜"), ("欧阳娜", "李芳芳")):
        box = ImageChops.difference(pages[one], pages[other]).point(lambda grey: 255 if grey > 64 else 0).getbbox()
        assert box is not None, f"{one} and {other} look the same"
        boxes.append(box)
    for left, upper, right, lower in boxes:
        assert 300 < left < right < 542
        assert 180 < upper < lower < 240


def test_long_words_stay_inside_the_frame() -> None:
    """Nothing raises, whatever a name is made of; the size follows the room."""
    for name in ("A" * 200, "长" * 200, "Ünïcödé Ñame", "Владимир", "مريم", "𠮷野家"):
        assert certificate_pdf(made(user_name=name, title={"zh": name}), BRAND, "http://x/").startswith(b"%PDF")
