"""A real Hudson 3.3.2 on loopback, started by a test: the only server of Jenkins' lineage that can be had everywhere."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from system.jenkins_parts import HUDSON, artifact

LAUNCH = Path(__file__).resolve().parents[1] / "data" / "hudson" / "Launch.java"
OPEN_BASE = ("lang", "lang.ref", "lang.reflect", "util", "util.concurrent", "util.concurrent.atomic", "util.concurrent.locks", "text", "io", "net",
             "math", "nio")
OPEN_DESKTOP = ("java.awt", "java.awt.font", "javax.swing")
CONFIG = """<?xml version='1.0' encoding='UTF-8'?>
<hudson><numExecutors>2</numExecutors><slaveAgentPort>-1</slaveAgentPort><disabledAdministrativeMonitors/></hudson>
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Hudson:
    """Start with `with Hudson(folder) as hudson`; stopped with its whole process group."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = None

    def __enter__(self):
        (self.folder / "home").mkdir()
        (self.folder / "home" / "config.xml").write_text(CONFIG)
        war = artifact(HUDSON)
        with zipfile.ZipFile(war) as archive:
            archive.extractall(self.folder, [name for name in archive.namelist() if name.startswith("libs/")])
        self.start(war)
        return self

    def start(self, war=None):
        argv = ["java", "-Xmx512m", "-Djava.awt.headless=true"]
        argv += [word for name in OPEN_BASE for word in ("--add-opens", f"java.base/java.{name}=ALL-UNNAMED")]
        argv += [word for name in OPEN_DESKTOP for word in ("--add-opens", f"java.desktop/{name}=ALL-UNNAMED")]
        argv += ["-cp", f"{self.folder}/libs/*", str(LAUNCH), str(war or artifact(HUDSON)), f"--httpPort={self.port}",
                 "--httpListenAddress=127.0.0.1", "--skipInitSetup"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(argv, env={**os.environ, "HUDSON_HOME": str(self.folder / "home")}, stdout=log, stderr=log, start_new_session=True)
        self.wait()

    def wait(self, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(OSError, urllib.error.URLError):
                if urllib.request.urlopen(self.url + "/api/json", timeout=5).status == 200:
                    return
            assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.2)
        raise AssertionError("Hudson was not ready in time")

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)

    def __exit__(self, *_):
        self.stop()
