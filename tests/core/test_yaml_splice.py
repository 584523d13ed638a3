"""Scalars replaced in place: file pairs for each case, and properties over generated files."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from naru.core.safe_yaml import load_plain
from naru.core.yaml_nodes import decode
from naru.core.yaml_splice import Edit, splice
from naru.errors import Malformed, Missing

DATA = Path(__file__).resolve().parents[1] / "data"
CASES = sorted(path.name for path in (DATA / "overlay_cases").iterdir())
FAULTS = sorted(path.name for path in (DATA / "overlay_faults").iterdir())


def edits_of(folder: Path) -> list[Edit]:
    return [Edit(item["path"], item["value"]) for item in load_plain((folder / "edits.yaml").read_bytes(), "edits.yaml")]


def patched(folder: Path) -> bytes:
    text = decode((folder / "before.yaml").read_bytes(), "before.yaml")
    return splice(text, "before.yaml", edits_of(folder)).text.encode()


@pytest.mark.parametrize("name", CASES)
def test_only_the_wanted_bytes_change(name):
    folder = DATA / "overlay_cases" / name
    assert patched(folder) == (folder / "after.yaml").read_bytes()


@pytest.mark.parametrize("name", CASES)
def test_a_second_run_changes_nothing(name):
    folder = DATA / "overlay_cases" / name
    after = decode((folder / "after.yaml").read_bytes(), "after.yaml")
    again = splice(after, "after.yaml", edits_of(folder))
    assert (again.text, again.changes) == (after, ())


@pytest.mark.parametrize("name", CASES)
def test_another_yaml_reader_finds_the_new_values_as_text(name):
    folder = DATA / "overlay_cases" / name
    text = (folder / "after.yaml").read_text(encoding="utf-8-sig")
    documents = list(YAML(typ="safe", pure=True).load_all(text))
    for edit in edits_of(folder):
        number, _, path = edit.path.rpartition(":")
        value = documents[int(number or 0)]
        for step in path.replace("\\.", "\0").split("."):
            value = value[int(step)] if isinstance(value, list) else value[step.replace("\0", ".")]
        assert value == edit.value


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_file_line_and_what_to_write(name):
    folder = DATA / "overlay_faults" / name
    with pytest.raises(Missing) as caught:
        patched(folder)
    assert (folder / "says.txt").read_text().strip() in str(caught.value)


def test_a_change_is_listed_with_file_path_old_and_new():
    result = splice("images:\n- newTag: a\n", "overlays/naver/kustomization.yaml", [Edit("images.0.newTag", "b")])
    assert [change.plain() for change in result.changes] == [
        {"file": "overlays/naver/kustomization.yaml", "path": "images.0.newTag", "old": "a", "new": "b"}
    ]


def test_an_edit_by_number_never_writes_over_a_neighbour():
    text = "literals:\n- CLOUD=naver\n- RELEASE_VERSION=1\n"
    with pytest.raises(Missing, match="where a value that begins with 'RELEASE_VERSION=' is expected"):
        splice(text, "f.yaml", [Edit("literals.0", "RELEASE_VERSION=2", begins_with="RELEASE_VERSION=")])


def test_one_scalar_cannot_become_two_values():
    with pytest.raises(Missing, match="both 'b' and 'c'"):
        splice("a: x\n", "f.yaml", [Edit("a", "b"), Edit("a", "c")])


@pytest.mark.parametrize("value", ["", "two\nlines", "tab\there", "bell\a", "\u2028"])
def test_a_value_is_one_line_of_printable_text(value):
    with pytest.raises(Missing, match="must be one line of printable text"):
        splice("a: x\n", "f.yaml", [Edit("a", value)])


@pytest.mark.parametrize("path", ["", ".a", "a.", "a..b"])
def test_a_path_without_steps_is_malformed(path):
    with pytest.raises(Malformed, match="is not a path"):
        splice("a: x\n", "f.yaml", [Edit(path, "b")])


def test_a_number_stays_a_number_where_the_edit_keeps_the_type():
    assert splice("a: 3\n", "f", [Edit("a", "1", keep_type=True)]).text == "a: 1\n"
    assert splice("a: 3\n", "f", [Edit("a", "1")]).text == 'a: "1"\n'


def test_a_file_over_the_limit_is_refused_before_it_is_parsed():
    with pytest.raises(Missing, match="has 52428800 bytes; the limit is 1048576"):
        decode(b"a" * 50 * 1024 * 1024, "big.yaml")
