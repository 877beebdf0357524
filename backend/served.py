"""The application as a server process makes it: from the environment, with logs configured."""

from litestar import Litestar

from backend.app import create_app
from backend.garbage import spare_what_stays
from backend.observability.logs import configure_logs
from backend.settings import load_settings
from media.apart import Apart


def create_served_app() -> Litestar:
    """For uvicorn's ``factory``; each worker process calls it once."""
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    app = create_app(settings, Apart())
    spare_what_stays()
    return app
