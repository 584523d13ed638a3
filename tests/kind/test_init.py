"""An application that is not ours in shape, from `init` to its proofs: Python, a StatefulSet, a volume of its own for each pod."""

import urllib.request

import pytest

from fakes.init_clone import CLOUDS, WORDS
from kind_guestbook import Clone
from kind_main_job import run_number
from naru.core.release_record import evidence_path
from naru.edge.release_folder import ReleaseFolder
from naru.edge.state_dir import StateDir
from naru.model.evidence import Evidence
from naru.model.words import Proof, Verdict
from naru.wiring.clusters import stand_in
from naru.wiring.config import load_cloud

pytestmark = [pytest.mark.kind, pytest.mark.timeout(1500)]
NUMBER = run_number()
VERSION = f"1.0.{NUMBER}"
RELEASE = ("--product", "guestbook", "--release-line", "1.0", "--build-number", NUMBER)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """The guest book tagged, built, patched and rolled out on two clusters of its own, which are taken away afterwards."""
    folder = tmp_path_factory.mktemp("guestbook")
    clone = Clone(folder)
    clone.naru("init", *WORDS)
    clone.fill_in(folder)
    work = ("--work", str(clone.work))
    try:
        clone.naru("clouds", "up", *CLOUDS, "--role", "verify", timeout=600)
        clone.naru("tag-release", *RELEASE, *work)
        clone.naru("build-images", *work, timeout=600)
        clone.naru("publish-release", *RELEASE, *work, timeout=300)
        clone.naru("patch-overlays", *work)
        clone.naru("verify-rollout", "--all", *work, timeout=400)
        yield clone
    finally:
        clone.naru("clouds", "down", *CLOUDS, "--role", "verify", timeout=120)


def evidence(clone, proof, cloud="all"):
    return ReleaseFolder(clone.work).read(Evidence, f"{evidence_path(proof, cloud)}.json")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_each_pod_of_the_set_runs_with_a_volume_of_its_own_and_the_rollout_is_proven(clone, cloud):
    cluster = stand_in(f"verify-{cloud}", StateDir.from_environment())
    state = cluster.get("apps/v1", "StatefulSet", "guestbook", "guestbook")["status"]
    claims = {item["metadata"]["name"]: item["status"]["phase"] for item in cluster.list("v1", "PersistentVolumeClaim", "guestbook")}
    assert state["readyReplicas"] == state["updatedReplicas"] == 2
    assert claims == {"entries-guestbook-0": "Bound", "entries-guestbook-1": "Bound"}
    proven = evidence(clone, Proof.rollout, cloud)
    assert (proven.subject.version, proven.verdict) == (VERSION, Verdict.passed)


def test_visitors_see_the_release_by_the_clouds_own_address_and_their_lines_are_kept(clone):
    port = load_cloud(CLOUDS[0], clone.root).app("guestbook").endpoint_port
    urllib.request.urlopen(f"http://127.0.0.1:{port}/", data="안녕하세요".encode(), timeout=10)
    seen = set()
    for _try in range(20):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            text = answer.read().decode()
            assert (answer.headers["X-Naru-Version"], answer.headers["X-Naru-Cloud"]) == (VERSION, CLOUDS[0])
            seen.add((answer.headers["X-Naru-Pod"], "안녕하세요" in text))
    # Each pod has its own book, and the line was written into one of them.
    assert sorted(pod for pod, _ in seen) == ["guestbook-0", "guestbook-1"]
    assert sorted(kept for _, kept in seen) == [False, True]


def test_the_loss_of_a_cloud_is_survived_by_an_application_of_another_shape(clone):
    clone.naru("verify-failover", "--faults", "scale-to-zero", "--work", str(clone.work), timeout=600)
    proven = evidence(clone, Proof.failover)
    assert (proven.verdict, proven.subject.version) == (Verdict.passed, VERSION)
