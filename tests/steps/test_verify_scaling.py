"""The scaling stage from release folder to signed evidence, on a small world with a clock of its own."""

import json
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest

from fakes.scaling_broken import Broken
from fakes.scaling_world import World, site_of
from fakes.stage import Quiet
from naru.core.attestation import verify_evidence
from naru.edge.release_folder import ReleaseFolder
from naru.edge.signing import ensure_key_pair
from naru.errors import Judged, Missing
from naru.model.evidence import Evidence
from naru.model.overlays import CloudOverlay, Coverage, Overlays, ScopeEntry
from naru.model.release import Image, Images, Release
from naru.model.words import Verdict
from naru.steps.effects import Effects
from naru.steps.scaling_run import load_plan
from naru.steps.verify_scaling import ScalingPorts, ScalingRequest, plan_scaling, verify_scaling
from naru.wiring.config import load_cloud
from naru.wiring.scaling import judge

CLOUD = load_cloud("naver")
DIGEST = "sha256:" + "e" * 64


@pytest.fixture
def folder(tmp_path):
    return released(tmp_path)


def released(tmp_path):
    """A release folder as the stages before leave it."""
    found = ReleaseFolder(tmp_path / "work")
    commit, sha = "a" * 40, "b" * 64
    found.write(Release(product="khan-monitoring", line="8.9.csap", version="8.9.csap-999", tag="t", tag_object="c" * 40, commit=commit, commit_time=1,
                        parameters={}), "release.json")
    found.write(Images(version="8.9.csap-999", commit=commit, images=(Image(
        name="egov", repository="khan/egov", tag="8.9.csap-999", digest=DIGEST, config_digest=DIGEST, size=1, labels={}, sbom_sha256=sha, inputs_sha256=sha),)),
        "images.json")
    found.write(Overlays(version="8.9.csap-999", candidate_branch="candidate/8.9.csap-999", candidate_commit=commit, base_commit=commit,
                         kustomize_version="v5", clouds=(CloudOverlay(cloud="naver", changes=(), rendered_sha256=sha, applied_sha256=sha),)), "overlays.json")
    return found


def ports_of(folder, world, tmp_path, locks=None):
    ensure_key_pair(tmp_path)
    log = []
    ports = ScalingPorts(
        folder=folder, site=site_of(world), effects=Effects(SimpleNamespace(append=log.append), world, stage="verify-scaling"), progress=Quiet(),
        plots=SimpleNamespace(svg=lambda figure: f"<svg>{figure.title}</svg>".encode()), private_key=(tmp_path / "signing.pem").read_bytes,
        lock=lambda doing: nullcontext((locks if locks is not None else []).append(doing)))
    return ports, log


REQUEST = ScalingRequest(cloud=CLOUD, host="here", naru_version="0.1.0")


def evidence_of(folder):
    return folder.find(Evidence, "evidence/naver.scaling.json")


def raw_of(folder, evidence):
    return {entry.path: folder.read_raw(entry.path) for entry in evidence.raw}


@pytest.fixture(scope="module")
def proven(tmp_path_factory):
    """(outcome, release folder, ports, run log, locks, key folder) of one good run, read by several tests."""
    path = tmp_path_factory.mktemp("proven")
    place, locks = released(path), []
    ports, log = ports_of(place, World(), path, locks)
    return verify_scaling(REQUEST, ports), place, ports, log, locks, path


def test_a_release_that_scales_gets_signed_evidence_that_judges_the_same_again(proven):
    outcome, folder, _, log, locks, tmp_path = proven
    evidence = evidence_of(folder)
    assert (outcome.changed, evidence.verdict, str(evidence.profile)) == (True, Verdict.passed, "fast")
    signed = verify_evidence(folder.read_raw("evidence/naver.scaling.dsse.json"), [(tmp_path / "signing.pub").read_bytes()], where="here")
    assert signed == evidence
    assert judge(evidence, raw_of(folder, evidence)) is Verdict.passed
    assert {entry.path.rpartition("/")[2] for entry in evidence.raw} == {"run.json", "samples.jsonl.gz", "polls.jsonl.gz", "load.jsonl.gz"}
    assert b"egov" in folder.read_raw("evidence/naver.scaling/scaling.svg")
    assert [entry["kind"] for entry in log if entry["what"] == "intent"] == ["start-load"]
    assert locks == ["verify-scaling of naver"]


def test_what_the_pods_did_before_the_load_is_not_taken_for_their_idle_cpu(folder, tmp_path):
    world = World(Broken(earlier_cores=0.04, earlier_until=40.0))
    ports, _ = ports_of(folder, world, tmp_path)
    assert verify_scaling(REQUEST, ports).changed
    evidence = evidence_of(folder)
    assert evidence.verdict is Verdict.passed
    assert "waiting for a CPU reading without load" in ports.progress.said


def test_its_live_view_tells_part_rates_pods_and_time_left(proven):
    ports = proven[2]
    parts = [line.split()[0] for line in ports.progress.shown]
    assert [name for name in ("baseline", "step", "scale-down") if name in parts] == ["baseline", "step", "scale-down"]
    assert any("/s" in line and "p99" in line and "█ 4" in line and "s left" in line for line in ports.progress.shown)


def test_raw_samples_that_were_changed_judge_otherwise(proven):
    folder = proven[1]
    evidence = evidence_of(folder)
    raw = raw_of(folder, evidence)
    run = json.loads(raw["evidence/naver.scaling/run.json"])
    run["marks"]["step"] -= 60
    raw["evidence/naver.scaling/run.json"] = json.dumps(run).encode()
    assert judge(evidence, raw) is not Verdict.passed


def test_passed_evidence_of_the_same_subject_is_reused_when_asked_for(proven):
    _, folder, ports, log, *_ = proven
    first, count = evidence_of(folder), len(log)
    again = verify_scaling(replace(REQUEST, reuse=True), ports)
    assert (again.changed, evidence_of(folder), len(log)) == (False, first, count)


def test_evidence_of_another_subject_is_never_reused(proven, tmp_path):
    _, folder, _, _, _, keys = proven
    other = ReleaseFolder(tmp_path / "other")
    for name in ("release.json", "images.json", "evidence/naver.scaling.json"):
        other.write_raw(name, folder.read_raw(name))
    overlays = folder.read(Overlays, "overlays.json")
    changed = overlays.clouds[0].model_copy(update={"rendered_sha256": "d" * 64})
    other.write(overlays.model_copy(update={"clouds": (changed,)}), "overlays.json")
    assert verify_scaling(replace(REQUEST, reuse=True), ports_of(other, World(seed=2), keys)[0]).changed


def test_failed_is_measured_once_and_leaves_its_evidence(folder, tmp_path):
    ports, log = ports_of(folder, World(Broken(leavers_reset=True)), tmp_path)
    with pytest.raises(Judged, match=r"naver: scaling failed: .* requests failed while pods left \(reset\)"):
        verify_scaling(REQUEST, ports)
    assert len([entry for entry in log if entry["what"] == "intent"]) == 1
    assert evidence_of(folder).cause.reason == "scale_down_errors"


def test_inconclusive_is_measured_once_more_and_the_second_answer_holds(folder, tmp_path):
    world = World(Broken(late_ms=40))
    ports, log = ports_of(folder, world, tmp_path)
    heal = ports.site.recorder

    def healed():
        if log:  # the second measurement begins: the engine is in time now
            world.__init__(seed=3)
        return heal()

    outcome = verify_scaling(REQUEST, replace(ports, site=replace(ports.site, recorder=healed)))
    assert outcome.changed
    assert len([entry for entry in log if entry["what"] == "intent"]) == 2
    assert any("inconclusive, measured once more" in line for line in ports.progress.said)


def test_twice_inconclusive_holds(folder, tmp_path):
    ports, log = ports_of(folder, World(Broken(gap=True)), tmp_path)
    world = ports.site.cluster
    begun = ports.site.recorder

    def anew():
        world.__init__(Broken(gap=True), seed=len(log))
        return begun()

    with pytest.raises(Judged, match=r"inconclusive: .*gap"):
        verify_scaling(REQUEST, replace(ports, site=replace(ports.site, recorder=anew)))
    assert len([entry for entry in log if entry["what"] == "intent"]) == 2


def test_a_cluster_that_runs_another_image_is_not_measured(folder, tmp_path):
    images = folder.read(Images, "images.json")
    other = images.images[0].model_copy(update={"digest": "sha256:" + "1" * 64})
    folder.write(images.model_copy(update={"images": (other,)}), "images.json")
    ports, log = ports_of(folder, World(), tmp_path)
    with pytest.raises(Missing, match=r"not release 8\.9\.csap-999"):
        verify_scaling(REQUEST, ports)
    assert not log


@pytest.mark.parametrize(("broken", "cause"), [(Broken(request=""), "requests_set"), (Broken(high=3), "room_to_scale"), (Broken(foreign_pod=True), "no_foreign_pods")])
def test_an_hpa_that_cannot_be_proven_is_told_without_any_load(folder, tmp_path, broken, cause):
    ports, log = ports_of(folder, World(broken), tmp_path)
    with pytest.raises(Judged):
        verify_scaling(REQUEST, ports)
    assert evidence_of(folder).cause.reason == cause
    assert not log


def test_plan_says_what_would_be_measured_and_touches_nothing(folder, tmp_path):
    ports, log = ports_of(folder, World(), tmp_path)
    plan = plan_scaling(REQUEST, ports).plain
    assert (plan["minimum"], plan["maximum"], plan["aim"], plan["target"], plan["profile"]) == (2, 6, 4, 0.6, "fast")
    assert not log
    assert evidence_of(folder) is None


@pytest.mark.parametrize(("path", "asked", "marker"), [("", "/", "MARKER"), ("/work?ms=5", "/work?ms=5", "")])
def test_the_load_asks_for_the_page_that_the_limits_name_else_for_the_home_page(path, asked, marker):
    limits = CLOUD.limits.model_copy(update={"scaling": CLOUD.limits.scaling.model_copy(update={"load_path": path})})
    app = CLOUD.app(CLOUD.proven_app).model_copy(update={"marker": "MARKER"})
    lanes = load_plan(CLOUD.model_copy(update={"limits": limits, "apps": (app,)}), 10, 5).lanes
    assert {(lane.url, lane.marker) for lane in lanes} == {(f"http://127.0.0.1:{app.endpoint_port}{asked}", marker)}


def test_an_app_without_an_autoscaler_is_not_loaded_and_the_sentence_names_the_waiver(folder, tmp_path):
    overlays = folder.read(Overlays, "overlays.json")
    entry = ScopeEntry(kind="StatefulSet", name="egov", field_class="scaling proof", coverage=Coverage.absent, why="none")
    folder.write(overlays.model_copy(update={"clouds": tuple(item.model_copy(update={"scope": (entry,)}) for item in overlays.clouds)}), "overlays.json")
    ports, log = ports_of(folder, World(), tmp_path)
    for step in (verify_scaling, plan_scaling):
        outcome = step(REQUEST, ports)
        assert not outcome.changed
        assert "StatefulSet egov" in outcome.sentence
        assert "./naru waive --field-class 'scaling proof'" in outcome.sentence
    assert log == []
    assert evidence_of(folder) is None
