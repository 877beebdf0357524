"""The course's story in Chromium: a trainer puts it together at the desk, staff keep it and take it on the bus without
a signal, the certificate verifies; a second phone's attempt at the same try waits for the trainer. Files lie in an S3
store of another origin, which browsers reach: the video comes straight from there."""

import io
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, Playwright, expect
from playwright.sync_api import TimeoutError as TooLate

from offline.ids import new_id
from offline.wire.learning import CourseAttemptFinish
from tests.browser import DESK, browser_profile
from tests.e2e.conftest import Installed
from tests.e2e.parts import Office, Open, badge, cut_off, no_network, serious, synced_anew, to_tab
from tests.films import video
from tests.running import demo_server, demo_template
from tests.servers import BUCKET, S3Server, Served, running_s3

pytestmark = pytest.mark.timeout(600)
ON_A_DESK: dict[str, Any] = {"is_mobile": False, "has_touch": False, "device_scale_factor": 1, **DESK}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    folder = tmp_path_factory.mktemp("s3") / "objects"
    shutil.copytree(demo_template() / "objects", folder / BUCKET)
    with running_s3(folder) as made:
        yield made


@pytest.fixture(scope="module")
def server(store: S3Server) -> Iterator[Served]:
    """Its people sign in here, not in ``PHONES``: a phone keeps the policy its app came with, which names the store."""
    environ: dict[str, Any] = {**store.environ, "QUDAO_S3_PUBLIC_ENDPOINT": store.endpoint}
    with demo_server(**environ) as served:
        yield served


def type_in(page: Page, testid: str, text: str) -> None:
    page.get_by_test_id(testid).fill(text)
    page.get_by_test_id(testid).blur()


def add(page: Page, kind: str, place: int) -> None:
    """Add a card; what is typed next goes into it, which is the ``place``-th, and not into the one before."""
    page.get_by_test_id(f"add-{kind}").click()
    page.get_by_test_id(f"card-{place}-remove").wait_for()
    expect(page.get_by_test_id("card-text_zh")).to_have_value("")


def put_together(page: Page, picture: Path, film: Path) -> str:
    """A course of four cards and two questions; its id."""
    page.get_by_test_id("course-new").click()
    type_in(page, "field-title_zh", "收银台礼仪")
    for place, title in enumerate(("微笑", "双手递物"), 1):
        add(page, "text", place)
        type_in(page, "card-title_zh", title)
        type_in(page, "card-text_zh", f"{title}：让顾客愿意再来。")
    add(page, "picture", 3)
    page.get_by_test_id("card-file-gallery").set_input_files(picture)
    page.get_by_test_id("card-file-0").wait_for()
    add(page, "video", 4)
    page.get_by_test_id("card-file-file").set_input_files(film)
    page.get_by_test_id("card-file-0").wait_for()
    add(page, "question", 5)
    type_in(page, "card-text_zh", "先做什么？")
    type_in(page, "option-1-zh", "微笑问好")
    type_in(page, "option-2-zh", "低头扫码")
    page.get_by_test_id("option-1-right").click()
    type_in(page, "card-why_zh", "第一印象最重要")
    add(page, "question", 6)
    page.get_by_test_id("card-ask").select_option("short")
    type_in(page, "card-text_zh", "用几只手递东西？")
    type_in(page, "card-accepted", "两只\n2\n双手")
    page.get_by_test_id("field-attempts").fill("1")
    page.get_by_test_id("roles-staff").click()
    expect(page.get_by_test_id("course-faults")).to_have_count(0)
    page.get_by_test_id("course-publish").click()
    page.wait_for_url("**/desk/courses/*-*")
    return page.url.rsplit("/", 1)[1]


def keep(page: Page) -> None:
    """Until the picture has reached the server from the trainer's desk, it can't be kept."""
    kept, button = page.get_by_test_id("kept"), page.get_by_test_id("keep-offline")
    until = time.monotonic() + 60
    while not kept.count():
        assert time.monotonic() < until, "the course was not kept"
        with suppress(TooLate):  # it goes as soon as the course is kept
            button.click(timeout=1000)
        page.wait_for_timeout(500)


PLAYED = """(video) => new Promise((done, failed) => {
  video.muted = true;
  video.addEventListener("ended", () => done([video.currentTime, video.videoWidth]));
  video.addEventListener("error", () => failed(new Error(video.error.message)));
  video.play().catch(failed);
})"""


def watch(page: Page) -> None:
    """The card's video, to its end and from where a person jumps to."""
    video = page.locator("video.card-file")
    seconds, width = video.evaluate(PLAYED)
    assert seconds > 0.9
    assert width == 320
    video.evaluate("(video) => { video.currentTime = 0.4; }")
    assert video.evaluate(PLAYED)[0] > 0.9


def read_with_signal(page: Page, server: Served, store: S3Server) -> None:
    """As far as the video, which is not kept yet: our server sends the browser to the store for it."""
    page.get_by_test_id("course-start").click()
    player = page.get_by_test_id("player")
    for place in range(3):
        expect(player).to_have_attribute("data-place", str(place))
        page.get_by_test_id("next").click()
    video = page.locator("video.card-file")
    address = f"{server.url}{video.get_attribute('src')}"
    until = time.monotonic() + 60
    while (answer := page.request.get(address, max_redirects=0)).status != 307:
        assert time.monotonic() < until, f"the video is not at the server: {answer.status}"
        page.wait_for_timeout(200)
    assert answer.headers["location"].startswith(f"{store.endpoint}/")
    video.evaluate("(video) => video.load()")
    watch(page)
    page.get_by_test_id("leave-course").click()


def take(page: Page) -> None:
    """From where it was left, at the video, to the result, all of it right."""
    player = page.get_by_test_id("player")
    expect(player).to_have_attribute("data-place", "3")
    page.get_by_test_id("previous").click()
    for place in (2, 3):
        expect(player).to_have_attribute("data-place", str(place))
        if place == 3:
            watch(page)
        page.get_by_test_id("next").click()
    for place in (4, 5):
        expect(player).to_have_attribute("data-place", str(place))
        first = page.locator("[data-testid^=option-]", has_text="微笑问好")
        short = page.get_by_test_id("short-answer")
        first.or_(short).first.wait_for()
        if first.count():
            first.click()
        else:
            short.fill("２")
        page.get_by_test_id("answer").click()
        expect(page.get_by_test_id("feedback")).to_have_attribute("data-kind", "right")
        page.get_by_test_id("next").click()
    expect(page.get_by_test_id("score")).to_have_text("100%")


def test_a_course_from_the_trainers_desk_to_the_certificate(
    playwright: Playwright, opened: Open, server: Served, store: S3Server, installed: Installed, tmp_path: Path
) -> None:
    picture = tmp_path / "till.png"
    picture.write_bytes(_png())
    film = tmp_path / "till.mp4"
    video(film, "mp4", "libx264", seconds=1)
    profile = shutil.copytree(installed("trainer@demo"), tmp_path / "desk", symlinks=True)
    with browser_profile(playwright, profile, **ON_A_DESK) as context:
        trainer = context.pages[0]
        trainer.goto(f"{server.url}/desk/courses")
        synced_anew(trainer)
        course = put_together(trainer, picture, film)
        badge(trainer, "synced")

        staff = opened("staff@demo")
        to_tab(staff, "learn")
        staff.get_by_test_id(f"course-{course}").click()
        read_with_signal(staff, server, store)
        keep(staff)
        with no_network(staff.context):
            staff.get_by_test_id("course-start").click()
            take(staff)
            expect(staff.get_by_test_id("sync-badge").first).not_to_have_attribute("data-pending", "0")
            assert not cut_off(staff)
        badge(staff, "synced")
        staff.get_by_test_id("certificate").wait_for(timeout=60_000)
        assert not serious(staff)
        _verifies(staff, server)
        _second_phone(Office(server, "staff@demo"), course)

        trainer.goto(f"{server.url}/desk/courses/{course}?tab=results")
        trainer.get_by_test_id("set-aside").wait_for(timeout=60_000)
        expect(trainer.get_by_test_id("result-passed")).to_contain_text("1")
        assert not serious(trainer)
        trainer.get_by_test_id("aside-leave").click()
        expect(trainer.get_by_test_id("set-aside")).to_have_count(0)
        # The desk shows it at once; it is on its way still, and the browser is about to be closed.
        _left_out(Office(server, "staff@demo"), course)
    staff.get_by_test_id("result-done").click()
    staff.goto(f"{server.url}/learn/{course}")
    synced_anew(staff)
    staff.locator("[data-testid^=attempt-][data-status=left_out]").wait_for(timeout=60_000)


def _verifies(staff: Page, server: Served) -> None:
    pdf = staff.get_by_test_id("certificate-pdf").get_attribute("href") or ""
    answer = staff.request.get(f"{server.url}{pdf}")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF")
    link = staff.get_by_test_id("certificate-verify").get_attribute("href") or ""
    # Past the service worker, which serves the app for any other page.
    with staff.context.expect_page() as shown:
        staff.get_by_test_id("certificate-verify").click()
    expect(shown.value.locator("[data-state=valid]")).to_be_visible()
    shown.value.close()
    stranger = httpx.get(f"{server.url}{link}")
    assert stranger.status_code == 200
    assert "收银台礼仪" in stranger.text
    assert httpx.get(f"{server.url}/verify/{'0' * 16}").status_code == 404


def _left_out(other: Office, course: str) -> None:
    """Once the server knows that an attempt was left out."""
    until = time.monotonic() + 60
    with other:
        while ("left_out", course) not in {(each["status"], each["course"]) for each in other.rows("course_attempt")}:
            assert time.monotonic() < until, "the trainer's word did not arrive"
            time.sleep(0.2)


def _second_phone(other: Office, course: str) -> None:
    """Another phone of the same person that took the same try, and did not know."""
    with other:
        other.applies(CourseAttemptFinish(attempt=new_id(), course=course, revision=1))
        rows = [each for each in other.rows("course_attempt") if each["course"] == course]
        (row,) = [each for each in rows if each["status"] != "passed"]
        assert (row["status"], row["reason"]) == ("set_aside", "twice")


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "#0b6e5b").save(out, "PNG")
    return out.getvalue()
