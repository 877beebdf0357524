"""Applications whose routes are registered already: to register them takes longer than most tests do, and comes out the
same each time. What an application knows of its settings is in its ``state``."""

from typing import Any

from litestar import Litestar

from backend import app as app_module

_waiting: list[tuple[list[Any], Litestar, Any]] = []  # (route handlers, application, its handler without layers)
_lent: dict[Litestar, tuple[list[Any], Any, int]] = {}  # its route handlers, handler without layers, count of routes


def register_once() -> None:
    """For every ``create_app`` from here on in this process."""
    app_module.Litestar = _litestar  # type: ignore[assignment, attr-defined]  # it imports the name, and exports it to nobody


def _litestar(**given: Any) -> Litestar:
    """As ``Litestar(...)``: one that was given back, where there is one with these very routes."""
    routes = given["route_handlers"]
    place = next((at for at, (known, *_) in enumerate(_waiting) if known == routes), None)
    if place is None:
        app = Litestar(**given)
        bare: Any = app.asgi_handler
    else:
        _, app, bare = _waiting.pop(place)
        app.state, app.asgi_handler = given["state"], bare
    _lent[app] = routes, bare, len(app.routes)
    return app


def give_back(app: Litestar) -> None:
    """Once its lifespan is over and nobody calls it any more. One to which a test added routes is not for others."""
    if app in _lent:
        routes, bare, count = _lent.pop(app)
        if len(app.routes) == count:
            _waiting.append((routes, app, bare))
