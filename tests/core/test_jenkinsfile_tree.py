"""The Jenkinsfiles as trees: no Groovy logic, single-quoted one-script lines. That Groovy runs them is in tests/system."""

import re
from pathlib import Path

import pytest
import tree_sitter_groovy
from tree_sitter import Language, Parser

from naru.core.yaml_nodes import read_nodes

ROOT = Path(__file__).resolve().parents[2]
FILES = [ROOT / "Jenkinsfile", *sorted((ROOT / "pipelines").glob("*.Jenkinsfile"))]
LANGUAGE = Language(tree_sitter_groovy.language())
ONE_SCRIPT = re.compile(r"(\./naru [a-z][a-z-]*|scripts/[a-z_]+\.py)( [A-Za-z0-9./_-]+| \"\$[A-Z_]+\")*")
FORBIDDEN = {"script", "parameters", "triggers", "def", "if", "for", "while", "try", "expression", "load", "library", "readFile", "currentBuild"}


def nodes(path):
    todo = [Parser(LANGUAGE).parse(path.read_bytes()).root_node]
    while todo:
        node = todo.pop()
        yield node
        todo += node.children


@pytest.fixture(params=FILES, ids=lambda path: path.name)
def path(request):
    return request.param


def test_a_jenkinsfile_parses_without_an_error(path):
    assert not [node for node in nodes(path) if node.is_error or node.is_missing]


def test_there_is_nothing_but_one_pipeline(path):
    root = Parser(LANGUAGE).parse(path.read_bytes()).root_node
    kinds = [node for node in root.children if "comment" not in node.type]
    assert len(kinds) == 1
    assert kinds[0].text.startswith(b"pipeline {")


def test_no_text_is_interpolated_by_groovy(path):
    assert b'"""' not in path.read_bytes()
    assert not [node for node in nodes(path) if node.type in {"gstring", "interpolation", "string_interpolation"}]
    assert not re.search(r'\b(sh|echo|dir|stash|input|message)\s*\(?\s*"', path.read_text())


def test_each_shell_line_is_one_script_in_single_quotes(path):
    lines = re.findall(r"\bsh\b(.*)", re.sub(r"//.*", "", path.read_text()))
    assert lines
    for line in lines:
        match = re.fullmatch(r" '([^']*)'", line)
        assert match, line
        assert ONE_SCRIPT.fullmatch(match[1]), match[1]


def test_there_is_no_logic_and_no_second_owner_of_parameters(path):
    words = set(re.findall(r"\b[A-Za-z]+\b", re.sub(r"//.*|'[^']*'", "", path.read_text())))
    assert not words & FORBIDDEN


def test_the_three_promotions_differ_by_their_cloud_only():
    text = (ROOT / "Jenkinsfile").read_text()
    stages = re.findall(r"stage\('Promote (\w+)'\) (\{.*?\n        \})", text, re.DOTALL)
    assert [cloud for cloud, _ in stages] == ["naver", "ktcloud", "cocktail"]
    assert len({body.replace(cloud, "CLOUD").replace(cloud.upper(), "CLOUD") for cloud, body in stages}) == 1


@pytest.mark.parametrize("page", ["jenkins.md", "jenkins.ko.md"])
def test_every_credential_stands_in_the_guides_table(path, page):
    listed = set(re.findall(r"^\| `(naru-[\w-]+)` \|", (ROOT / "docs" / page).read_text(), re.MULTILINE))
    used = re.findall(r"credentialsId: '([^']+)'", path.read_text())
    assert {re.sub(r"-(naver|ktcloud|cocktail)-", "-CLOUD-", name) for name in used} <= listed


def test_discarder_and_definition_say_the_same_numbers(path):
    text = (ROOT / "pipelines" / "defaults.yaml").read_text()
    node = read_nodes(text, "defaults")[0].items[0].items[0].get("properties").items[0].items[0]
    wanted = f"numToKeepStr: '{node.get('num-to-keep').text}', artifactNumToKeepStr: '{node.get('artifact-num-to-keep').text}'"
    assert wanted in path.read_text()
    assert "disableConcurrentBuilds()" in path.read_text()
