"""Files of somebody, for tests that need some: sent over HTTP, named by a paper as a slice would."""

import hashlib
from datetime import UTC, datetime

import httpx
import msgspec

from backend.database import transaction
from backend.media.service import attach
from backend.sync.changes import DESK, org_scope
from offline.ids import new_id
from offline.wire.media import MediaRef
from tests.media.conftest import Sender, photo
from tests.shop import Shop


async def upload_of(client: httpx.AsyncClient, shop: Shop, login: str = "shop") -> str:
    """An upload that waits for its first byte; its id. Sent to is ``photo()``."""
    created = await Sender(client, shop.brand.bearer(login)).create(photo())
    assert created.status_code == 201, created.text
    return created.headers["location"].rpartition("/")[2]


async def file_of(client: httpx.AsyncClient, shop: Shop, login: str = "shop", code: str = "SHOP") -> str:
    """A stored picture in a paper of the organisation; its id."""
    content = photo(seed=3)
    media_id = await Sender(client, shop.brand.bearer(login)).send(content)
    ref = MediaRef(
        id=media_id, sha256=hashlib.sha256(content).hexdigest(), size=len(content), content_type="image/jpeg"
    )
    async with transaction(shop.sessions) as session:
        (view,) = await attach(
            session,
            shop.tenant_id,
            [msgspec.structs.replace(ref, source="gallery")],
            user_id=shop.brand.users[login].id,
            entity="paper",
            entity_id=new_id(),
            organisation_id=shop.organisation(code),
            scopes=(org_scope(shop.organisation(code)), DESK),
            now=datetime.now(UTC),
        )
    assert view.status == "stored"
    return media_id
