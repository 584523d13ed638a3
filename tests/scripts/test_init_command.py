"""The words of `./naru init`: what is missing is named without a terminal and asked for on one."""

import sys

import pytest
import typer

from naru.cli import main
from naru.commands import init as command


@pytest.fixture
def asked(monkeypatch):
    """The request that reaches the step."""
    found = []
    monkeypatch.setattr(command, "_run", lambda request, *_, **__: found.append(request))
    return found


def terminal(monkeypatch, answers):
    questions = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "prompt", lambda text, **_: questions.append(text) or answers.pop(0))
    return questions


@pytest.mark.parametrize(("words", "told"), [
    ([], "--from-manifests, --from-cluster or --port, --name, --cloud"),
    (["--port", "80", "--name", "shop"], "Missing: --cloud."),
    (["--from-cluster", "--name", "shop", "--cloud", "naver"], "Missing: --kubeconfig, --namespace."),
    (["--port", "80", "--from-manifests", "x", "--name", "shop", "--cloud", "naver"], "three ways in"),
    (["--port", "80", "--kubeconfig", "x", "--name", "shop", "--cloud", "naver"], "--kubeconfig is for --from-cluster"),
    (["--port", "80", "--name", "shop", "--cloud", "naver", "--build", "make 'x"], "is not a command"),
])
def test_without_a_terminal_words_that_do_not_do_are_told(words, told, asked, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert main(["init", *words]) == 2
    assert told in capsys.readouterr().err
    assert asked == []


def test_a_kubeconfig_or_folder_that_is_not_there_is_missing(capsys, tmp_path):
    both = ["--name", "shop", "--cloud", "naver"]
    assert main(["init", *both, "--from-cluster", "--namespace", "shop", "--kubeconfig", str(tmp_path / "x")]) == 3
    assert main(["init", *both, "--from-manifests", str(tmp_path / "x")]) == 3
    assert capsys.readouterr().err.count("is not there") == 2


def test_on_a_terminal_what_is_needed_is_asked_until_it_is_told(asked, monkeypatch):
    questions = terminal(monkeypatch, ["", "shop", "naver=registry.example.com, ktcloud", "", "가게", ""])
    assert main(["init", "--from-manifests", "."]) == 0
    assert [text.partition(" ")[0] for text in questions] == ["Name", "Name", "Clouds", "Git", "A", "Base"]
    request = asked[0]
    assert (request.name, request.source, request.base, request.markers, request.app) == ("shop", "", "", {"": "가게"}, None)
    assert [(cloud.name, cloud.host) for cloud in request.clouds] == [("naver", "registry.example.com"), ("ktcloud", "")]


def test_what_flags_say_is_not_asked(asked, monkeypatch):
    questions = terminal(monkeypatch, [])
    words = ["--name", "shop", "--cloud", "naver", "--source", "sandbox:", "--marker", "Shop", "--base", "sandbox-jre", "--port", "8080"]
    assert main(["init", *words, "--build", "make 'one two'", "--line", "1.0", "--line", "2.0"]) == 0
    assert questions == []
    assert (asked[0].build, asked[0].lines, asked[0].app.port) == (("make", "one two"), ("1.0", "2.0"), 8080)
