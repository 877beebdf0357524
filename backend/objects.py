"""The object store that the settings name."""

from backend import settings as chosen
from media.folder import FolderStorage
from media.s3 import S3Location, S3Storage


def open_storage(settings: chosen.Settings) -> FolderStorage | S3Storage:
    """A client of the store; nothing is connected yet."""
    where = settings.storage
    if isinstance(where, chosen.FolderStorage):
        return FolderStorage(where.path)
    return S3Storage(
        S3Location(
            where.endpoint, where.bucket, where.access_key, where.secret_key, where.region, where.public_endpoint
        )
    )
