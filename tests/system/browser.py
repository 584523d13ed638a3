"""Headless Chromium on a file: its DOM after the scripts ran, or a picture."""

import subprocess

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--virtual-time-budget=3000"]


def chromium(tmp_path, path, *more):
    argv = ["chromium", *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *more, f"file://{path}"]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True)
