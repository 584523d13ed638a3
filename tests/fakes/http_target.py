"""A small HTTP server on loopback for tests of the load engine: answers as its script says, in a thread."""

import asyncio
import threading
from contextlib import suppress


class HttpTarget:
    """`answer(path, number)` gives (seconds to wait, raw bytes or None to close, whether to close afterwards)."""

    def __init__(self, answer=None):
        self.answer = answer or (lambda _path, _number: (0, page(), False))
        self.paths = []
        self.requests = []
        self.connections = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def _run(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader, writer):
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
        path = head.split()[1].decode()
        self.paths.append(path)
        self.requests.append(head + body)
        wait, data, close = self.answer(path, len(self.paths))
        if wait:
            await asyncio.sleep(wait)
        if data is None:
            return False
        writer.write(data)
        await writer.drain()
        return not close


def page(status=200, text="ok", cloud="naver", pod="egov-1", version="8.9.csap-999"):
    body = text.encode()
    return (f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nX-Naru-Cloud: {cloud}\r\nX-Naru-Pod: {pod}\r\n"
            f"X-Naru-Version: {version}\r\n\r\n").encode() + body
