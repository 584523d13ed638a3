"""Workshops: empty at the begin, gone at the end; commands see no secret and end by their deadline."""

import errno
import sys

import pytest

from naru.edge.build_workshop import BuildWorkshop, full_disk_told
from naru.errors import Missing


@pytest.fixture
def shop(tmp_path):
    return BuildWorkshop(tmp_path / "build")


def run(shop, folder, code, *, timeout=20, environment=None):
    lines = []
    status = shop.run_build([sys.executable, "-c", code], folder, environment or {}, timeout=timeout, on_line=lines.append)
    return status, lines


def test_a_workshop_is_removed_at_the_end_and_what_a_killed_build_left_at_the_begin(shop):
    (shop.root / "workshop-old" / "sub").mkdir(parents=True)
    with shop.opened() as folder:
        assert list(shop.root.iterdir()) == [folder]
        (folder / "file").write_text("x")
    assert list(shop.root.iterdir()) == []


def test_a_command_gets_neither_our_secrets_nor_our_language(shop, monkeypatch):
    monkeypatch.setenv("NARU_SIGNING_KEY", "/secret")
    monkeypatch.setenv("LANG", "ko_KR.EUC-KR")
    with shop.opened() as folder:
        _, lines = run(shop, folder, "import os; print(sorted(os.environ.items()))", environment={"REPO": "x"})
    assert "NARU_SIGNING_KEY" not in lines[0]
    assert "('LANG', 'C.UTF-8')" in lines[0]
    assert "('REPO', 'x')" in lines[0]
    assert "('TZ', 'UTC')" in lines[0]


def test_status_and_lines_of_both_streams_come_back(shop):
    with shop.opened() as folder:
        status, lines = run(shop, folder, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert status == 3
    assert sorted(lines) == ["err", "out"]


def test_a_command_that_overruns_its_deadline_is_stopped_and_told_apart(shop):
    with shop.opened() as folder:
        status, lines = run(shop, folder, "import time; print('begun', flush=True); time.sleep(600)", timeout=0.5)
    assert status is None
    assert lines in ([], ["begun"])


def test_a_program_of_the_commit_is_run_from_the_workshop(shop):
    with shop.opened() as folder:
        (folder / "mvnw").write_text("#!/bin/sh\npwd\n")
        (folder / "mvnw").chmod(0o755)
        lines = []
        assert shop.run_build(["./mvnw"], folder, {}, timeout=20, on_line=lines.append) == 0
        assert lines == [str(folder)]


def test_files_are_made_readable_whatever_the_caller_s_umask(shop, tmp_path):
    import os

    before = os.umask(0o077)
    try:
        with shop.opened() as folder:
            run(shop, folder, "open('file', 'w')")
            assert (folder / "file").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)


def test_no_file_is_read_from_outside(shop, tmp_path):
    (tmp_path / "secret").write_text("x")
    with shop.opened() as folder:
        (folder / "link").symlink_to(tmp_path / "secret")
        (folder / "file").write_text("y")
        assert shop.read_file(folder, "file") == "y"
        assert shop.read_file(folder, "link") is None
        assert shop.read_file(folder, "../../secret") is None
        assert shop.read_file(folder, "absent") is None


def test_every_date_in_the_workshop_is_settled_links_included(shop):
    with shop.opened() as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "file").write_text("x")
        (folder / "sub" / "broken").symlink_to("nowhere")
        shop.settle_times(folder, 1_700_000_000)
        assert {path.lstat().st_mtime for path in folder.rglob("*")} == {1_700_000_000}


def test_a_full_disk_is_a_missing_prerequisite_and_other_faults_stay_what_they_are():
    with pytest.raises(Missing, match="disk is full"), full_disk_told("the build"):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(PermissionError), full_disk_told("the build"):
        raise PermissionError(errno.EACCES, "no")
