"""Camera, gallery, scanner and signature in a browser, with a stand-in for its camera."""

import hashlib
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Playwright, expect

from tests.browser import browser_profile
from tests.e2e.parts import come_true
from tests.pwa.barcodes import code128_modules, ean8_modules, ean13_modules, film_of, itf14_modules, upce_modules
from tests.pwa.phone import Phone
from tests.pwa.server import Served

FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
HERE = {"latitude": 31.2304, "longitude": 121.4737, "accuracy": 12}
CODE = "6901234567892"
# What stands on goods and cartons, as the scanner promises to read it.
CODES = {
    CODE: ean13_modules,
    "96385074": ean8_modules,
    "0036000291452": ean13_modules,  # an UPC-A
    "0042100005264": lambda _whole: upce_modules("04252614"),  # zxing tells it with its zeros
    "QS-0450/24": code128_modules,
    "16901234567899": itf14_modules,
}

# The bytes of a file as the app's own store holds them.
KEPT = """async (id) => {
  const db = await new Promise((done) => {
    const asked = indexedDB.open("qudao-media");
    asked.onsuccess = () => done(asked.result);
  });
  const found = await new Promise((done) => {
    const asked = db.transaction("pieces").objectStore("pieces").getAll(IDBKeyRange.bound([id, 0], [id, Infinity]));
    asked.onsuccess = () => done(asked.result);
  });
  db.close();
  return found.flatMap((piece) => [...new Uint8Array(piece)]);
}"""

Begin = Callable[..., Phone]


@pytest.fixture
def begun(playwright: Playwright, served: Served, signed_in_profile: Path, tmp_path: Path) -> Iterator[Begin]:
    """``begun(switches, permissions=...)``: the trial's screen of media, in a browser with those switches."""
    with ExitStack() as stack:

        def begin(*switches: str, **options: Any) -> Phone:
            shutil.copytree(signed_in_profile, tmp_path / "profile")
            more = {"geolocation": HERE, "permissions": ["geolocation", "camera"], **options}
            profile = browser_profile(playwright, tmp_path / "profile", switches=switches, **more)
            context = stack.enter_context(profile)
            complaints: list[str] = []
            page = context.pages[0]
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            phone = Phone(served, context, page, complaints)
            phone.open("/photos")
            stack.callback(lambda: _no_complaints(complaints))
            return phone

        yield begin


def _no_complaints(complaints: list[str]) -> None:
    assert [text for text in complaints if "Content Security Policy" in text or "Error" in text] == []


def refs(phone: Phone, count: int, testid: str = "refs") -> list[dict[str, Any]]:
    phone.page.wait_for_function(
        "([id, count]) => JSON.parse(document.querySelector(`[data-testid=${id}]`).textContent).length === count",
        arg=[testid, count],
    )
    found: list[dict[str, Any]] = json.loads(phone.get(testid).inner_text())
    return found


def kept(phone: Phone, ref: dict[str, Any]) -> bytes:
    content = bytes(phone.page.evaluate(KEPT, ref["id"]))
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (ref["sha256"], ref["size"])
    return content


def test_pictures_are_taken_inside_the_app_with_time_and_place(begun: Begin) -> None:
    phone = begun(*FAKE)
    phone.get("photos-camera").tap()
    expect(phone.get("camera-place")).to_contain_text("±12")
    phone.get("camera-shutter").tap()
    phone.page.get_by_text("已拍 1 张").wait_for()
    phone.get("camera-shutter").tap()
    phone.page.get_by_text("已拍 2 张").wait_for()
    phone.get("camera-done").tap()
    expect(phone.get("camera")).to_have_count(0)
    first, second = refs(phone, 2)
    assert first["position"]["accuracy"] == 12
    assert first["taken_at"] < second["taken_at"]
    with Image.open(io.BytesIO(kept(phone, first))) as image:
        assert (image.format, max(image.size)) == ("JPEG", 1600)
    phone.get("locate").tap()
    phone.shows("place", "31.230 121.474 12")
    # Who asks again was not helped by that place: one of a moment ago is not told twice.
    phone.context.set_geolocation({"latitude": 31.24, "longitude": 121.48, "accuracy": 8})
    phone.get("locate").tap()
    phone.shows("place", "31.240 121.480 8")
    # What was taken is there after the page was closed.
    expect(phone.page.locator(".photo-tile q-part[data-loaded=true]")).to_have_count(2)
    phone.open("/")
    assert kept(phone, second)


def test_a_picture_of_the_server_comes_when_the_network_is_back(begun: Begin) -> None:
    phone = begun(*FAKE)
    phone.lose_network()
    with phone.page.expect_event("requestfailed", lambda request: "/api/media/" in request.url):
        phone.open("/photos")
    picture = phone.get("from-server").locator("q-part")
    expect(picture.locator("img")).to_have_count(0)
    phone.regain_network()
    expect(picture).to_have_attribute("data-loaded", "true")


def test_going_back_closes_the_camera_and_not_the_screen(begun: Begin) -> None:
    phone = begun(*FAKE)
    phone.get("photos-camera").tap()
    phone.get("camera-shutter").wait_for()
    phone.page.go_back()
    expect(phone.get("camera")).to_have_count(0)
    assert phone.page.url.endswith("/photos")


def test_without_leave_for_the_camera_the_person_is_told_what_to_do_and_goes_on(begun: Begin, tmp_path: Path) -> None:
    phone = begun("--use-fake-device-for-media-stream", "--deny-permission-prompts", permissions=[], whole=True)
    phone.get("photos-camera").tap()
    told = phone.get("lens-trouble")
    expect(told).to_contain_text("没有相机权限")
    expect(told).to_contain_text("允许")
    picture = tmp_path / "any.png"
    Image.new("RGB", (80, 60), "red").save(picture)
    phone.get("camera-app").set_input_files(picture)
    (ref,) = refs(phone, 1)
    assert (ref["content_type"], kept(phone, ref)) == ("image/png", picture.read_bytes())
    phone.get("locate").tap()
    expect(phone.get("place-problem")).to_contain_text("不定位也可以继续")
    phone.shows("place", "denied")


def large_upright(path: Path) -> None:
    """4000x3000 as the sensor saw it, to be turned by 90 degrees; taken at a time and place in its EXIF."""
    image = Image.new("RGB", (4000, 3000), "white")
    image.paste("red", (0, 0, 2000, 1500))  # the sensor's upper left is the upper right of what is looked at
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769).update({0x9003: "2026:07:14 09:52:10", 0x9011: "+08:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 13.0, 49.44), 3: "E", 4: (121.0, 28.0, 25.32), 31: 8.0})
    image.save(path, exif=exif)
    del exif.get_ifd(0x8825)[31]
    Image.new("RGB", (640, 480), "blue").save(path.with_name("small.jpg"), exif=exif)


def test_the_gallery_s_pictures_are_made_small_upright_and_keep_their_time_and_place(
    begun: Begin, tmp_path: Path
) -> None:
    phone = begun()
    large_upright(tmp_path / "large.jpg")
    (tmp_path / "IMG_1.HEIC").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(100))
    phone.get("photos-gallery").set_input_files([tmp_path / name for name in ("large.jpg", "small.jpg", "IMG_1.HEIC")])
    large, small, heic = refs(phone, 3)
    with Image.open(io.BytesIO(kept(phone, large))) as image:
        assert image.size == (1200, 1600)
        assert image.getexif().get(0x0112, 1) == 1
        corners = [image.getpixel((1100, 100)), image.getpixel((100, 100))]
    assert [colour[1] < 60 for colour in corners] == [True, False]  # type: ignore[index]  # the test fails here without it
    assert large["taken_at"] == "2026-07-14T01:52:10Z"
    assert large["position"] == {
        "latitude": pytest.approx(31.2304), "longitude": pytest.approx(121.4737), "accuracy": 8,
        "at": "2026-07-14T01:52:10Z",
    }  # fmt: skip
    assert {each["source"] for each in (large, small, heic)} == {"gallery"}
    # A camera that tells no radius does not know its place to a hair.
    assert small["position"] == {**large["position"], "accuracy": 100}
    # No smaller copy would be worth a loss; what this browser can't read goes as it is.
    assert kept(phone, small) == (tmp_path / "small.jpg").read_bytes()
    assert (heic["content_type"], kept(phone, heic)) == ("image/heic", (tmp_path / "IMG_1.HEIC").read_bytes())


def test_barcodes_are_read_from_the_camera_also_without_network(begun: Begin, tmp_path: Path) -> None:
    film_of([draw(code) for code, draw in CODES.items()], tmp_path / "code.mjpeg")
    phone = begun(*FAKE, f"--use-file-for-fake-video-capture={tmp_path / 'code.mjpeg'}")
    # Behind the first load: asked for once the app has been up for a while.
    phone.page.evaluate("navigator.serviceWorker.ready.then(({ active }) => active.postMessage({ kind: 'later' }))")
    come = """async () => {
      for (const name of await caches.keys()) {
        const kept = await (await caches.open(name)).keys();
        if (kept.some(({ url }) => url.includes("zxing") && url.endsWith(".wasm"))) return true;
      }
      return false;
    }"""
    come_true(phone.page, come)
    phone.lose_network()
    phone.get("scan").tap()
    for code in CODES:
        expect(phone.get("codes")).to_contain_text(code, timeout=30_000)
    read = phone.get("codes").inner_text().split()
    assert set(read) == set(CODES)
    # What stays in sight counts once: a second look comes after a while, if at all.
    assert all(one != after for one, after in pairwise(read))
    expect(phone.get("scanner-told")).to_contain_text(re.compile("|".join(CODES)))
    phone.get("scanner-typed").fill("12345670")
    phone.get("scanner-use").tap()
    expect(phone.get("codes")).to_contain_text("12345670")
    phone.page.keyboard.press("Escape")
    expect(phone.get("scanner")).to_have_count(0)
    phone.regain_network()


def test_a_finger_s_signature_becomes_a_png_and_can_be_done_again(begun: Begin) -> None:
    phone = begun()
    box = phone.get("signature").bounding_box()
    assert box is not None
    mouse = phone.page.mouse
    for line in range(2):
        mouse.move(box["x"] + 40, box["y"] + 40 + line * 50)
        mouse.down()
        mouse.move(box["x"] + 200, box["y"] + 60 + line * 50, steps=8)
        mouse.up()
    (ref,) = refs(phone, 1, "signed")
    with Image.open(io.BytesIO(kept(phone, ref))) as image:
        assert image.format == "PNG"
        dark = sum(image.convert("L").histogram()[:90])
    assert 300 < dark < image.width * image.height * 0.1
    phone.get("signature-clear").tap()
    assert refs(phone, 0, "signed") == []
