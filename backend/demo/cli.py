"""``qudao demo``: two brands to try everything on."""

import asyncio
import time
from datetime import UTC, datetime

import click

from backend.database import close_engine, make_engine, make_sessions
from backend.demo.making import make_demo
from backend.demo.people import PASSWORD
from backend.objects import open_storage
from backend.settings import load_settings
from media.s3 import S3Storage


@click.command()
def demo() -> None:
    """Make the demo brands, unless they are there: people sign in as hq@demo, rep@demo, shop@demo ... hq@other.

    Never run this where strangers can reach the server: everybody knows the password.
    """
    asyncio.run(_demo())


async def _demo() -> None:
    settings = load_settings()
    storage = open_storage(settings)
    if isinstance(storage, S3Storage):
        await storage.make_bucket()
    engine = make_engine(settings.database_url)
    began = time.monotonic()
    try:
        made = await make_demo(make_sessions(engine), storage, datetime.now(UTC), _say)
    finally:
        await close_engine(engine)
        if isinstance(storage, S3Storage):
            await storage.close()
    if made is not None:
        _say(f"demo made in {time.monotonic() - began:.1f} s; the password of everybody is {PASSWORD}")


def _say(line: str) -> None:
    click.echo(f"  {line}")
