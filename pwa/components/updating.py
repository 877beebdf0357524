"""The press that takes a new version of the app."""

from reactpy.types import VdomDict

from pwa.components.basics import Button, Kind, calling
from pwa.context import App


def UpdateButton(app: App, *, kind: Kind = "primary", testid: str = "update") -> VdomDict:
    """Busy while the version is fetched and takes over: on a slow line that is a while. Whoever shows it listens to
    ``use_settings``."""
    text = app.t("update.now")
    return Button(text, calling(app.take_update), kind=kind, small=True, busy=app.updating, testid=testid)
