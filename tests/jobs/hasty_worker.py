"""``qudao worker`` with short leases and jobs that can be killed in the middle: run as a process by test_kills.

A job of kind ``count`` adds one to the counter it names, in the transaction that ends it, and tells its progress in a
file. While the file ``hold`` exists, it stops there: ``args["stop"]`` says whether before that transaction or in it."""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend import cli, cli_worker
from backend.identity.models import SignInAttempt
from backend.jobs import running
from backend.jobs.service import Job, Work


async def count(work: Work) -> None:
    folder = Path(os.environ["COUNT_FOLDER"])

    async def stop_at(place: str) -> None:
        with (folder / "progress").open("a") as file:
            file.write(f"{os.getpid()} {work.args['name']} {place}\n")
        while work.args["stop"] == place and (folder / "hold").exists():
            await asyncio.sleep(0.01)

    await stop_at("before")
    async with work.finishing() as session:
        found = await session.get(SignInAttempt, work.args["name"])
        if found is None:
            found = SignInAttempt(key=work.args["name"], count=0, until=datetime.now(UTC) + timedelta(days=1))
            session.add(found)
        found.count += 1
        await session.flush()
        await stop_at("within")


if __name__ == "__main__":
    running.LEASE = timedelta(seconds=2)
    running.HEARTBEAT_SECONDS = 0.3
    # The brands' chores would stand in the queue too.
    vars(cli_worker)["DUTIES"] = ()
    vars(cli_worker)["JOBS"] = {"count": Job(count, attempts=50)}
    sys.argv[1:] = ["worker"]
    cli.main()
