"""The object store that the settings name."""

from typing import TYPE_CHECKING

from backend import settings as chosen
from media.folder import FolderStorage

if TYPE_CHECKING:
    from media.s3 import S3Storage


def open_storage(settings: chosen.Settings) -> "FolderStorage | S3Storage":
    """A client of the store; nothing is connected yet."""
    where = settings.storage
    if isinstance(where, chosen.FolderStorage):
        return FolderStorage(where.path)
    from media.s3 import S3Location, S3Storage  # noqa: PLC0415 - brings minio, which only such a store needs

    return S3Storage(
        S3Location(
            where.endpoint, where.bucket, where.access_key, where.secret_key, where.region, where.public_endpoint
        )
    )
