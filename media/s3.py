"""Objects in MinIO or any S3 store. The client is a blocking one: each call runs in a thread."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import HTTPError, ReadTimeoutError

from media.storage import (
    CHUNK,
    NoSuchObject,
    StorageDown,
    Stored,
    checked_key,
    checked_prefix,
    content_type_of,
)

T = TypeVar("T")
_IN_MEMORY = 256 << 10
_CALLS_AT_ONCE = 8
# A store that hangs: phones give a request up after a minute, and would take their server for gone; and each call that
# waits holds one of those threads, which others need and are to have soon after the store is back.
SILENCE_SECONDS = 20.0
_MISSING = {"NoSuchKey", "NoSuchObject", "ResourceNotFound"}


@dataclass(frozen=True, slots=True)
class S3Location:
    """``endpoint`` is ``http[s]://host[:port]``; the region is given so that no request is spent on asking for it.
    ``public_endpoint``: where browsers reach the same store, when they can at all."""

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"
    public_endpoint: str = ""


class _Retry(Retry):
    """A connection that was refused, or closed by the store while nobody used it, is worth another at once; one that
    was silent for long is not."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


class S3Storage:
    def __init__(self, location: S3Location) -> None:
        self._bucket = location.bucket
        silence = Timeout(connect=5, read=SILENCE_SECONDS)
        self._pool = PoolManager(timeout=silence, maxsize=16, retries=_Retry(2, backoff_factor=0.2))
        # Threads of its own: a store that hangs must not hold up what else waits for a thread. They bound memory too,
        # as the client reads each piece of 5 MiB it sends.
        self._threads = ThreadPoolExecutor(_CALLS_AT_ONCE, "s3")
        self._client = self._connect(location, location.endpoint)
        # A signature covers the host, so addresses are signed for the one that browsers will ask.
        self._signer = self._connect(location, location.public_endpoint) if location.public_endpoint else None

    def _connect(self, location: S3Location, endpoint: str) -> Minio:
        return Minio(
            endpoint.partition("://")[2],
            location.access_key,
            location.secret_key,
            secure=endpoint.startswith("https://"),
            region=location.region,
            http_client=self._pool,
        )

    async def make_bucket(self) -> None:
        """Make the bucket when it isn't there: for development and tests; in production an operator does."""
        if not await self._called(lambda: self._client.bucket_exists(self._bucket)):
            await self._called(lambda: self._client.make_bucket(self._bucket))

    async def put(self, key: str, content: bytes | AsyncIterator[bytes]) -> Stored:
        checked_key(key)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
            # The length must be known for a single, atomic PUT; what is larger waits on disk, never in memory.
            if isinstance(content, bytes):
                spool.write(content)
            else:
                async for chunk in content:
                    await asyncio.to_thread(spool.write, chunk)
            size = spool.tell()
            spool.seek(0)
            await self._called(lambda: self._upload(key, spool, size))
        return Stored(key, size, content_type_of(key), datetime.now(UTC))

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
        checked_key(key)
        if length == 0:
            return
        # minio reads "length 0" as "to the end".
        opening = self._threads.submit(self._client.get_object, self._bucket, key, offset, length or 0)
        reading: Future[Any] = opening
        try:
            response = await _outcome(opening, key)
            while True:
                reading = self._threads.submit(response.read, CHUNK)
                if not (chunk := await _outcome(reading, key)):
                    return
                yield chunk
        finally:
            # Who goes away in the middle leaves a thread behind that waits for the store. Closing waits for that
            # thread, and this is everybody's: so the thread closes, once it has what it waits for.
            reading.add_done_callback(lambda _: _close(opening))

    async def stat(self, key: str) -> Stored | None:
        checked_key(key)
        try:
            found = await self._called(lambda: self._client.stat_object(self._bucket, key), key)
        except NoSuchObject:
            return None
        return Stored(key, found.size or 0, content_type_of(key), _utc(found.last_modified))

    async def delete(self, key: str) -> None:
        checked_key(key)
        try:
            await self._called(lambda: self._client.remove_object(self._bucket, key), key)
        except NoSuchObject:
            return

    async def find(self, prefix: str = "") -> AsyncIterator[Stored]:
        checked_prefix(prefix)
        pages = self._client.list_objects(self._bucket, prefix=prefix, recursive=True)
        while (found := await self._called(lambda: next(pages, None))) is not None:
            name = found.object_name or ""
            yield Stored(name, found.size or 0, content_type_of(name), _utc(found.last_modified))

    async def presigned_get(self, key: str, valid: timedelta) -> str | None:
        checked_key(key)
        if (signer := self._signer) is None:
            return None
        return await self._called(lambda: signer.presigned_get_object(self._bucket, key, expires=valid))

    async def close(self) -> None:
        self._threads.shutdown(wait=False)
        self._pool.clear()

    async def _called(self, call: Callable[[], T], key: str = "") -> T:
        """Run ``call`` in a thread."""
        return await _outcome(self._threads.submit(call), key)

    def _upload(self, key: str, content: IO[bytes], size: int) -> None:
        self._client.put_object(
            self._bucket,
            key,
            content,  # type: ignore[arg-type]  # it is only read
            size,
            content_type=content_type_of(key),
            num_parallel_uploads=1,
        )


async def _outcome(running: Future[T], key: str) -> T:
    """What a thread's call returned, or what went wrong in our words."""
    try:
        return await asyncio.wrap_future(running)
    except S3Error as error:
        if error.code in _MISSING:
            raise NoSuchObject(key) from error
        raise StorageDown(f"{error.code}: {error.message}") from error
    except InvalidResponseError as error:
        # Some stores label their error pages text/xml with a charset, which the client does not read.
        if any(f"<Code>{code}</Code>" in str(error) for code in _MISSING):
            raise NoSuchObject(key) from error
        raise StorageDown(str(error)) from error
    except (MinioException, HTTPError, OSError) as error:
        raise StorageDown(str(error)) from error


def _close(opening: Future[Any]) -> None:
    """Give the connection of an answer back, if there is one."""
    if opening.cancelled() or opening.exception() is not None:
        return
    response = opening.result()
    response.close()
    response.release_conn()


def _utc(moment: datetime | None) -> datetime:
    return moment.astimezone(UTC) if moment is not None else datetime.now(UTC)
