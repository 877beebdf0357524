"""Files people sent: what is known of each, the papers it belongs to, and uploads on their way."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned
from offline.wire.media import MediaStatus


class Media(Base, Owned):
    """``taken_at`` and ``position`` are what the phone said, ``exif`` what the file says (``media.evidence.Exif``).
    ``look`` is its perceptual hash. ``variants``: name -> content type of what others may see.
    ``expires_at``: swept then; None = a paper needs it. ``swept_at``: when what the store has of it began to be
    deleted. ``announced``: the papers know of its status."""

    __tablename__ = "media"
    __table_args__ = (
        Index(
            "ix_media_expires_at",
            "expires_at",
            sqlite_where=text("expires_at IS NOT NULL"),
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
        Index(
            "ix_media_unannounced",
            "stored_at",
            sqlite_where=text("NOT announced"),
            postgresql_where=text("NOT announced"),
        ),
    )

    owner_id: Mapped[str] = mapped_column(String(36))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str] = mapped_column(String(128))
    filename: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(String(16), default="file")
    status: Mapped[MediaStatus] = mapped_column(String(16), default="expected")
    refused: Mapped[str] = mapped_column(String(64), default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
    taken_at: Mapped[datetime | None]
    position: Mapped[dict[str, Any] | None]
    exif: Mapped[dict[str, Any] | None]
    look: Mapped[str] = mapped_column(String(1024), default="")
    variants: Mapped[dict[str, Any]]
    announced: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    swept_at: Mapped[datetime | None]


class MediaLink(Base):
    """A paper that a file belongs to: ``entity`` and ``entity_id`` as in the feed. Whoever holds one of ``scopes``
    may see it even where the feed's row is gone."""

    __tablename__ = "media_links"
    __table_args__ = (Index("ix_media_links_entity", "tenant_id", "entity", "entity_id"),)

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    media_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    entity: Mapped[str] = mapped_column(String(32), primary_key=True)
    entity_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    organisation_id: Mapped[str | None] = mapped_column(String(36))
    scopes: Mapped[list[Any]]
    attached_at: Mapped[datetime]


class MediaUpload(Base, Owned):
    """An upload on its way; ``id`` is the file's. ``parts``: [name, bytes] of what came, in order, ``received`` bytes
    in all of ``length``."""

    __tablename__ = "media_uploads"
    __table_args__ = (Index("ix_media_uploads_expires_at", "expires_at"),)

    user_id: Mapped[str] = mapped_column(String(36))
    length: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    parts: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ReleasedPicture(Base):
    """A public picture (``/images/<name>``) that a row of the brand named and does no more: swept then, unless
    somebody names it. ``swept_at``: when it began to be deleted."""

    __tablename__ = "released_pictures"
    __table_args__ = (
        Index("ix_released_pictures_name", "name"),
        Index("ix_released_pictures_expires_at", "expires_at"),
    )

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]
    swept_at: Mapped[datetime | None]
