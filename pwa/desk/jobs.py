"""Background jobs that failed: why, run again, dismiss; those tried again by themselves too. Asked of the server when
the screen opens, because whoever looks wants to know how it stands now."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from reactpy import component, html, use_async_effect, use_state
from reactpy.types import VdomDict

from i18n.translate import has
from offline.store import Unreachable
from pwa.components.basics import Badge, Button, Child, EmptyState, Skeleton
from pwa.desk.parts import last_question, page
from pwa.desk.state import use_desk
from pwa.desk.words import Words

_LOOK_AGAIN_SECONDS = 5.0


class _Job(msgspec.Struct, frozen=True):
    id: str
    kind: str
    reason: str
    detail: str
    runs: int
    created_at: datetime


class FailedJob(_Job, frozen=True):
    failed_at: datetime


class TryingJob(_Job, frozen=True):
    """Failed so far, and tried again at ``due_at``."""

    due_at: datetime


class Page(msgspec.Struct, frozen=True):
    """As ``GET /api/jobs`` answers."""

    jobs: tuple[FailedJob, ...]
    more: bool
    waiting: int
    running: int
    failed: int
    trying: tuple[TryingJob, ...] = ()


State = Page | Literal["loading", "away", "refused"]


@component
def JobsScreen(_row_id: str, _query: Mapping[str, str]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    loading: State = "loading"
    state, set_state = use_state(loading)

    async def load() -> None:
        try:
            answer = await desk.app.device.request("GET", "/api/jobs?limit=100")
        except Unreachable:
            set_state("away")
            return
        set_state(msgspec.json.decode(answer.body, type=Page) if answer.status == 200 else "refused")

    async def decide(method: str, path: str, done: str) -> None:
        try:
            answer = await desk.app.device.request(method, path)
        except Unreachable:
            desk.app.toasts.show(words("jobs.away"), tone="bad")
            return
        # Somebody else may have decided meanwhile: the list tells.
        if answer.status == 204:
            desk.app.toasts.show(words(f"jobs.{done}"))
        await load()

    @use_async_effect(dependencies=[])
    async def first() -> None:
        await load()

    @use_async_effect(dependencies=[state])
    async def follow() -> None:
        """Whoever ran a job again wants to see what comes of it."""
        while isinstance(state, Page) and (state.waiting or state.running):
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            await load()

    async def again(_event: object) -> None:
        await load()

    reload = Button(
        words("jobs.reload"), again, kind="secondary", icon="refresh-cw", testid="jobs-reload", key="reload"
    )
    return page(words("jobs.title"), _content(words, state, decide), tools=(reload,), testid="desk-jobs")


def _content(words: Words, state: State, decide: Callable[[str, str, str], Any]) -> Child:
    if state == "loading":
        return Skeleton("line", 6)
    if not isinstance(state, Page):
        return EmptyState("cloud-off", words(f"jobs.{state}"), words(f"jobs.{state}_text"), testid="jobs-away")
    key = "jobs.counts" if state.jobs and not state.trying else "jobs.under_way"
    counts = words(key, waiting=words.number(state.waiting), running=words.number(state.running))
    note = html.p({"className": "block-note", "data-testid": "jobs-counts"}, counts)
    if not state.jobs and not state.trying:
        return html.div(
            {"className": "stack-12"},
            EmptyState("circle-check", words("jobs.none"), words("jobs.none_text"), testid="jobs-none"),
            note,
        )
    return html.div(
        {"className": "stack-12"},
        html.section(
            {"className": "block block-large", "data-testid": "failed-jobs"},
            html.h2({"className": "block-title"}, words("jobs.failed", count=state.failed)),
            *(Failed(job, decide, key=job.id) for job in state.jobs),
        )
        if state.jobs
        else None,
        html.section(
            {"className": "block block-large", "data-testid": "trying-jobs"},
            html.h2({"className": "block-title"}, words("jobs.trying")),
            *(_trying(words, job, decide) for job in state.trying),
        )
        if state.trying
        else None,
        html.p({"className": "block-note"}, words("jobs.more")) if state.more else None,
        note,
    )


@component
def Failed(job: FailedJob, decide: Callable[[str, str, str], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    asking, set_asking = use_state(False)

    async def retry(_event: object) -> None:
        await decide("POST", f"/api/jobs/{job.id}/retry", "retried")

    async def dismiss() -> None:
        set_asking(False)
        await decide("DELETE", f"/api/jobs/{job.id}", "dismissed")

    retry_button = Button(words("jobs.retry"), retry, kind="secondary", small=True, testid="job-retry", key="retry")
    ask = Button(
        words("jobs.dismiss"), lambda _event: set_asking(True), kind="plain", small=True, testid="job-dismiss", key="no"
    )
    return html.div(
        {"className": "refused-one", "data-testid": f"job-{job.id}", "data-reason": job.reason},
        Badge(words("jobs.badge"), "bad"),
        html.div(
            {"className": "refused-body"},
            html.strong(_name(words, job)),
            html.p(_reason(words, job)),
            html.p({"className": "faint small"}, words("jobs.runs", count=job.runs, since=words.when(job.created_at))),
            # The server's log names it so.
            html.p({"className": "faint small number"}, words("jobs.id", id=job.id)),
            html.div({"className": "refused-actions"}, retry_button, ask),
        ),
        html.span({"className": "faint number"}, words.when(job.failed_at)),
        last_question(words, "jobs.dismiss", dismiss, lambda: set_asking(False), testid="job-dismiss-question")
        if asking
        else None,
    )


def _trying(words: Words, job: TryingJob, decide: Callable[[str, str, str], Any]) -> VdomDict:
    """It goes on by itself; who has mended the cause need not wait for that."""

    async def at_once(_event: object) -> None:
        await decide("POST", f"/api/jobs/{job.id}/retry", "retried")

    return html.div(
        {"className": "refused-one", "data-testid": f"job-{job.id}", "data-reason": job.reason, "key": job.id},
        Badge(words("jobs.trying_badge"), "warning"),
        html.div(
            {"className": "refused-body"},
            html.strong(_name(words, job)),
            html.p(_reason(words, job)),
            html.p({"className": "faint small"}, words("jobs.runs", count=job.runs, since=words.when(job.created_at))),
            html.div(
                {"className": "refused-actions"},
                Button(words("jobs.at_once"), at_once, kind="secondary", small=True, testid="job-at-once"),
            ),
        ),
        html.span({"className": "faint number"}, words("jobs.next", at=words.when(job.due_at))),
    )


def _name(words: Words, job: FailedJob | TryingJob) -> str:
    """A kind that has no words yet shows its code: better than nothing."""
    key = f"jobs.kind.{job.kind}"
    return words(key) if has(words.locale, f"desk.{key}") else job.kind


def _reason(words: Words, job: FailedJob | TryingJob) -> str:
    key = f"jobs.reason.{job.reason}"
    text = words(key) if has(words.locale, f"desk.{key}") else job.reason
    return words("jobs.detailed", reason=text, detail=job.detail) if job.detail else text
