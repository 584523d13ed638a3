"""A build machine of its own: state, image store and buildah storage apart; only the downloads (bases, Maven) are shared."""

import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from naru.edge.oci_layout import OciLayout
from naru.edge.state_dir import StateDir
from system.registry_server import free_port

MAIN = Path(__file__).resolve().parents[2] / "scripts" / "main.py"
ENTER = 'mount --bind /proc "$0/proc" && mount --bind /dev "$0/dev" && user=$1 && shift && exec chroot --userspec="$user" "$0" "$@"'
RELEASE = ["--khan-release", "8.9.csap", "--bug-fix-version", "999"]


class BuildMachine:
    def __init__(self, folder: Path):
        shared = StateDir.from_environment()
        self.folder, self.work, self.cache = folder, folder / "work", folder / "cache"
        self.cache.mkdir(parents=True)
        for name in ("bases", "maven"):
            (self.cache / name).symlink_to(shared.cache(name).resolve())
        self.env = {**os.environ, "NARU_STATE": str(folder / "state"), "NARU_CACHE": str(self.cache), "NARU_SANDBOX": "build"}
        for name in ("KHAN_RELEASE", "BUG_FIX_VERSION", "NARU_PRODUCT"):
            self.env.pop(name, None)

    def run(self, command, *words, cwd=None, umask=0o022, **env):
        return subprocess.run(
            [sys.executable, str(MAIN), command, *words, "--work", str(self.work)], env={**self.env, **env}, cwd=cwd or self.folder,
            umask=umask, capture_output=True, text=True, timeout=600, check=False,
        )

    def tag(self, *words):
        done = self.run("tag-release", *(words or RELEASE))
        assert done.returncode == 0, done.stderr
        return self

    def build(self, *words, **changes):
        return self.run("build-images", *words, **changes)

    def start_build(self):
        return subprocess.Popen(
            [sys.executable, str(MAIN), "build-images", "--work", str(self.work)], env=self.env, cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )

    def images(self):
        return json.loads((self.work / "images.json").read_text())

    def digests(self):
        return {image["name"]: image["digest"] for image in self.images()["images"]}

    def layout(self, name):
        return OciLayout(self.cache / "images" / f"{name}-{self.digests()[name].removeprefix('sha256:')}")

    def source(self):
        return self.folder / "state" / "sandbox" / "build" / "repos" / "khan-monitoring.git"

    def leftovers(self):
        places = [self.folder / "state" / "build", self.cache / "images"]
        return [path for place in places if place.exists() for path in place.iterdir() if path.name.startswith(("workshop-", ".making-"))]


def wait_for(what, *, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")


def unpack(layout: OciLayout, target: Path):
    target.mkdir()
    for layer in layout.read().layers:
        with tarfile.open(layout.blob_path(layer.digest)) as tar:
            tar.extractall(target, filter="tar")
    return target


@contextmanager
def running(root: Path, layout: OciLayout, **env):
    """The image's own entry point as its own user, in its own files; gives (process, address)."""
    image = layout.read()
    config = json.loads(layout.config_bytes(image))["config"]
    port = free_port()
    user = config["User"]
    own = dict(entry.split("=", 1) for entry in config["Env"])
    process = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", ENTER, str(root), user, *config["Entrypoint"]],
        env={**own, "PORT": str(port), **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    try:
        wait_for(lambda: status(f"http://127.0.0.1:{port}/health") == 200, seconds=60)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(10)
        process.stdout.close()


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
