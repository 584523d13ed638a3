"""A copy of the clone in which `init` may write, and its command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from fakes.init_app import CASES

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = CASES / "guestbook" / "manifests"
WORDS = ("--name", "guestbook", "--cloud", "naver=registry.example.com", "--cloud", "ktcloud", "--marker", "방명록", "--from-manifests", str(MANIFESTS))
CLOUDS = ("guestbook-naver", "guestbook-ktcloud")


def copied(folder, *more):
    """What `init` and the stages without clusters need, and `more` parts of the clone."""
    for part in ("overlays", "pipelines", "scripts", "kind/node/images.yaml", *more):
        source, target = ROOT / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            shutil.copy(source, target)
    return folder


def naru(clone, *words, timeout=120, **environment):
    """One command of that copy, without a terminal."""
    return subprocess.run([sys.executable, str(clone / "scripts" / "main.py"), *words], cwd=clone, env={**os.environ, **environment}, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
