"""Broken releases on a real cluster: first the breakage by the cluster's own objects, then verdict and sentence."""

import pytest

from kind_rollouts import COREDNS, SERVES, Broken, deployment, script, shell_volumes, watch_all
from naru.core.image_identity import ReleaseImage
from naru.edge.state_dir import StateDir
from naru.model.words import Verdict
from naru.wiring.clusters import stand_in

pytestmark = pytest.mark.kind

GOOD = deployment(**SERVES)
MISSING = "khan.kr.private-ncr.ntruss.com/naru-test/nothing:1"
OTHER = "sha256:" + "b" * 64
FLAP = "test $(($(date +%s) / 3 % 2)) = 0"


def job(name, text):
    container = {"name": "migrate", "image": COREDNS, **script(text)}
    container.pop("readinessProbe")
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "labels": {"app.kubernetes.io/component": "migration"}},
            "spec": {"backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never", "containers": [container], **shell_volumes()}}}}


QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": {"hard": {"pods": "0"}}}
SIDECAR = {"name": "agent", "image": COREDNS, "args": ["-nonsense"], "restartPolicy": "Always"}

RELEASES = {
    "good": Broken([GOOD]),
    "slow": Broken([deployment(pod=shell_volumes(), **script("sleep 12; touch /tmp/x; sleep 1000", "test -e /proc/1 && test $(cut -d. -f1 /proc/uptime) -ge 0 && "
                                                                "test $(($(date +%s) - $(stat -c %Y /proc/1))) -ge 10"))], limits={"start_seconds": 40.0}),
    "image-missing": Broken([deployment(image=MISSING)]),
    "image-name": Broken([deployment(image="UPPER/case:1")]),
    "never-pull": Broken([deployment(image="registry.k8s.io/naru-test/nothing:1", imagePullPolicy="Never")]),
    "crash-loop": Broken([deployment(pod=shell_volumes(), **script("echo starting; echo 'no licence found' >&2; exit 7"))]),
    "bad-init": Broken([deployment(pod={"initContainers": [{"name": "prepare", "image": COREDNS, "args": ["-nonsense"]}]}, **SERVES)]),
    "sidecar": Broken([deployment(pod={"initContainers": [SIDECAR]}, **SERVES)]),
    "missing-secret": Broken([deployment(**SERVES, envFrom=[{"secretRef": {"name": "khan-monitoring"}}])]),
    "missing-volume": Broken([deployment(**SERVES, volumeMounts=[{"name": "v", "mountPath": "/v"}],
                                         pod={"volumes": [{"name": "v", "configMap": {"name": "khan-release"}}]})]),
    "probe-port": Broken([deployment(**{**SERVES, "readinessProbe": {"tcpSocket": {"port": 9999}, "periodSeconds": 1}})]),
    "quota": Broken([QUOTA, GOOD]),
    "unschedulable": Broken([deployment(**SERVES, resources={"requests": {"cpu": "100"}})]),
    "flapping": Broken([deployment(pod=shell_volumes(), **script("sleep 1000", FLAP))]),
    "wrong-digest": Broken([GOOD], images=(ReleaseImage("coredns/coredns", frozenset({OTHER})),)),
    "dies-after-ready": Broken([deployment(pod=shell_volumes(), **script("sleep 5; echo 'database went away' >&2; exit 3"))], limits={"stability_seconds": 10.0}),
    "migration": Broken([job("migrate", "echo 'column missing'; exit 4"), GOOD]),
    "lingering": Broken([deployment(**SERVES)], before=[deployment(pod={**shell_volumes(), "terminationGracePeriodSeconds": 120},
                                                                   **script("trap '' TERM; while :; do sleep 1; done"))], limits={"deadline_seconds": 25.0}),
    "memory": Broken([deployment(pod=shell_volumes(), **script("echo filling; head -c 60m /dev/zero | tail", resources={"limits": {"memory": "20Mi"}}))]),
    "liveness": Broken([deployment(pod=shell_volumes(), **script("trap 'exit 1' TERM; while :; do sleep 1; done",
                                                                 livenessProbe={"exec": {"command": ["/bin/false"]}, "periodSeconds": 1, "failureThreshold": 2}))]),
}


@pytest.fixture(scope="module")
def seen():
    return watch_all(stand_in("verify-naver", StateDir.from_environment()), RELEASES)


def reason(found):
    return found.cause.reason if found.cause else None


def events(found, word):
    return [event for event in found.objects["Event"] if event["reason"] == word]


@pytest.mark.parametrize("name", sorted(RELEASES))
def test_each_recording_judges_to_the_same_verdict_again(seen, name):
    assert seen[name].again is seen[name].watched.state.verdict


@pytest.mark.parametrize("name", ["good", "slow"])
def test_a_good_release_passes(seen, name):
    found = seen[name]
    assert all(status["ready"] for pod in found.pods() for status in pod["status"]["containerStatuses"])
    assert found.watched.verdict is Verdict.passed, found.watched.sentence


def test_a_missing_image_is_named(seen):
    found = seen["image-missing"]
    assert found.waiting() & {"ErrImagePull", "ImagePullBackOff"}
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "ImageNotFound")
    assert f"the image {MISSING} was not found in the registry" in found.cause.sentence


@pytest.mark.parametrize(("name", "word", "says"), [
    ("image-name", "ImageName", "UPPER/case:1 has no valid name"),
    ("never-pull", "ImageNeverPull", "is not on the node and its pull policy is Never"),
])
def test_an_image_that_can_never_start_fails_at_first_sight(seen, name, word, says):
    found = seen[name]
    assert found.waiting() & {"InvalidImageName", "ErrImageNeverPull", "ErrImagePull", "ImagePullBackOff"}
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, word)
    assert says.replace("UPPER/case:1 has no", "") in found.cause.sentence
    assert found.decided < 15  # limit 3 s, five times over


def test_a_crash_loop_tells_its_last_words(seen):
    found = seen["crash-loop"]
    assert {log.exit_code for log in found.logs} == {7}
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "CrashLoop")
    assert "exit code 7" in found.cause.sentence
    assert "no licence found" in found.cause.sentence


@pytest.mark.parametrize(("name", "role"), [("bad-init", "init container prepare"), ("sidecar", "sidecar agent")])
def test_a_crash_in_an_init_container_or_sidecar_is_found_and_named(seen, name, role):
    found = seen[name]
    assert any(status["restartCount"] for pod in found.pods() for status in pod["status"]["initContainerStatuses"])
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "CrashLoop")
    assert role in found.cause.sentence


def test_a_missing_secret_is_named(seen):
    found = seen["missing-secret"]
    assert found.waiting() == {"CreateContainerConfigError"}
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "MissingConfig")
    assert "the Secret khan-monitoring is missing" in found.cause.sentence


def test_a_missing_config_map_of_a_volume_is_named(seen):
    found = seen["missing-volume"]
    assert events(found, "FailedMount")
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "MissingConfig")
    assert "the ConfigMap khan-release is missing" in found.cause.sentence


def test_a_probe_on_the_wrong_port_shows_the_probes_answer(seen):
    found = seen["probe-port"]
    assert any("9999" in event["message"] for event in events(found, "Unhealthy"))
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "ProbeFailing")
    assert "9999" in found.cause.sentence


def test_a_quota_that_is_too_small_is_found_without_any_pod(seen):
    found = seen["quota"]
    assert found.pods() == []
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "QuotaExceeded")
    assert "exceeded quota: small" in found.cause.sentence


def test_a_pod_that_fits_on_no_node_is_found_after_its_grace(seen):
    found = seen["unschedulable"]
    assert [c["reason"] for pod in found.pods() for c in pod["status"]["conditions"] if c["type"] == "PodScheduled"] == ["Unschedulable"]
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "Unschedulable")
    assert "Insufficient cpu" in found.cause.sentence
    assert found.decided >= 15


def test_flapping_is_not_mistaken_for_ready(seen):
    found = seen["flapping"]
    assert events(found, "Unhealthy")
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "Flapping")


def test_another_image_than_the_releases_fails(seen):
    found = seen["wrong-digest"]
    assert all(OTHER not in status["imageID"] for pod in found.pods() for status in pod["status"]["containerStatuses"])
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "WrongImage")


def test_an_app_that_dies_after_it_was_ready_fails(seen):
    found = seen["dies-after-ready"]
    assert 3 in {log.exit_code for log in found.logs}
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "DiedAfterReady")
    assert "database went away" in found.cause.sentence


def test_a_failed_migration_stops_before_any_deployment(seen):
    found = seen["migration"]
    assert [c["type"] for item in found.objects["Job"] for c in item["status"]["conditions"] if c["status"] == "True"][-1] == "Failed"
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "JobFailed")
    assert "exit code 4" in found.cause.sentence
    assert "column missing" in found.cause.sentence
    assert found.objects["Deployment"] == []


def test_old_pods_that_linger_are_the_cause(seen):
    found = seen["lingering"]
    assert any(pod["metadata"].get("deletionTimestamp") for pod in found.pods())
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "OldPodsLinger")


def test_a_container_out_of_memory_names_its_limit(seen):
    found = seen["memory"]
    assert "OOMKilled" in {log.reason for log in found.logs}
    assert (found.watched.verdict, reason(found)) == (Verdict.failed, "OutOfMemory")
    assert "20Mi" in found.cause.sentence


def test_a_liveness_probe_that_kills_is_the_reason_of_the_crash(seen):
    found = seen["liveness"]
    assert any("liveness" in event["message"] for event in events(found, "Killing"))
    assert found.watched.verdict is Verdict.failed
    assert reason(found) in {"CrashLoop", "DiedAfterReady"}
    assert "because its liveness probe failed" in found.cause.sentence


def test_the_log_of_every_incarnation_is_kept(seen):
    assert {name: found.counts["logs_lost"] for name, found in seen.items() if found.counts["logs_lost"]} == {}
