"""A push service that takes everything, as a process of its own: ``python -m tests.bench.push_endpoint``. It prints its
address, and answers ``GET /`` with how many messages it took and when the last came (the machine's monotonic clock)."""

import asyncio
import json
import time


class Endpoint:
    def __init__(self) -> None:
        self.count = 0
        self.last = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
                await reader.readexactly(length)
                told = b""
                if head.startswith("get"):
                    told = json.dumps({"count": self.count, "last": self.last}).encode()
                else:
                    self.count += 1
                    self.last = time.monotonic()
                status = "200 OK" if told else "201 Created"
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(told)}\r\n\r\n".encode() + told)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def main() -> None:
    server = await asyncio.start_server(Endpoint().serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
