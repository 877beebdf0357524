"""Whether files are on this phone, as screens follow it."""

from collections.abc import Callable, Sequence

from reactpy import use_async_effect, use_effect, use_state

from pwa.hooks import use_app
from pwa.kept import State


def use_kept(urls: Sequence[str]) -> State:
    """State of all of them together; the component renders again when it changes."""
    return use_kept_count(urls)[0]


def use_kept_count(urls: Sequence[str]) -> tuple[State, int]:
    """Beside the state how many of them are here."""
    kept = use_app().kept
    wanted = "\n".join(urls)

    def read() -> tuple[State, int]:
        return kept.state(urls), kept.here(urls)

    shown, show = use_state(read)

    @use_effect(dependencies=[wanted])
    def follow() -> Callable[[], None]:
        def update() -> None:
            now = read()
            show(lambda old: old if old == now else now)

        update()
        return kept.listen(update)

    @use_async_effect(dependencies=[wanted])
    async def look() -> None:
        await kept.look(urls)

    return shown
