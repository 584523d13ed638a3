"""Proof one with a cluster in memory."""

from dataclasses import replace

import pytest

from fakes import proven
from fakes.cluster import FakeWatch, NoLogs
from fakes.rollout_world import CLOUD, World
from naru.core.attestation import verify_evidence
from naru.errors import Judged, Missing
from naru.model.words import Verdict
from naru.steps.evidence_bundle import all_evidence, raw_of, signed_by
from naru.steps.recorder import Recorder
from naru.steps.rejudge_rollout import rejudge_rollout, rollout_verdict
from naru.steps.verify_rollout import plan_rollout, verify_rollout


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def prove(world, **options):
    return verify_rollout(world.ports, CLOUD, **options)


def check(evidence, name):
    return next(item for item in evidence.checks if item.name == name)


def test_a_good_release_passes_and_says_so_in_signed_evidence(world):
    outcome, evidence = prove(world)
    assert outcome.changed
    assert outcome.sentence == f"naver: rollout of {proven.VERSION} passed."
    assert {item.verdict for item in evidence.checks} == {Verdict.passed}
    envelope = world.folder.read_raw("evidence/naver.rollout.dsse.json")
    assert verify_evidence(envelope, [proven.public("robot")], where="x") == evidence
    assert all_evidence(world.folder) == [evidence]
    assert signed_by(world.folder, evidence, [proven.public("robot")])
    assert not signed_by(world.folder, evidence, [proven.public("kim")])


def test_the_evidence_judges_to_the_same_again_from_its_files_alone(world):
    _, evidence = prove(world)
    again = rejudge_rollout(evidence, raw_of(world.folder, evidence))
    assert (again.verdict, again.checks, again.cause) == (evidence.verdict, evidence.checks, evidence.cause)


def test_other_limits_judge_the_same_recording_otherwise(world):
    _, evidence = prove(world)
    limits = CLOUD.limits.rollout.model_copy(update={"deadline_seconds": 4.0})
    assert rejudge_rollout(evidence, raw_of(world.folder, evidence), limits).verdict is Verdict.failed


def test_an_edited_recording_is_found(world):
    _, evidence = prove(world)
    world.folder.write_raw(evidence.raw[0].path, b"other")
    with pytest.raises(Judged, match="checksum"):
        raw_of(world.folder, evidence)
    with pytest.raises(Missing, match="gzip"):
        rollout_verdict(evidence, {entry.path: b"other" for entry in evidence.raw})


def test_the_order_is_config_service_migration_then_deployment(world):
    prove(world)
    kinds = [what.partition("/")[0] for how, what in world.cluster.calls if how == "apply"]
    assert kinds == ["ConfigMap", "Service", "Job", "Deployment"]
    assert world.connected == 1


def test_every_effect_is_logged_before_and_after(world):
    prove(world)
    said = [(entry["what"], entry["target"]) for entry in world.log.entries]
    assert said[:2] == [("intent", "verify-naver ConfigMap/khan-release-8.9.csap-999"), ("done", "verify-naver ConfigMap/khan-release-8.9.csap-999")]
    assert len([1 for what, _ in said if what == "intent"]) == len([1 for what, _ in said if what == "done"])


def test_a_cloud_that_runs_a_release_is_upgraded_from_it_under_load(world):
    world.runs("8.9.csap-998")
    _, evidence = prove(world)
    assert evidence.summary["upgraded_from"] == "8.9.csap-998"
    assert check(evidence, "stream-egov").sentence == "egov: 0 of 40 requests lost during the rollout."
    assert ("delete", "ConfigMap/khan-release-8.9.csap-998") in world.cluster.calls
    assert world.load.closed == 1


def test_lost_requests_fail_an_upgrade_that_is_otherwise_good(world):
    world.runs("8.9.csap-998")
    world.load.lost = 3
    _, evidence = prove(world)
    assert evidence.verdict is Verdict.failed
    assert evidence.cause.reason == "LostRequests"
    assert "3 of 40 requests lost during the rollout (3 × reset)" in evidence.cause.sentence


def test_a_release_before_that_does_not_come_up_is_no_failure_of_this_one(world):
    world.runs("8.9.csap-998")
    world.cluster.waiting["egov"] = "CrashLoopBackOff:"
    outcome, evidence = prove(world)
    assert (evidence.verdict, evidence.cause.reason) == (Verdict.inconclusive, "BaselineNotUp")
    assert "8.9.csap-998, which the cloud runs now, does not come up on the verification cluster" in outcome.sentence
    assert "keeps crashing" in evidence.cause.sentence
    assert "올라오지 않아" in evidence.cause.sentence_ko
    assert [item.verdict for item in evidence.checks] == [Verdict.inconclusive]
    assert f"ConfigMap/khan-release-{proven.VERSION}" not in [what for _, what in world.cluster.calls]


def test_what_was_seen_of_a_release_before_that_does_not_come_up_stays_readable(world):
    world.runs("8.9.csap-998")
    world.cluster.waiting["egov"] = "CrashLoopBackOff:"
    _, evidence = prove(world)
    assert signed_by(world.folder, evidence, [proven.public("robot")])
    assert {entry.path.rpartition("/")[2] for entry in evidence.raw} >= {"samples.jsonl.gz", "logs.jsonl.gz", "story.jsonl.gz"}
    again = rejudge_rollout(evidence, raw_of(world.folder, evidence))
    assert (again.verdict, again.checks, again.cause) == (evidence.verdict, evidence.checks, evidence.cause)


@pytest.mark.parametrize("broken", ["refused", "blind"])
def test_a_release_before_that_is_refused_or_not_seen_is_inconclusive_with_that_cause(world, broken):
    world.runs("8.9.csap-998")
    if broken == "refused":
        world.cluster.refused["egov"] = "webhook down"
    else:
        usual = world.ports.recorder

        def blind():
            found = usual()
            found._watch.blind = True
            return found

        world.ports = replace(world.ports, recorder=blind)
    _, evidence = prove(world)
    assert (evidence.verdict, evidence.cause.reason) == (Verdict.inconclusive, "BaselineNotUp")
    assert {"refused": "webhook down", "blind": "A fresh list at the end showed changes"}[broken] in evidence.cause.sentence
    assert rollout_verdict(evidence, raw_of(world.folder, evidence)) is Verdict.inconclusive


def test_other_limits_do_not_make_a_proof_of_a_recording_that_has_only_the_release_before(world):
    world.runs("8.9.csap-998")
    slow = CLOUD.limits.rollout.model_copy(update={"deadline_seconds": 2.0})
    cloud = CLOUD.model_copy(update={"limits": CLOUD.limits.model_copy(update={"rollout": slow})})
    _, evidence = verify_rollout(world.ports, cloud)
    again = rejudge_rollout(evidence, raw_of(world.folder, evidence), CLOUD.limits.rollout)
    assert (evidence.verdict, again.verdict) == (Verdict.inconclusive, Verdict.inconclusive)


def test_a_broken_release_fails_with_its_cause(world):
    world.cluster.waiting["egov"] = 'CreateContainerConfigError:secret "khan-monitoring" not found'
    outcome, evidence = prove(world)
    assert evidence.verdict is Verdict.failed
    assert "container egov cannot start, the Secret khan-monitoring is missing" in outcome.sentence
    assert evidence.cause.sentence_ko
    assert rollout_verdict(evidence, raw_of(world.folder, evidence)) is Verdict.failed


def test_a_failed_migration_leaves_the_deployment_alone(world):
    world.cluster.job_fails = True
    _, evidence = prove(world)
    assert evidence.cause.reason == "JobFailed"
    assert "Deployment/egov" not in [what for _, what in world.cluster.calls]


def test_a_conflict_with_another_owner_fails_and_names_it(world):
    world.cluster.refused["egov"] = 'conflict with "kubectl-client-side-apply": .spec.replicas'
    _, evidence = prove(world)
    assert evidence.cause.reason == "NotApplied"
    assert "kubectl-client-side-apply" in evidence.cause.sentence


def test_another_digest_than_the_releases_fails(world):
    world.cluster.digests["egov"] = "registry.example/khan/egov@sha256:" + "f" * 64
    _, evidence = prove(world)
    assert (evidence.verdict, evidence.cause.reason) == (Verdict.failed, "WrongImage")


@pytest.mark.parametrize(("field", "value", "says"), [
    ("version", "8.9.csap-998", "is of version '8.9.csap-998', the release is 8.9.csap-999"),
    ("marked", False, "lacks its marker 'egov'"),
    ("status", 503, "answered with status 503"),
])
def test_a_home_page_that_is_not_right_fails(world, field, value, says):
    setattr(world.pages, field, value)
    _, evidence = prove(world)
    assert evidence.verdict is Verdict.failed
    assert evidence.cause.reason == "HomePage"
    assert says in evidence.cause.sentence


def test_changes_that_the_watch_did_not_tell_are_inconclusive(world):
    def recorder():
        found = world.ports_recorder()
        found._watch.blind = True
        return found

    world.ports_recorder = world.ports.recorder
    world.ports = replace(world.ports, recorder=recorder)
    _, evidence = prove(world)
    assert (evidence.verdict, evidence.cause.reason) == (Verdict.inconclusive, "WatchGap")
    assert rollout_verdict(evidence, raw_of(world.folder, evidence)) is Verdict.inconclusive


def test_a_pod_that_was_not_ready_within_the_window_is_judged_even_if_that_is_told_after_it(world):
    class LateWatch(FakeWatch):
        late = True

        def confirm(self):
            pod = next(o for (kind, _), o in sorted(self.cluster.objects.items()) if kind == "Pod")
            if self.late:
                unready = [{**condition, "status": "False"} for condition in pod["status"]["conditions"]]
                self.cluster.put({**pod, "metadata": dict(pod["metadata"]), "status": {**pod["status"], "conditions": unready}})
            self.late = False
            return True

    world.ports = replace(world.ports, recorder=lambda: Recorder(LateWatch(world.cluster), NoLogs()))
    _, evidence = prove(world)
    assert evidence.verdict is Verdict.failed
    assert "is not Ready" in evidence.cause.sentence
    assert rollout_verdict(evidence, raw_of(world.folder, evidence)) is Verdict.failed


def test_passed_evidence_of_the_same_subject_may_be_used_again(world):
    prove(world)
    world.cluster.calls.clear()
    outcome, _ = prove(world, reuse=True)
    assert not outcome.changed
    assert world.cluster.calls == []


def test_evidence_of_another_subject_is_not_used_again(world):
    prove(world)
    world.write("8.9.csap-1000")
    world.pages.version = "8.9.csap-1000"
    outcome, evidence = prove(world, reuse=True)
    assert outcome.changed
    assert evidence.subject.version == "8.9.csap-1000"


def test_rendered_bytes_that_were_edited_are_not_applied(world):
    world.folder.write_raw("applied/naver.yaml", b"---\n{}\n")
    with pytest.raises(Missing, match=r"not what overlays\.json says"):
        prove(world)
    assert world.cluster.calls == []


def test_a_plan_touches_nothing(world):
    world.runs("8.9.csap-998")
    plan = plan_rollout(world.ports, CLOUD)
    assert plan["upgraded_from"] == "8.9.csap-998"
    assert "Deployment/egov" in plan["objects"]
    assert world.cluster.calls == world.log.entries == []
