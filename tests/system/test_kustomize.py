"""The pinned renderer and its walls, and the whole stage on real Git."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.overlays import images, release
from naru.core.manifests import objects_of, sha256_of
from naru.core.static_checks import static_findings
from naru.edge.kustomize import Kustomize
from naru.edge.manifest_schemas import ManifestSchemas
from naru.edge.overlay_tree import write_tree
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Missing, OutsideDown
from naru.wiring.config import load_cloud
from naru.wiring.overlays import stand_in_version

pytestmark = pytest.mark.system
CLONE = Path(__file__).resolve().parents[2]
NAMES = ("naver", "ktcloud", "cocktail")


@pytest.fixture(scope="module")
def rendered():
    return Kustomize().render_all(CLONE, [f"overlays/{name}" for name in NAMES])


def test_the_version_is_that_of_the_lock():
    assert Kustomize().version.startswith("v5.")


def test_the_shipped_overlays_render_without_findings(rendered):
    for name in NAMES:
        objects = objects_of(rendered[f"overlays/{name}"], name)
        assert static_findings(objects, load_cloud(name), ManifestSchemas().check, stand_in_version()) == ()


def test_only_the_apm_bears_the_clouds_prefix(rendered):
    for name in NAMES:
        names = {(item["kind"], item["metadata"]["name"]) for item in objects_of(rendered[f"overlays/{name}"], name)}
        prefix = load_cloud(name).pod_prefix
        assert {("Deployment", f"{prefix}openmaru-app"), ("Deployment", "egov"), ("Service", "openmaru-app"), ("Service", "egov")} <= names


def test_every_object_bears_the_products_labels(rendered):
    for name in NAMES:
        for item in objects_of(rendered[f"overlays/{name}"], name):
            labels = item["metadata"]["labels"]
            assert (labels["app.kubernetes.io/part-of"], labels["app.kubernetes.io/managed-by"]) == ("khan-monitoring", "naru")
            assert labels["app.kubernetes.io/name"] in {"egov", "openmaru-app"}


def test_rendering_twice_gives_the_same_bytes(rendered):
    again = Kustomize().render(CLONE, "overlays/naver")
    assert sha256_of(again) == sha256_of(rendered["overlays/naver"])


def folder(tmp_path, text, **files):
    write_tree(tmp_path, {"overlays/naver/kustomization.yaml": text.encode(), **{f"overlays/naver/{k}.yaml": v for k, v in files.items()}})
    return tmp_path


@pytest.mark.parametrize(("text", "says"), [
    ("resources: [https://127.0.0.1:9/a/b]\n", "does not render"),
    ("resources: [../../secret.yaml]\n", "security; file"),
    ("helmCharts: [{name: a, repo: 'https://127.0.0.1:9'}]\n", "must specify --enable-helm"),
    ("resources: [missing.yaml]\n", "missing.yaml"),
])
def test_even_without_the_lint_nothing_outside_is_read(tmp_path, text, says):
    (tmp_path / "secret.yaml").write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n")
    with pytest.raises(Missing) as caught:
        Kustomize().render(folder(tmp_path, text), "overlays/naver")
    assert says in str(caught.value)


def test_the_renderer_has_no_network_no_home_and_no_path(tmp_path):
    spy = tmp_path / "kubectl"
    spy.write_text('#!/bin/sh\necho "home=$HOME path=$PATH user=$USER"\n/bin/ls -A "$HOME"\n/bin/cat /proc/net/dev /proc/self/limits\n')
    spy.chmod(0o755)
    kustomize = Kustomize(spy)
    said = kustomize.render(tmp_path, ".").decode()
    first, *rest = said.splitlines()
    home = first.split()[0].removeprefix("home=")
    assert first == f"home={home} path={home} user="
    assert rest[0].startswith("Inter-")  # the empty home lists nothing before /proc/net/dev begins
    devices = {line.split(":")[0].strip() for line in rest if ":" in line and "Max" not in line}
    assert devices == {"lo"} or not kustomize.isolated
    assert kustomize.isolated
    assert "Max core file size        0 " in said


def test_a_renderer_that_hangs_is_stopped(tmp_path):
    spy = tmp_path / "kubectl"
    spy.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    spy.chmod(0o755)
    with pytest.raises(OutsideDown, match=r"did not end within 0.5 s"):
        Kustomize(spy, timeout=0.5).render(tmp_path, ".")


def test_a_render_that_floods_is_refused(tmp_path):
    spy = tmp_path / "kubectl"
    spy.write_text("#!/bin/sh\n/usr/bin/yes 0123456789012345678901234567890123456789 | /usr/bin/head -n 300000\n")
    spy.chmod(0o755)
    with pytest.raises(Missing, match="the output is larger than Naru takes"):
        Kustomize(spy).render(tmp_path, ".")


def naru(tmp_path, *words):
    env = {**os.environ, "NARU_STATE": str(tmp_path / "state"), "NARU_SANDBOX": "test-overlays"}
    return subprocess.run([sys.executable, str(CLONE / "scripts" / "main.py"), *words], env=env, capture_output=True, text=True, timeout=120, check=False)


def test_patch_overlays_twice_and_diff_on_the_sandboxs_repositories(tmp_path):
    work = ReleaseFolder(tmp_path / "work")
    work.write(release(), "release.json")
    work.write(images(), "images.json")

    plan = naru(tmp_path, "patch-overlays", "--work", str(work.root), "--plan")
    first = naru(tmp_path, "patch-overlays", "--work", str(work.root), "--json")
    second = naru(tmp_path, "patch-overlays", "--work", str(work.root), "--json")
    assert [run.returncode for run in (plan, first, second)] == [0, 0, 0], first.stderr + second.stderr
    assert (json.loads(first.stdout)["changed"], json.loads(second.stdout)["changed"]) == (True, False)
    overlays = json.loads(first.stdout)["overlays"]
    assert json.loads(plan.stdout)["push"]["new"] == overlays["candidate_commit"] == json.loads(second.stdout)["overlays"]["candidate_commit"]

    config = tmp_path / "state" / "sandbox" / "test-overlays" / "repos" / "config.git"
    changed = subprocess.run(["git", "-C", str(config), "diff", "--numstat", "main", "candidate/8.9.csap-999"], capture_output=True, text=True, check=True).stdout
    assert changed.split("\n")[:2] == ["1\t1\toverlays/cocktail/job-name.yaml", "5\t5\toverlays/cocktail/kustomization.yaml"]
    trailers = subprocess.run(["git", "-C", str(config), "log", "-1", "--format=%(trailers:key=Naru-Rendered-naver,valueonly)", "candidate/8.9.csap-999"],
                              capture_output=True, text=True, check=True).stdout.strip()
    assert trailers == sha256_of(work.read_raw("rendered/naver.yaml"))

    across = naru(tmp_path, "diff", "--across", "--json")
    assert across.returncode == 0, across.stdout
    assert all(not item["undeclared"] for item in json.loads(across.stdout)["differences"])
    one = naru(tmp_path, "diff", "naver", "--from", "main")
    assert "~ Deployment/ncloud-openmaru-app" in one.stdout
    assert naru(tmp_path, "diff", "azure").returncode == 2
    assert naru(tmp_path, "diff", "naver", "--to", "nowhere").returncode == 3
