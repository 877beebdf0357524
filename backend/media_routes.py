"""Pictures of products. Their names are hashes of their bytes, so that a browser keeps them for good."""

import hashlib
import re
from typing import Annotated

from litestar import Response, Router, get
from litestar.datastructures import State
from litestar.params import Parameter

from backend.errors import NotFound, Unavailable
from media.storage import NoSuchObject, Storage, StorageDown, read_whole

_NAME = re.compile(r"[0-9a-f]{32}\.webp", re.ASCII)
_FOLDER = "images"
_KEPT_FOR_GOOD = "public, max-age=31536000, immutable"


def name_of_picture(content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()[:32]}.webp"


def picture_name(address: str) -> str | None:
    """Of a picture that ``store_picture`` may have kept, given its path on our origin."""
    folder, _, name = address.removeprefix("/").rpartition("/")
    return name if folder == _FOLDER and _NAME.fullmatch(name) else None


def picture_address(name: str) -> str:
    return f"/{_FOLDER}/{name}"


async def delete_picture(storage: Storage, name: str) -> None:
    await storage.delete(f"{_FOLDER}/{name}")


async def store_picture(storage: Storage, content: bytes) -> str:
    """Keep a WebP picture; returns its path on our origin, as ``Product.image`` holds it. The same bytes are stored
    once."""
    name = name_of_picture(content)
    key = f"{_FOLDER}/{name}"
    if await storage.stat(key) is None:
        await storage.put(key, content)
    return f"/{key}"


@get("/images/{name:str}", opt={"public": True}, media_type="image/webp", summary="A product's picture")
async def show_picture(state: State, name: Annotated[str, Parameter(max_length=64)]) -> Response[bytes]:
    """Public: a picture says nothing that its pack on a shelf does not."""
    if not _NAME.fullmatch(name):
        raise NotFound("unknown_picture")
    try:
        content = await read_whole(state.storage, f"{_FOLDER}/{name}")
    except NoSuchObject:
        raise NotFound("unknown_picture") from None
    except StorageDown as error:
        raise Unavailable("storage_down") from error
    return Response(content, media_type="image/webp", headers={"Cache-Control": _KEPT_FOR_GOOD})


media_router = Router("/", route_handlers=[show_picture], tags=["media"])
