"""Where the phone's worker puts the app together: the only module that knows all its parts."""

import asyncio
import importlib
import json
import random
from typing import Any

from pwa.browser.port import PagePort
from pwa.router import Router, RouterContext
from pwa.runtime import run


def start(js_port: Any, config_json: str) -> None:
    """Called by worker.js once Python runs. ``config_json``: see ``boot.js``."""
    # The snapshot froze the generator's state: without this two phones draw the same numbers.
    random.seed()
    config = json.loads(config_json)
    task = asyncio.ensure_future(_main(PagePort(js_port), config))
    task.add_done_callback(lambda done: done.result())


async def _main(port: PagePort, config: dict[str, Any]) -> None:
    router = Router(config["path"], port.send)
    module_name, _, name = config["root"].partition(":")
    root = getattr(importlib.import_module(module_name), name)

    def on_message(message: dict[str, Any]) -> None:
        if message["type"] == "pop":
            router.popped(message["path"])

    await run(lambda: RouterContext(root(), value=router), port, on_message=on_message)
