"""Three clouds as three processes on loopback, which can be stopped, frozen, made to hang, to lie and to be slow, for real."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from naru.model.failover import Reading

MARKER = "민원 서비스"
SERVER = """
import asyncio, os, sys
cloud, port, mode_file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
PAGE = ("<h1>%s</h1>" % sys.argv[4]).encode()

def mode():
    with open(mode_file) as stream:
        return stream.read().strip()

async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            path, now = head.split(b" ", 2)[1].decode(), mode()
            if now == "hang":
                await asyncio.sleep(3600)
            if now == "slow":
                await asyncio.sleep(4)
            broken = now == "lie" and not path.startswith("/health")
            body = b"broken" if broken else PAGE
            close = b"connection: close" in head.lower()
            writer.write(b"HTTP/1.1 %d X\\r\\nX-Naru-Cloud: %s\\r\\nX-Naru-Pod: %s-%d\\r\\nContent-Length: %d\\r\\n%s\\r\\n" % (
                500 if broken else 200, cloud.encode(), cloud.encode(), os.getpid(), len(body),
                b"Connection: close\\r\\n" if close else b""))
            writer.write(body)
            await writer.drain()
            if close:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()

asyncio.run(main())
"""


class LocalCloud:
    def __init__(self, name: str, folder: Path):
        self.name = name
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._mode = folder / f"{name}.mode"
        self._mode.write_text("well")
        self.process = None
        self.start_delay = 0.0
        self.start()

    def start(self):
        delay = f"import time; time.sleep({self.start_delay})\n"
        self.process = subprocess.Popen(
            [sys.executable, "-c", delay + SERVER, self.name, str(self.port), str(self._mode), MARKER], start_new_session=True
        )

    def mode(self, word: str):
        temp = self._mode.with_suffix(".new")
        temp.write_text(word)
        temp.replace(self._mode)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.5) as door:
                door.settimeout(0.5)
                door.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return b" 200 " in door.recv(100)
        except OSError:
            return False


class LocalClouds:
    def __init__(self, folder: Path, names=("naver", "ktcloud", "cocktail")):
        self.clouds = {name: LocalCloud(name, folder) for name in names}
        self._ended = threading.Event()
        self._readings = []
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        deadline = time.monotonic() + 20
        while not all(cloud.answers() for cloud in self.clouds.values()):
            assert time.monotonic() < deadline, "the local clouds did not start"
            time.sleep(0.05)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for cloud in self.clouds.values():
            cloud.stop()

    def __getitem__(self, name):
        return self.clouds[name]

    def _watch(self):
        while not self._ended.wait(0.1):
            for name, cloud in self.clouds.items():
                ready = int(cloud.answers())
                self._readings.append((time.monotonic(), Reading(0, name, replicas=1, ready=ready)))

    def readings(self):
        return list(self._readings)

    def latest(self, cloud):
        return next((item for item in reversed(self._readings) if item[1].cloud == cloud), None)


class Killed:
    """Stops the cloud's process: connections are refused."""

    def __init__(self, clouds):
        self.clouds = clouds

    def prepare(self, cloud):
        return {}

    def inject(self, entry):
        self.clouds[entry.cloud].stop()

    def undo(self, entry):
        if self.clouds[entry.cloud].process is None:
            self.clouds[entry.cloud].start()

    def restored(self, entry):
        return self.clouds[entry.cloud].answers()

    def breakage(self, entry):
        return "The process is gone." if self.clouds[entry.cloud].process is None else "The process does not answer rightly."


class Frozen(Killed):
    """Freezes the process: connections are taken and never answered."""

    def inject(self, entry):
        os.kill(self.clouds[entry.cloud].process.pid, signal.SIGSTOP)

    def undo(self, entry):
        os.kill(self.clouds[entry.cloud].process.pid, signal.SIGCONT)


class Mode(Killed):
    """Lets the process answer wrongly."""

    def __init__(self, clouds, word):
        super().__init__(clouds)
        self.word = word

    def inject(self, entry):
        self.clouds[entry.cloud].mode(self.word)

    def undo(self, entry):
        self.clouds[entry.cloud].mode("well")


def local_handlers(clouds):
    return {
        "scale-to-zero": Killed(clouds), "node-stop": Killed(clouds), "node-pause": Frozen(clouds),
        "lying-health": Mode(clouds, "lie"), "slow": Mode(clouds, "slow"), "network-cut": Mode(clouds, "hang"),
    }
