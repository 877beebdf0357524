"""Jobs that failed for good, for whoever looks after the brand's installation."""

from typing import Annotated

from litestar import Router, delete, get, post
from litestar.params import FromPath, QueryParameter

from backend.http.given import Session, Who
from backend.identity.guards import requires
from backend.jobs.deciding import dismiss, failed_jobs, run_again
from backend.jobs.schemas import JobPage


@get("/jobs", summary="List jobs that failed for good, newest first", **requires("job.admin", whole_brand=True))
async def list_failed_jobs(
    session: Session,
    principal: Who,
    before: Annotated[str, QueryParameter(max_length=36, description="Only jobs older than this id")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> JobPage:
    return await failed_jobs(session, principal, before, limit)


@post(
    "/jobs/{job_id:str}/retry",
    summary="Run a failed job again",
    status_code=204,
    **requires("job.admin", whole_brand=True),
)
async def retry_job(job_id: FromPath[str], session: Session, principal: Who) -> None:
    await run_again(session, principal, job_id)


@delete(
    "/jobs/{job_id:str}", summary="Dismiss a failed job", status_code=204, **requires("job.admin", whole_brand=True)
)
async def dismiss_job(job_id: FromPath[str], session: Session, principal: Who) -> None:
    await dismiss(session, principal, job_id)


jobs_router = Router("/api", route_handlers=[list_failed_jobs, retry_job, dismiss_job], tags=["jobs"])
