"""Programs of a machine that the fast tests make up: a folder on PATH in which each answers as it is told."""

import shutil
import stat

QUIET_DOCKER = """case "$1 $2" in
  "version "*) exit 0 ;;
  "image inspect") case "$3" in naru-stand-ins*) echo '[{"Id": "sha256:1"}]'; exit 0 ;; esac ;;
  "ps "*) exit 0 ;;
esac
echo "Error: No such object: $3" >&2; exit 1
"""
"""A daemon that runs, holds the image of the stand-ins and nothing else."""
NO_DAEMON = "echo 'Cannot connect to the Docker daemon' >&2; exit 1\n"


class Programs:
    """The folder; `PATH` of the test leads here and nowhere else."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv("PATH", str(folder))

    def put(self, name, text="exit 0\n"):
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return self

    def fails(self, name, words):
        """It prints these words as its errors and ends with status 1."""
        lines = "".join(f"echo {quoted(line)} >&2\n" for line in words.splitlines())
        return self.put(name, lines + "exit 1\n")

    def real(self, *names):
        """Programs of this machine itself."""
        for name in names:
            found = shutil.which(name, path="/usr/bin:/bin")
            assert found, f"{name} is not on this machine"
            (self.folder / name).symlink_to(found)
        return self


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"
