"""`./naru demo` beside products of one's own: only the sample's clouds are brought up."""

import pytest

from naru.commands import demo
from naru.errors import Judged, OutsideDown
from naru.wiring import statements
from naru.wiring.config import load_product


def test_the_demo_brings_up_the_clouds_of_its_own_product_and_no_others(monkeypatch):
    asked = []

    def up(names, role, console):
        asked.append((tuple(names), role))
        raise OutsideDown("stopped here")

    monkeypatch.setattr(demo, "up", up)
    with pytest.raises(OutsideDown):
        demo.demo()
    assert asked == [(load_product(demo.PRODUCT).clouds, None)]


@pytest.fixture
def stages(monkeypatch, tmp_path):
    """Runs the broken release; each stage answers with its exit code of the dictionary, else 0."""
    called = []

    def go(codes):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(demo, "_commit_the_break", lambda _product: None)
        monkeypatch.setattr(statements, "approve_in_sandbox", lambda _product, folder: called.append(f"approve {folder.name}") or ("kim", "lee"))
        monkeypatch.setattr(demo, "call_stage", lambda stage, _words: called.append(stage.name) or codes.get(stage.command, 0))
        demo._stopped(load_product(demo.PRODUCT), verbose=False)
        return called

    return go


def test_the_gate_is_asked_about_the_broken_release_though_its_proof_failed_and_two_people_approved(stages, capsys):
    called = stages({"verify-rollout": 1, "promote": 1})
    assert called[-4:] == ["verify-rollout", "approve 8.9.csap-1001", "promote", "report"]
    said = capsys.readouterr()
    assert "stopped before any cloud had it" in said.out
    assert "Approved by kim and lee" in said.err


@pytest.mark.parametrize("codes", [{}, {"verify-rollout": 1}, {"verify-rollout": 1, "promote": 4}])
def test_a_broken_release_that_the_gate_itself_did_not_hold_fails_the_demo(stages, codes):
    with pytest.raises(Judged, match="gate did not stop"):
        stages(codes)
