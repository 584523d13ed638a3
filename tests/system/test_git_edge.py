"""Real Git through the one edge: what of a hostile repository, machine or network must not take part."""

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from naru.edge.git_access import KNOWN_HOSTS_ENV, GitAccess, checked_address
from naru.edge.git_repo import GitRepo
from naru.errors import Malformed, Missing, OutsideDown
from system.plain_git import WHEN, bare, clone, commit_file, first_commit, git

pytestmark = pytest.mark.system


@pytest.fixture
def remote(tmp_path):
    return bare(tmp_path)


@pytest.fixture
def seeded(remote):
    return first_commit(remote)


def copy(remote, tmp_path, name="copy"):
    return GitRepo.clone_or_open(str(remote.folder), tmp_path / f"{name}.git")


# what of the machine and of the repository takes no part


def test_no_configuration_hook_or_variable_of_the_user_takes_part(seeded, tmp_path, monkeypatch):
    remote, commit = seeded
    trap = tmp_path / "trap"
    home = tmp_path / "home"
    home.mkdir()
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {trap}\n")
    script.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-checkout", "post-index-change"):
        (hooks / name).symlink_to(script)
    (home / ".gitconfig").write_text(
        f"[core]\n hooksPath = {hooks}\n fsmonitor = {script}\n sshCommand = {script}\n askPass = {script}\n"
        f'[credential]\n helper = {script}\n[uploadpack]\n packObjectsHook = {script}\n[url "/nowhere/"]\n insteadOf = {tmp_path}/\n'
    )
    values = {"HOME": str(home), "GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/nowhere", "GIT_SSH_COMMAND": str(script),
              "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": str(hooks),
              "GIT_EXTERNAL_DIFF": str(script), "GIT_TRACE": str(tmp_path / "trace"), "GIT_OBJECT_DIRECTORY": "/nowhere"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    repo = copy(remote, tmp_path)
    repo.export(commit, tmp_path / "out")
    assert repo.push_create_only("refs/tags/x", repo.make_tag("x", commit, "x", when=WHEN))
    assert (tmp_path / "out/a.txt").read_bytes() == b"1"
    assert not trap.exists()
    assert not (tmp_path / "trace").exists()


def test_an_export_is_of_the_commit_and_dated_as_it(seeded, tmp_path):
    remote, _ = seeded
    work = clone(remote.folder, tmp_path / "work")
    (work / "run.sh").write_text("#!/bin/sh\n")
    (work / "run.sh").chmod(0o755)
    (work / "link").symlink_to("a.txt")
    commit = commit_file(work, ".gitattributes", "*.txt filter=evil eol=lf\n*.bin -text\n", "attributes")
    git(work, "push", "-q", "origin", "master")
    (work / "a.txt").write_text("not committed")
    repo = copy(remote, tmp_path)
    repo.export(commit, tmp_path / "out")
    assert (tmp_path / "out/a.txt").read_bytes() == b"1"
    assert os.access(tmp_path / "out/run.sh", os.X_OK)
    assert (tmp_path / "out/link").readlink().as_posix() == "a.txt"
    assert {path.lstat().st_mtime for path in (tmp_path / "out").rglob("*")} == {repo.commit_info(commit).commit_time}
    with pytest.raises(Missing, match="not empty"):
        repo.export(commit, tmp_path / "out")


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "sub/../../outside"])
def test_a_link_that_leads_out_of_the_tree_is_refused(seeded, tmp_path, target):
    remote, _ = seeded
    work = clone(remote.folder, tmp_path / "work")
    (work / "link").symlink_to(target)
    commit = commit_file(work, "b", "b", "trap")
    git(work, "push", "-q", "origin", "master")
    with pytest.raises(Missing, match="leads out of the repository"):
        copy(remote, tmp_path).export(commit, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_submodule_is_refused_and_not_followed(seeded, tmp_path):
    remote, _ = seeded
    work = clone(remote.folder, tmp_path / "work")
    (work / ".gitmodules").write_text('[submodule "x"]\n path = x\n url = https://127.0.0.1:1/x.git\n')
    git(work, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},x")
    git(work, "add", ".gitmodules")
    git(work, "commit", "-q", "-m", "submodule")
    git(work, "push", "-q", "origin", "master")
    repo = copy(remote, tmp_path)
    with pytest.raises(Missing, match="submodule"):
        repo.export(repo.resolve("master"), tmp_path / "out")


# addresses, logins


@pytest.mark.parametrize("url", [
    "ext::sh -c x", "--upload-pack=x", "-x", "http://git.example.com/x.git", "ftp://h/x", "https://user:secret@h/x.git",
    "https://token@h/x.git", "git://h/x.git", "file:///a/../b", "relative/path", "https://h/x\nHost: y", "h:x", "user@-h:x",
    "https://h/x y", "ssh://-oProxyCommand=x/y", "", "https://", "x" * 600, "fd::7", "/a\0b",
])
def test_an_address_that_could_run_or_leak_something_is_malformed(url, tmp_path):
    with pytest.raises(Malformed):
        GitRepo.clone_or_open(url, tmp_path / "copy.git")
    assert not (tmp_path / "copy.git").exists()


@pytest.mark.parametrize("url", ["https://h.example.com/a/b.git", "https://h:8443/a", "ssh://git@h:7999/a/b.git", "git@h:a/b.git",
                                 "http://127.0.0.1:8080/a.git", "http://localhost/a.git", "/srv/git/a.git", "file:///srv/git/a b.git"])
def test_the_usual_addresses_are_allowed(url):
    assert checked_address(url) == url


def test_a_login_is_asked_of_a_file_and_stands_in_no_argument_and_no_variable(tmp_path):
    login = tmp_path / "login"
    login.write_text("jenkins\ntoken-51f2c7\n")
    access = GitAccess.from_environment("SOURCE_LOGIN", {"SOURCE_LOGIN": str(login)})
    assert "token-51f2c7" not in " ".join(access.variables().values())
    seen = []

    def server(listener):
        for answer in (b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',) * 2:
            connection, _ = listener.accept()
            with connection:
                seen.append(connection.recv(8192))
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server, args=(listener,), daemon=True)
        thread.start()
        with pytest.raises(Missing, match="Check the login file") as stop:
            GitRepo.clone_or_open(f"http://127.0.0.1:{listener.getsockname()[1]}/a.git", tmp_path / "copy.git", access=access)
        thread.join(10)
    assert b"Authorization: Basic amVua2luczp0b2tlbi01MWYyYzc=" in seen[1]
    assert "token-51f2c7" not in str(stop.value)


def test_without_a_login_nobody_is_asked(tmp_path):
    answer = b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
    with scripted_server(answer) as port, pytest.raises(Missing, match="login"):
        GitRepo.clone_or_open(f"http://127.0.0.1:{port}/a.git", tmp_path / "copy.git", timeout=20)


def test_ssh_is_held_to_pinned_hosts_and_to_the_key_of_the_file(tmp_path):
    key = tmp_path / "key"
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    access = GitAccess.from_environment("KEY", {"KEY": str(key), KNOWN_HOSTS_ENV: str(tmp_path / "known_hosts")})
    words = access.variables()["GIT_SSH_COMMAND"]
    for word in ("-F /dev/null", "BatchMode=yes", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={tmp_path}/known_hosts", f"-i {key}"):
        assert word in words
    assert access.variables()["GIT_ASKPASS"] == "false"


def test_a_login_file_that_is_not_there_is_named_by_its_variable(tmp_path):
    with pytest.raises(Missing, match="SOURCE_LOGIN is not set"):
        GitAccess.from_environment("SOURCE_LOGIN", {})
    with pytest.raises(Missing, match="named by SOURCE_LOGIN"):
        GitAccess.from_environment("SOURCE_LOGIN", {"SOURCE_LOGIN": str(tmp_path / "none")})
    (tmp_path / "k;x").write_text("-----BEGIN X")
    with pytest.raises(Missing, match="characters"):
        GitAccess.from_environment("K", {"K": str(tmp_path / "k;x")}).variables()


# networks and servers that fail


def scripted_server(answer, *, hold=False):
    import contextlib

    @contextlib.contextmanager
    def running():
        stop = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                while not stop.is_set():
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    with connection:
                        connection.recv(8192)
                        connection.sendall(answer)
                        if hold:
                            stop.wait(30)

            threading.Thread(target=serve, daemon=True).start()
            yield listener.getsockname()[1]
            stop.set()
            listener.shutdown(socket.SHUT_RDWR)

    return running()


def test_a_server_that_never_answers_is_left_at_the_deadline_with_no_process_behind(tmp_path):
    with scripted_server(b"", hold=True) as port:
        begin = time.monotonic()
        with pytest.raises(OutsideDown, match="did not end within 1 s"):
            GitRepo.clone_or_open(f"http://127.0.0.1:{port}/a.git", tmp_path / "copy.git", timeout=1)
        assert time.monotonic() - begin < 10
        end = time.monotonic() + 10
        while left := _left_behind(f"127.0.0.1:{port}"):
            assert time.monotonic() < end, left


def _left_behind(word):
    return [pid for pid in Path("/proc").iterdir() if pid.name.isdigit() and word.encode() in _cmdline(pid)]


def _cmdline(pid):
    try:
        return (pid / "cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize(("answer", "error"), [
    (b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", OutsideDown),
    (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", OutsideDown),
    (b"HTTP/1.1 404 None\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", Missing),
    (b"HTTP/1.1 302 Away\r\nLocation: http://127.0.0.1:1/evil.git\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", OutsideDown),
    (b"", OutsideDown),
    (b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\nContent-Length: 500\r\n\r\n001e# serv", OutsideDown),
    (b"garbage\r\n\r\n", OutsideDown),
], ids=["500", "503", "404", "redirect", "cut", "cut body", "garbage"])
def test_what_a_failing_server_answers_is_told_apart(tmp_path, answer, error):
    with scripted_server(answer) as port, pytest.raises(error) as stop:
        GitRepo.clone_or_open(f"http://127.0.0.1:{port}/a.git", tmp_path / "copy.git", timeout=20)
    assert f"127.0.0.1:{port}" in stop.value.message


def test_a_repository_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(Missing, match="Check the address"):
        GitRepo.clone_or_open(str(tmp_path / "none.git"), tmp_path / "copy.git")


def test_a_shallow_repository_is_refused(seeded, tmp_path):
    remote, _ = seeded
    work = clone(remote.folder, tmp_path / "work")
    for number in range(3):
        commit_file(work, "a.txt", str(number), f"c{number}")
    git(work, "push", "-q", "origin", "master")
    shallow = tmp_path / "shallow.git"
    git(tmp_path, "clone", "-q", "--bare", "--depth", "1", f"file://{remote.folder}", str(shallow))
    with pytest.raises(Missing, match="shallow"):
        GitRepo.clone_or_open(str(shallow), tmp_path / "copy.git")
