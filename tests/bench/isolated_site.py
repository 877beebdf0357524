"""A static site over HTTP with brotli and cross-origin isolation, as a peer's web app needs it.

Counts the bytes sent, so that a first load can be weighed.
"""

import functools
import http.server
import threading
from pathlib import Path

import brotli

COMPRESSED = {".js", ".css", ".html", ".wasm", ".json", ".svg", ".txt", ".webmanifest"}


@functools.cache
def _brotli(path: Path) -> bytes:
    return bytes(brotli.compress(path.read_bytes(), quality=9))


class _Handler(http.server.SimpleHTTPRequestHandler):
    server: "IsolatedSite"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            path = Path(self.directory) / "index.html"
        squeeze = path.suffix in COMPRESSED and "br" in self.headers.get("Accept-Encoding", "")
        body = _brotli(path) if squeeze else path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        if squeeze:
            self.send_header("Content-Encoding", "br")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.end_headers()
        self.wfile.write(body)
        self.server.sent_bytes += len(body)

    def log_message(self, *args: object) -> None:
        pass


class IsolatedSite(http.server.ThreadingHTTPServer):
    """Serves ``folder`` on a free port of 127.0.0.1 until ``close``; unknown paths answer index.html."""

    sent_bytes = 0

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
        self.origin = f"http://localhost:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()
