"""One full main job on real parts, from parameters to three targets; many tests look at what it left."""

import json
import os
import subprocess

import pytest

from kind_main_job import CLOUDS, PRODUCT
from naru.core.stage_list import main_job
from naru.edge.state_dir import StateDir
from naru.model.evidence import Evidence
from naru.model.overlays import Overlays
from naru.model.promotion import Promotion
from naru.model.release import Images, Release
from naru.model.words import Decision, Role, Verdict
from naru.wiring.clusters import cluster
from naru.wiring.config import load_product, product_clouds
from naru.wiring.git import config_address, config_repo


def targets():
    return [(cloud, cluster(cloud, Role.target)) for cloud in product_clouds(load_product(PRODUCT))]


@pytest.mark.timeout(2400)
def test_the_main_job_goes_through_and_every_stage_ran_in_order(job):
    assert list(job.times()) == [stage.name for stage in main_job(CLOUDS, "", ())]
    assert {time.exit_code for time in job.times().values()} == {0}


@pytest.mark.parametrize("proof", ["naver.rollout", "ktcloud.rollout", "cocktail.rollout", "naver.scaling", "ktcloud.scaling", "cocktail.scaling", "failover"])
def test_every_proof_passed_and_is_bound_to_this_release(job, proof):
    evidence = job.folder.read(Evidence, f"evidence/{proof}.json")
    assert evidence.verdict is Verdict.passed
    assert evidence.subject.version == job.version
    assert evidence.subject.images == {image.name: image.digest for image in job.folder.read(Images, "images.json").images}
    assert evidence.checks
    assert (job.root / "evidence" / f"{proof}.dsse.json").is_file()


@pytest.mark.parametrize("cloud", CLOUDS)
def test_each_target_runs_exactly_the_digests_that_were_built(job, cloud):
    images = {image.digest for image in job.folder.read(Images, "images.json").images}
    config, target = next((c, t) for c, t in targets() if c.name == cloud)
    pods = [pod for pod in target.list("v1", "Pod", config.namespace) if pod["status"]["phase"] == "Running"]
    wanted = {container["image"].rsplit("@", 1)[1] for pod in pods for container in pod["spec"]["containers"]}
    assert wanted == images
    assert all(status["ready"] for pod in pods for status in pod["status"]["containerStatuses"])


@pytest.mark.parametrize(("cloud", "prefix"), [("naver", "ncloud-openmaru-app-"), ("ktcloud", "ktcloud-openmaru-app-"), ("cocktail", "cocktail-openmaru-app-")])
def test_pods_are_named_as_people_know_them(job, cloud, prefix):
    config, target = next((c, t) for c, t in targets() if c.name == cloud)
    names = [pod["metadata"]["name"] for pod in target.list("v1", "Pod", config.namespace)]
    assert any(name.startswith(prefix) for name in names)
    assert any(name.startswith("egov-") for name in names)


def test_each_cloud_branch_has_one_commit_more_with_the_rendered_hash_in_its_trailers(job):
    repo = config_repo(load_product(PRODUCT))
    overlays = job.folder.read(Overlays, "overlays.json")
    for cloud in CLOUDS:
        promotion = job.folder.read(Promotion, f"promotion/{cloud}.json")
        assert promotion.decision is Decision.promote
        tip = repo.ls_remote(f"refs/heads/cloud/{cloud}")[f"refs/heads/cloud/{cloud}"]
        assert tip == promotion.commit
        argv = ["git", f"--git-dir={config_address(load_product(PRODUCT))}", "log", "-1", "--format=%B", tip]
        message = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True).stdout
        assert job.version in message
        assert overlays.of(cloud).rendered_sha256 in message


def test_the_tag_on_the_remote_is_the_object_that_was_recorded(job):
    from naru.wiring.git import source_repo

    release = job.folder.read(Release, "release.json")
    found = source_repo(load_product(PRODUCT)).ls_remote(f"refs/tags/{release.tag}")
    assert found[f"refs/tags/{release.tag}"] == release.tag_object


def test_the_run_log_is_an_unbroken_chain_with_an_outcome_for_each_intent(job):
    from naru.core.run_log import first_bad_line

    lines = (job.root / "run.log").read_text().splitlines()
    assert first_bad_line(lines) is None
    entries = [json.loads(line) for line in lines]
    assert sum(entry["what"] == "intent" for entry in entries) == sum(entry["what"] in {"done", "failed"} for entry in entries)


def test_the_report_says_the_verdict_and_junit_counts_the_checks(job):
    page = (job.root / "report" / "index.html").read_text()
    assert job.version in page
    assert "<testsuite" in (job.root / "report" / "junit.xml").read_text()


@pytest.mark.timeout(900)
def test_the_same_command_again_finds_everything_done(job):
    before = {path: path.read_bytes() for path in sorted(job.root.glob("*.json")) if path.name != "timings.json"}
    assert job.run() == 0
    assert {path: path.read_bytes() for path in before} == before


def test_no_secret_of_the_sandbox_stands_in_the_release_folder(job):
    logins = StateDir.from_environment().folder("logins")
    secrets = [path.read_text().strip() for path in logins.glob("*.password")]
    private = StateDir.from_environment().folder("sandbox", os.environ["NARU_SANDBOX"]) / "signing.pem"
    secrets.append(private.read_text().splitlines()[1])
    for path in job.root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not [secret for secret in secrets if secret.encode() in data], path
