"""Content-hashed files and their pre-compressed twins."""

import gzip
import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import brotli

ALREADY_SMALL = {".png", ".jpg", ".webp", ".woff2"}
# Above this many bytes quality 11 takes tens of seconds; the wasm file is the exception, because it changes
# only with Pyodide and its compressed form is kept between builds.
SLOW_BROTLI_BYTES = 4_000_000


def content_hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:12]


@dataclass
class Folder:
    """The build's output. ``written`` holds every path below ``root`` that belongs to this build. ``quick``: what was
    not compressed before is compressed badly, in a twentieth of the time."""

    root: Path
    cache: Path
    quick: bool = False
    written: dict[str, bytes] = field(default_factory=dict)

    def put(self, path: str, content: bytes) -> str:
        """Write ``content`` unless it is there already; returns its URL path."""
        target = self.root / path
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        self.written[path] = content
        return f"/{path}"

    def put_hashed(self, name: str, content: bytes) -> str:
        """``name`` below ``assets/`` with the content's hash before its suffix."""
        stem, dot, suffix = name.rpartition(".")
        return self.put(f"assets/{stem}.{content_hash(content)}{dot}{suffix}", content)

    def compress(self) -> None:
        """Write ``.br`` and ``.gz`` beside every file worth it; both are kept in the cache by content."""
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self._compress_one, sorted(self.written, key=lambda path: -len(self.written[path]))))

    def sweep(self) -> None:
        """Remove what earlier builds left."""
        keep = {self.root / path for path in self.written}
        keep |= {path.with_name(path.name + ending) for path in keep for ending in (".br", ".gz")}
        for path in self.root.rglob("*"):
            if path.is_file() and path not in keep:
                path.unlink()
        for folder in sorted((path for path in self.root.rglob("*") if path.is_dir()), reverse=True):
            if not any(folder.iterdir()):
                folder.rmdir()

    def brotli_size(self, path: str) -> int:
        """Bytes over the wire."""
        packed = self.root / (path.lstrip("/") + ".br")
        return packed.stat().st_size if packed.is_file() else len(self.written[path.lstrip("/")])

    def _compress_one(self, path: str) -> None:
        content = self.written[path]
        if Path(path).suffix in ALREADY_SMALL or len(content) < 200:
            return
        for ending, packer in ((".br", _brotli), (".gz", _gzip)):
            kept = self.cache / f"{content_hash(content)}-{len(content)}{ending}"
            if self.quick and not kept.is_file():
                kept = kept.with_suffix(".quick" + ending)
            if not kept.is_file():
                self.cache.mkdir(parents=True, exist_ok=True)
                unfinished = kept.with_suffix(".tmp" + ending)
                unfinished.write_bytes(packer(content, self.quick))
                unfinished.rename(kept)
            target = self.root / (path + ending)
            if not target.is_file() or target.read_bytes() != kept.read_bytes():
                shutil.copyfile(kept, target)


def _brotli(content: bytes, quick: bool) -> bytes:
    is_wasm = content[:4] == b"\0asm"
    quality = 4 if quick else 11 if is_wasm or len(content) < SLOW_BROTLI_BYTES else 9
    return bytes(brotli.compress(content, quality=quality, lgwin=24))


def _gzip(content: bytes, quick: bool) -> bytes:
    return gzip.compress(content, compresslevel=1 if quick else 6, mtime=0)
