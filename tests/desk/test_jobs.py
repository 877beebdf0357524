"""Failed background jobs at the desk."""

from datetime import timedelta

import msgspec

from offline.store import Response
from tests.desk.conftest import Open
from tests.desk.world import DESK_CLERK, NOW, uid

FAILED = {
    "id": uid("job"),
    "kind": "push.send",
    "reason": "push_away",
    "detail": "503 push.example.com",
    "runs": 9,
    "created_at": NOW,
    "failed_at": NOW,
}


def answer(*jobs: object) -> Response:
    body = {"jobs": list(jobs), "more": False, "waiting": 2, "running": 1, "failed": len(jobs)}
    return Response(200, msgspec.json.encode(body))


async def test_a_failed_job_is_run_again(open_desk: Open) -> None:
    desk = await open_desk("/desk")
    desk.answers[:] = [answer(FAILED)]
    await desk.go("/desk/jobs")
    text = desk.text(f"job-{uid('job')}")
    assert "推送通知到手机" in text
    assert "推送服务没有接收（503 push.example.com）" in text
    assert "试过 9 次" in text
    assert "另有 2 个在排队，1 个正在做" in desk.text("jobs-counts")
    desk.answers[:] = [Response(204, b""), answer()]
    await desk.tap("job-retry")
    assert ("POST", f"/api/jobs/{uid('job')}/retry") in desk.requests
    assert desk.has("jobs-none")
    assert "已重新排队" in desk.text()


async def test_what_is_tried_again_by_itself_is_told_and_can_be_tried_now(open_desk: Open) -> None:
    desk = await open_desk("/desk")
    trying = {**FAILED, "runs": 8, "due_at": NOW + timedelta(minutes=50)}
    page = {"jobs": [], "more": False, "waiting": 1, "running": 0, "failed": 0, "trying": [trying]}
    desk.answers[:] = [Response(200, msgspec.json.encode(page))]
    await desk.go("/desk/jobs")
    assert not desk.has("jobs-none"), "not all is well"
    told = desk.text(f"job-{uid('job')}")
    for said in ("重试中", "推送服务没有接收", "试过 8 次", "下次"):
        assert said in told
    desk.answers[:] = [Response(204, b""), answer()]
    await desk.tap("job-at-once")
    assert ("POST", f"/api/jobs/{uid('job')}/retry") in desk.requests
    assert desk.has("jobs-none")


async def test_dismissing_asks_first(open_desk: Open) -> None:
    desk = await open_desk("/desk")
    desk.answers[:] = [answer({**FAILED, "kind": "of.tomorrow", "reason": "new_reason"})]
    await desk.go("/desk/jobs")
    assert "of.tomorrow" in desk.text(f"job-{uid('job')}")
    assert "new_reason" in desk.text(f"job-{uid('job')}")
    await desk.tap("job-dismiss")
    assert not any(method == "DELETE" for method, _ in desk.requests)
    desk.answers[:] = [Response(204, b""), answer()]
    await desk.tap("job-dismiss-question-yes")
    assert ("DELETE", f"/api/jobs/{uid('job')}") in desk.requests
    assert desk.has("jobs-none")


async def test_without_network_it_says_so_and_tries_again(open_desk: Open) -> None:
    desk = await open_desk("/desk/jobs")
    assert "现在连不上服务器" in desk.text("jobs-away")
    desk.answers[:] = [answer()]
    await desk.tap("jobs-reload")
    assert desk.has("jobs-none")


async def test_only_who_may_finds_it_in_the_side_bar(open_desk: Open) -> None:
    assert (await open_desk("/desk")).has("nav-jobs")
    assert not (await open_desk("/desk", user=DESK_CLERK)).has("nav-jobs")
