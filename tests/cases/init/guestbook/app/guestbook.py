"""A guest book: visitors' lines in a file on the pod's own volume. Standard library only."""

import html
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ENTRIES = Path("/var/lib/guestbook/entries.txt")
PAGE_SIZE = int(os.environ["PAGE_SIZE"])
DRAIN_SECONDS = 3


class Page(BaseHTTPRequestHandler):
    """GET / lists the newest entries, POST / adds one, GET /healthz says whether the volume can be read."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/healthz":
            self.answer("ok" if ENTRIES.is_file() else "no volume", 200 if ENTRIES.is_file() else 503)
        else:
            lines = ENTRIES.read_text().splitlines()[-PAGE_SIZE:]
            self.answer(f"<h1>{html.escape(os.environ['TITLE'])}</h1><ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul>")

    def do_POST(self):
        text = self.rfile.read(min(int(self.headers["Content-Length"]), 1000)).decode()
        with ENTRIES.open("a") as file:
            file.write(text.replace("\n", " ") + "\n")
        self.answer("thanks", 201)

    def answer(self, text, status=200):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        # By these naru tells who answered.
        for header, name in (("X-Naru-Version", "RELEASE_VERSION"), ("X-Naru-Cloud", "CLOUD"), ("X-Naru-Pod", "POD_NAME")):
            self.send_header(header, os.environ[name])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words):
        """Silent."""


class Server(ThreadingHTTPServer):
    """Python lets five connections wait; the sixth of a sudden burst would be tried again by its client a second later."""

    request_queue_size = 256


def main():
    ENTRIES.touch()
    server = Server(("", 8000), Page)

    def drain(*_words):
        # Endpoints forget this pod a moment after the signal; until then it still answers.
        threading.Thread(target=lambda: (time.sleep(DRAIN_SECONDS), server.shutdown())).start()

    signal.signal(signal.SIGTERM, drain)
    server.serve_forever(poll_interval=0.1)


main()
