"""Somebody else's folder is read without following anything out of it; the clone's files are never written over."""

import os

import pytest

from naru.edge.manifest_files import MAX_FILE, MAX_FILES, CloneFiles, read_manifest_files
from naru.errors import Missing


def test_yaml_and_json_are_read_and_all_else_is_passed_over(tmp_path):
    for name in ("a.yaml", "b/c.yml", "d.json", "README.md", ".git/e.yaml", ".hidden.yaml", "b/Kustomization"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert sorted(read_manifest_files(tmp_path)) == ["a.yaml", "b/Kustomization", "b/c.yml", "d.json"]
    assert read_manifest_files(tmp_path / "README.md") == {"README.md": b"README.md"}


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_is_refused(tmp_path, kind):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.yaml").write_text("a: 1\n")
    app = tmp_path / "app"
    app.mkdir()
    (app / "it.yaml").symlink_to(tmp_path / "outside" / ("secret.yaml" if kind == "file" else ""))
    with pytest.raises(Missing, match="symbolic link"):
        read_manifest_files(app)


def test_nothing_there_too_much_and_a_pipe_are_told(tmp_path):
    with pytest.raises(Missing, match="is not there"):
        read_manifest_files(tmp_path / "nowhere")
    with pytest.raises(Missing, match="holds no YAML"):
        read_manifest_files(tmp_path)
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(Missing, match="is not there"):
        read_manifest_files(tmp_path)
    (tmp_path / "pipe.yaml").unlink()
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_FILE + 1))
    with pytest.raises(Missing, match="larger than"):
        read_manifest_files(tmp_path)
    (tmp_path / "large.yaml").unlink()
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number}.yaml").write_text("")
    with pytest.raises(Missing, match="more than"):
        read_manifest_files(tmp_path)


def test_a_file_is_written_whole_once_and_leaves_no_other(tmp_path):
    files = CloneFiles(tmp_path)
    files.write_new("overlays/a/b.yaml", b"one")
    with pytest.raises(Missing, match="made by someone else"):
        files.write_new("overlays/a/b.yaml", b"two")
    assert files.there(["overlays/a/b.yaml", "overlays/a/c.yaml"]) == {"overlays/a/b.yaml": b"one"}
    assert [path.name for path in (tmp_path / "overlays" / "a").iterdir()] == ["b.yaml"]


def test_no_link_leads_a_write_out_of_the_clone(tmp_path):
    clone, outside = tmp_path / "clone", tmp_path / "outside"
    clone.mkdir()
    outside.mkdir()
    (clone / "overlays").symlink_to(outside)
    (clone / "b.yaml").symlink_to(outside / "b.yaml")
    for path in ("overlays/a.yaml", "b.yaml", "../outside/a.yaml"):
        with pytest.raises(Missing, match="nothing is written there"):
            CloneFiles(clone).write_new(path, b"x")
        with pytest.raises(Missing, match="nothing is written there"):
            CloneFiles(clone).there([path])
    assert list(outside.iterdir()) == []
