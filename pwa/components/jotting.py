"""The texts of a sheet, kept until its deed is done."""

from collections.abc import Callable, Mapping

from reactpy import use_state

from pwa.hooks import use_app

Put = Callable[[str, str], None]


def use_jotting(name: str, start: Mapping[str, str] | None = None) -> tuple[dict[str, str], Put, Callable[[], None]]:
    """The texts by field (``start`` where nothing was typed yet), a function that changes one, one that lets go of
    them all. ``name`` is the sheet's, for one paper and one person's deed on it."""
    app = use_app()
    values, set_values = use_state(lambda: {**(start or {}), **app.jottings.values(name)})

    def put(field: str, text: str) -> None:
        set_values(lambda old: {**old, field: text})
        app.jottings.keep(name, **{field: text})

    return values, put, lambda: app.jottings.drop(name)
