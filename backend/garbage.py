"""When Python looks for garbage. By itself it does so after every 700 objects: a quarter of the time in which a process
imports its modules, none of which is garbage."""

import gc


def look_seldom() -> None:
    gc.set_threshold(20_000, 20, 20)


def spare_what_stays() -> None:
    """Modules and the application live as long as the process. Otherwise every full collection walks them, and one
    comes in the middle of every push of a hundred orders."""
    gc.collect()
    gc.freeze()
    look_seldom()
