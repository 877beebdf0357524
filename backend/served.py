"""The application as a server process makes it: from the environment, with logs configured."""

import asyncio
import signal
from functools import partial
from types import FrameType
from typing import Any

from litestar import Litestar

from backend.app import create_app
from backend.garbage import spare_what_stays
from backend.observability.logs import configure_logs
from backend.settings import load_settings
from backend.sync.live import Hub
from media.apart import Apart


def create_served_app() -> Litestar:
    """For uvicorn's ``factory``; each worker process calls it once, in its loop."""
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    app = create_app(settings, Apart())
    spare_what_stays()
    _end_streams_with_the_server(app.state.hub)
    return app


def _end_streams_with_the_server(hub: Hub) -> None:
    """uvicorn tells an application of its end only once nothing is open any more."""
    loop = asyncio.get_running_loop()

    def ending(heard: Any, number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(hub.close)
        heard(number, frame)

    for number in (signal.SIGINT, signal.SIGTERM):
        heard = signal.getsignal(number)
        if callable(heard):
            signal.signal(number, partial(ending, heard))
