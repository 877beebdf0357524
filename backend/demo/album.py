"""Pictures of the demo as if phones had taken and sent them: drawn, looked into, kept where the media slice does."""

import asyncio
import hashlib
import io
import random
import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from PIL import ExifTags, Image, ImageDraw, ImageFilter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.media.archive import media_key
from backend.media.models import Media
from media.examining import Finding, examine
from media.storage import Storage, content_type_of, suffix_of
from offline.ids import derived_id
from offline.wire.media import MediaRef, Position

COLOURS = ("#d8574a", "#e0a03a", "#3c8f6b", "#4777b8", "#8a63a8", "#58a0a8")


class Located(Protocol):
    """Where a picture was taken, in degrees; None where nobody knows."""

    @property
    def latitude(self) -> float | None: ...
    @property
    def longitude(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Album:
    session: AsyncSession
    storage: Storage
    tenant_id: str

    async def keep(
        self,
        name: str,
        owner_id: str,
        at: datetime,
        drawn: Image.Image,
        place: Located | None = None,
        *,
        clock: datetime | None = None,
    ) -> MediaRef:
        """A reference to a picture that ``owner_id`` took and sent ``at``. ``clock``: what the camera wrote into the
        file, its wall clock; None: it wrote nothing."""
        output = io.BytesIO()
        exif = Image.Exif()
        if clock is not None:
            exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{clock:%Y:%m:%d %H:%M:%S}"
        drawn.save(output, "JPEG", quality=84, exif=exif)
        content = output.getvalue()
        position = None
        if place is not None and place.latitude is not None and place.longitude is not None:
            position = Position(latitude=place.latitude, longitude=place.longitude, accuracy=18, at=at)
        ref = MediaRef(
            id=derived_id(self.tenant_id, "demo_picture", name),
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            content_type="image/jpeg",
            taken_at=at,
            position=position,
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "picture.jpg")
            await asyncio.to_thread(path.write_bytes, content)
            finding = await asyncio.to_thread(examine, path, Path(folder))
            await self._store(ref, owner_id, at, path, finding)
        return ref

    async def _store(self, ref: MediaRef, owner: str, at: datetime, path: Path, finding: Finding) -> None:
        files = {f"original.{suffix_of(finding.content_type)}": path} | {
            each.name: each for each in finding.files.values()
        }
        for name, file in files.items():
            await self.storage.put(media_key(self.tenant_id, ref.id, name), _read(file))
        self.session.add(
            Media(
                tenant_id=self.tenant_id,
                id=ref.id,
                owner_id=owner,
                sha256=ref.sha256,
                size=ref.size,
                content_type=finding.content_type,
                filename="",
                source="camera",
                status="stored",
                refused="",
                width=finding.width,
                height=finding.height,
                seconds=0.0,
                exif=asdict(finding.exif) if finding.exif else None,
                look=finding.look,
                variants={variant: content_type_of(made.name) for variant, made in finding.files.items()},
                announced=True,
                created_at=at,
                stored_at=at,
                expires_at=None,
            )
        )
        await self.session.flush()


async def _read(path: Path) -> AsyncIterator[bytes]:
    yield await asyncio.to_thread(path.read_bytes)


def draw_display(chance: random.Random) -> Image.Image:
    """Shelves full of boxes, as a phone sees them."""
    shelf = Image.new("RGB", (1200, 900), "#d9d4ca")
    pen = ImageDraw.Draw(shelf)
    for row in range(4):
        foot = 210 + row * 215
        pen.rectangle((0, foot, 1200, foot + 16), "#8f8474")
        left = 20
        while left < 1140:
            width, height = chance.randint(56, 110), chance.randint(100, 180)
            pen.rounded_rectangle((left, foot - height, left + width, foot), 8, chance.choice(COLOURS))
            pen.rectangle((left + 10, foot - height + 24, left + width - 10, foot - height + 62), "#f4f1ea")
            left += width + chance.randint(4, 14)
    pen.rectangle((380, 8, 820, 70), "#c0392b")
    return shelf.filter(ImageFilter.GaussianBlur(0.8))
