"""`./naru init` in a copy of the clone: what it writes parses, renders, passes the static checks and takes a release."""

import json
import shutil

import pytest

from fakes.init_app import SECRET
from fakes.init_clone import CLOUDS, MANIFESTS, WORDS, copied
from fakes.init_clone import naru as run_naru
from fakes.overlays import NEW, ZEROS
from fakes.overlays import release as release_of
from naru.core.manifests import objects_of
from naru.core.overlay_patch import NewImage, NewRelease
from naru.core.overlay_set import clouds_of, patched_tree
from naru.core.static_checks import static_findings
from naru.edge.kustomize import Kustomize
from naru.edge.manifest_schemas import ManifestSchemas
from naru.edge.overlay_tree import read_tree, write_tree
from naru.edge.release_folder import ReleaseFolder
from naru.wiring.config import load_cloud, load_clouds, load_product
from naru.wiring.overlays import stand_in_version

pytestmark = pytest.mark.system


def naru(clone, *words):
    return run_naru(clone, *words, NARU_STATE=str(clone / "state"))


def snapshot(clone):
    return {path: path.stat().st_mtime_ns for part in ("overlays", "pipelines") for path in sorted((clone / part).rglob("*"))}


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone in which the guest book was initialised; beside it what the command said."""
    folder = copied(tmp_path_factory.mktemp("clone"))
    answer = naru(folder, "init", *WORDS)
    assert answer.returncode == 0, answer.stderr
    (folder / "said.txt").write_text(answer.stdout)
    return folder


def test_what_was_written_parses_as_the_stages_read_it(clone):
    product = load_product("guestbook", clone)
    assert product.clouds == CLOUDS
    assert [image.repository for image in product.images] == ["visitors/guestbook"]
    app = load_cloud("guestbook-naver", clone).app("guestbook")
    assert (app.kind, app.service, app.health_path, app.marker, app.expected_replicas) == ("StatefulSet", "guestbook-home", "/healthz", "방명록", 2)


def test_the_sample_product_is_as_before_and_no_port_is_taken_twice(clone):
    assert load_product("khan-monitoring", clone).clouds == ("naver", "ktcloud", "cocktail")
    ports = [app.endpoint_port for cloud in load_clouds(clone) for app in cloud.apps]
    assert len(set(ports)) == len(ports)


def test_a_release_can_be_patched_in_rendered_and_passes_the_static_checks(clone, tmp_path):
    tree = read_tree(clone, "overlays")
    release = NewRelease("1.0.7", "guestbook-1.0-7", "c" * 40, (NewImage("guestbook", "visitors/guestbook", "1.0.7", NEW),))
    patched = patched_tree(tree, clouds_of(tree, CLOUDS), release)
    assert {name: [change.path for change in patch.changes] for name, patch in patched.patches.items()} == {
        "guestbook-naver": ["images.0.newTag", "images.0.digest", "configMapGenerator.0.literals.0"],
        "guestbook-ktcloud": ["images.0.newTag", "images.0.digest", "configMapGenerator.0.literals.0"]}
    write_tree(tmp_path, patched.tree)
    for name in CLOUDS:
        objects = objects_of(Kustomize().render(tmp_path, f"overlays/{name}"), name)
        assert static_findings(objects, load_cloud(name, clone), ManifestSchemas().check, stand_in_version()) == ()
        by_kind = {item["kind"]: item for item in objects}
        container = by_kind["StatefulSet"]["spec"]["template"]["spec"]["containers"][0]
        assert container["image"].endswith(f"/visitors/guestbook:1.0.7@{NEW}")
        assert {item["metadata"]["namespace"] for item in objects} == {"guestbook"}
        assert {item["metadata"]["labels"]["app.kubernetes.io/part-of"] for item in objects} == {"guestbook"}
        assert "labels" not in by_kind["StatefulSet"]["spec"]["volumeClaimTemplates"][0]["metadata"], "they may never change"


@pytest.mark.parametrize("command", ["verify-rollout", "promote", "approve"])
def test_a_stage_takes_the_product_from_the_release_in_its_folder(clone, tmp_path, command):
    """`run` and the night name the folder alone; another product's clouds and people would be taken otherwise."""
    release = release_of("1.0.7").model_copy(update={"product": "guestbook"})
    ReleaseFolder(tmp_path).write(release, "release.json")
    more = ("--by", "nobody") if command == "approve" else ("--cloud", "nowhere")
    answer = naru(clone, command, "--work", str(tmp_path), *more)
    assert answer.returncode != 0
    assert "guestbook" in answer.stderr or "release.manager" in answer.stderr
    assert "cocktail" not in answer.stderr


def test_no_secret_is_copied_anywhere(clone):
    for path in [*(clone / "overlays").rglob("*.yaml"), *(clone / "pipelines").rglob("*.yaml"), clone / "said.txt"]:
        assert SECRET not in path.read_text(), path


def test_it_says_what_was_left_open_and_ends_with_the_next_command(clone):
    said = (clone / "said.txt").read_text()
    assert "Secret/guestbook-admin" in said
    assert "Scaling is not proven" in said
    for row in (line.strip() for line in said.splitlines() if line.startswith(("  overlays/", "  pipelines/"))):
        file, number, why = row.split(":", 2)
        assert why.strip() in (clone / file).read_text().splitlines()[int(number) - 1]
    assert said.rstrip().endswith("./naru tag-release --product guestbook --release-line 1.0 --build-number 1 --plan")


def test_a_second_run_with_the_same_input_has_nothing_to_do(clone):
    before = snapshot(clone)
    answer = naru(clone, "init", *WORDS, "--json")
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert (told["changed"], told["files"]) == (False, [])
    assert snapshot(clone) == before


def test_a_value_that_was_filled_in_counts_as_nothing_to_do(tmp_path):
    clone = copied(tmp_path)
    assert naru(clone, "init", *WORDS).returncode == 0
    product = clone / "pipelines" / "products" / "guestbook.yaml"
    lines = product.read_text().splitlines(keepends=True)
    lines = ["  url: ssh://git@git.example.com/guestbook.git\n" if "git.fill-in.invalid" in line else line for line in lines]
    product.write_text("".join(lines))
    answer = naru(clone, "init", *WORDS)
    assert answer.returncode == 0
    assert answer.stdout.startswith("Nothing to do")
    assert "guestbook.yaml:10" not in answer.stdout
    other = naru(clone, "init", *WORDS, "--home", "/book")
    assert other.returncode == 1
    assert "nothing was written" in other.stderr


def test_a_plan_tells_every_file_and_writes_none(tmp_path):
    clone = copied(tmp_path)
    before = snapshot(clone)
    answer = naru(clone, "init", *WORDS, "--plan")
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert set(told["content"]) == set(told["files"])
    assert ZEROS in told["content"]["overlays/guestbook-naver/kustomization.yaml"]
    assert snapshot(clone) == before


def test_without_a_terminal_missing_flags_are_named(tmp_path):
    answer = naru(copied(tmp_path), "init", "--from-manifests", str(MANIFESTS))
    assert answer.returncode == 2
    assert "--name, --cloud" in answer.stderr


def test_an_overlay_of_somebody_else_is_rendered_first(tmp_path):
    clone = copied(tmp_path / "clone")
    app = tmp_path / "app"
    shutil.copytree(MANIFESTS, app)
    (app / "kustomization.yaml").write_text("namespace: lobby\nresources: [guestbook.yaml, services.yaml, settings.yaml]\n")
    answer = naru(clone, "init", *WORDS[:-1], str(app))
    assert answer.returncode == 0, answer.stderr
    assert load_cloud("guestbook-naver", clone).namespace == "lobby"


def test_from_flags_alone_a_whole_application_comes_out(tmp_path):
    clone = copied(tmp_path)
    answer = naru(clone, "init", "--name", "shop", "--cloud", "naver", "--port", "8080", "--marker", "Shop")
    assert answer.returncode == 0, answer.stderr
    kinds = [item["kind"] for item in objects_of(Kustomize().render(clone, "overlays/shop-naver"), "shop")]
    assert sorted(kinds) == ["ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Service"]
    stateful = naru(clone, "init", "--name", "book", "--cloud", "naver", "--port", "8000", "--workload", "StatefulSet", "--volume", "/data")
    assert stateful.returncode == 0, stateful.stderr
    assert load_cloud("book-naver", clone).app("book").kind == "StatefulSet"
    assert load_cloud("book-naver", clone).app("book").endpoint_port != load_cloud("shop-naver", clone).app("shop").endpoint_port
