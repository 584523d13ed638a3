"""The wrapper before Python runs: what it installs, what it only tells, and that it starts the CLI wherever no cluster is needed."""

import subprocess
from pathlib import Path

import pytest

from fakes.programs import Programs

BOOTSTRAP = Path(__file__).resolve().parents[2] / "scripts" / "bootstrap.sh"
ROCKY = 'NAME="Rocky Linux"\nPRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"\nID="rocky"\n'
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
START = '. "$0"; NARU_SBIN=/nowhere; NARU_OS_RELEASE=$1; shift; naru_bootstrap "$@"; echo "the CLI starts"'
RELEASE_STAGES = ["tag-release", "publish-release", "patch-overlays", "promote", "report", "status", "diff", "why", "doctor", "jobs", "hold"]
EVERYTHING = ["git", "buildah", "mvn", "javac", "mmdebstrap", "dockerd", "iptables", "skopeo", "docker-registry", "haproxy", "pdns_server"]


class Machine:
    def __init__(self, folder, monkeypatch, system, *programs, root=True):
        self.programs = Programs(folder / "bin", monkeypatch).real("cmp", "tail", "mktemp", "rm", "grep", "sed", "cp")
        for name in programs:
            self.programs.put(name)
        self.programs.put("id", f"echo {0 if root else 1000}\n")
        self.clone, self.os_release, self.calls = folder / "clone", folder / "os-release", folder / "calls"
        self.os_release.write_text(system)
        (self.clone / "requirements").mkdir(parents=True)
        (self.clone / ".venv" / "bin").mkdir(parents=True)
        for lock, stamp in (("run.txt", "naru-run.txt"), ("test.txt", "naru-test.txt")):
            (self.clone / "requirements" / lock).write_text(lock)
            (self.clone / ".venv" / stamp).write_text(lock)

    def apt(self, words="", *, brings=()):
        """An apt-get that notes its calls; it fails with these words, or brings these programs."""
        made = "".join(f"cp {self.programs.folder}/id {self.programs.folder}/{name}; " for name in brings)
        fails = "".join(f"echo '{line}'; " for line in words.splitlines()) + "exit 100" if words else ""
        self.programs.put("apt-get", f'echo "$*" >> {self.calls}\n{made}\n{fails}\n')
        return self

    def start(self, *words):
        done = subprocess.run(["/bin/sh", "-euc", START, str(BOOTSTRAP), str(self.os_release), str(self.clone), *words],
                              capture_output=True, text=True, timeout=20, check=False)
        return done.returncode, done.stdout.strip(), done.stderr.strip()


@pytest.fixture
def make(tmp_path, monkeypatch):
    return lambda *words, **options: Machine(tmp_path, monkeypatch, *words, **options)


@pytest.mark.parametrize("command", [*RELEASE_STAGES, "build-images", "clouds status", "clouds capture", "verify-rollout --help", "demo --help"])
def test_on_rocky_every_command_that_needs_no_cluster_starts(make, command):
    machine = make(ROCKY, "dnf", "git", "skopeo", "buildah", "mvn", "javac")
    assert machine.start(*command.split()) == (0, "the CLI starts", "")


@pytest.mark.parametrize("command", ["clouds up", "demo", "run", "nightly", "test"])
def test_on_rocky_what_needs_clusters_says_where_it_runs_and_what_runs_here(make, command):
    code, out, said = make(ROCKY, "dnf", "git", "skopeo", "buildah", "mvn", "javac").start(*command.split())
    assert (code, out) == (3, "")
    assert said.startswith("naru: Rocky Linux 9.4 (Blue Onyx) has no package for: mmdebstrap docker.io")
    assert "on a Debian or Ubuntu agent; every stage that needs no cluster runs here" in said
    assert said.count("\n") == 0


def test_on_rocky_the_exact_command_is_told_and_nothing_is_run(make):
    machine = make(ROCKY, "git")
    machine.programs.put("dnf", f"echo called > {machine.calls}\n")
    code, _, said = machine.start("build-images")
    assert code == 3
    assert said == ("naru: Rocky Linux 9.4 (Blue Onyx) lacks: buildah maven openjdk-17-jdk-headless. "
                    "Run this as root, then try again: dnf install --assumeyes buildah maven java-17-openjdk-devel")
    assert not machine.calls.exists()


def test_on_rocky_a_python_that_is_too_old_is_named_by_its_package(make):
    machine = make(ROCKY, "dnf")
    (machine.clone / ".venv" / "naru-run.txt").unlink()
    machine.programs.put("python3", "exit 1\n")
    code, _, said = machine.start("doctor")
    assert code == 3
    assert said.endswith("dnf install --assumeyes python3.11")


def test_where_there_is_neither_apt_nor_dnf_the_packages_are_named(make):
    code, _, said = make('PRETTY_NAME="Alpine Linux v3.20"\nID=alpine\n').start("tag-release")
    assert code == 3
    assert said == "naru: Alpine Linux v3.20 lacks: git. It has neither apt nor dnf, so install what these Debian packages hold in its own way, then try again."


def test_without_root_the_exact_command_is_told_and_apt_is_not_called(make):
    machine = make(DEBIAN, *EVERYTHING[:-2], root=False).apt()
    code, _, said = machine.start("clouds", "up")
    assert code == 3
    assert said == ("naru: This machine lacks: haproxy pdns-server. "
                    "Run this as root, then try again: apt-get update && apt-get install --yes --no-install-recommends haproxy pdns-server")
    assert not machine.calls.exists()


def test_root_on_debian_gets_only_what_is_missing_installed(make):
    machine = make(DEBIAN, *EVERYTHING[:-1]).apt(brings=["pdns_server"])
    assert machine.start("clouds", "up")[:2] == (0, "the CLI starts")
    assert machine.calls.read_text().splitlines() == ["update --quiet", "install --quiet --yes --no-install-recommends pdns-server"]
    machine.calls.unlink()
    assert machine.start("clouds", "up") == (0, "the CLI starts", "")
    assert not machine.calls.exists()


@pytest.mark.parametrize(("words", "code", "sentence"), [
    ("E: Failed to fetch http://mirror/InRelease  403  Forbidden [IP: 127.0.0.1 9]", 3, "the package mirror refused this machine"),
    ("E: Failed to fetch http://mirror/InRelease  Could not connect to mirror (127.0.0.1). - connect (111: Connection refused)", 4, "did not answer"),
    ("Temporary failure resolving mirror", 4, "did not answer"),
    ("E: Write error - write (28: No space left on device)", 3, "the disk is full. Free some of it"),
    ("E: Unable to locate package pdns-server", 3, "its last lines stand above. Mend that"),
])
def test_an_apt_that_fails_is_told_with_its_words_the_command_and_the_right_exit_code(make, words, code, sentence):
    found, out, said = make(DEBIAN, *EVERYTHING[:-1]).apt(words).start("clouds", "up")
    assert (found, out) == (code, "")
    assert words in said
    assert sentence in said.splitlines()[-1]
    assert said.endswith("apt-get update && apt-get install --yes --no-install-recommends pdns-server")


def test_a_python_index_that_refuses_is_told_with_pip_s_words_and_tried_again_next_time(make):
    machine = make(DEBIAN, "git")
    (machine.clone / ".venv" / "naru-run.txt").unlink()
    machine.programs.put("python3")
    pip = Programs.__new__(Programs)
    pip.folder = machine.clone / ".venv" / "bin"
    pip.fails("python", "ERROR: HTTP error 403 while getting a package")
    for _ in range(2):
        code, out, said = machine.start("doctor")
        assert (code, out) == (3, "")
        assert "ERROR: HTTP error 403 while getting a package" in said
        assert "The Python packages of requirements/run.txt could not be installed" in said.splitlines()[-1]
