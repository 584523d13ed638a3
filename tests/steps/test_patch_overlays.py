"""Stage patch_overlays on an in-memory Git: one candidate commit, told from main; and what a kill or a race leaves."""

import pytest

from fakes.git import FakeRemote, FakeRepo
from fakes.khan import product
from fakes.overlays import NEW, AnySchema, FakeRenderer, FakeTrees, images, kustomization, release, tree
from fakes.stage import Killed, ListLog, Quiet, effects, killer
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Conflict, Missing
from naru.model.overlays import Overlays
from naru.steps.diff_overlays import Ports as DiffPorts
from naru.steps.diff_overlays import diff_across, diff_cloud, newest
from naru.steps.overlay_candidate import Ports
from naru.steps.patch_overlays import patch_overlays

PRODUCT = product(clouds=("naver", "ktcloud"))
BRANCH = "refs/heads/candidate/8.9.csap-999"


class World:
    def __init__(self, tmp_path, files=None):
        self.remote = FakeRemote()
        self.folder = ReleaseFolder(tmp_path / "work")
        self.folder.write(release(), "release.json")
        self.folder.write(images(), "images.json")
        self.base = FakeRepo(self.remote).write_commit((), files or tree(), "overlays", when=1_600_000_000)
        self.remote.refs["refs/heads/main"] = self.base
        self.log = ListLog()
        self.schemas = AnySchema()
        self.renderer = FakeRenderer()
        self.quiet = Quiet()

    def run(self, *, plan_only=False, **hooks):
        repo = FakeRepo(self.remote)
        ports = Ports(repo=repo, trees=FakeTrees(repo), renderer=self.renderer, schemas=self.schemas, stand_in_version="v1.34.4",
                      folder=self.folder, effects=effects(self.log, **hooks), progress=self.quiet)
        return patch_overlays(ports, PRODUCT, plan_only=plan_only)

    def overlays(self):
        return self.folder.read(Overlays, "overlays.json")

    def advance_main(self, changes):
        tip = FakeRepo(self.remote).write_commit((self.remote.refs["refs/heads/main"],), changes, "more", when=1_800_000_000)
        self.remote.refs["refs/heads/main"] = tip
        return tip

    def diff_ports(self):
        repo = FakeRepo(self.remote)
        return DiffPorts(repo=repo, trees=FakeTrees(repo), renderer=FakeRenderer())


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_one_commit_for_all_clouds_is_pushed_to_the_candidate_branch(world):
    outcome = world.run()
    assert outcome.changed
    overlays = world.overlays()
    repo = FakeRepo(world.remote)
    assert world.remote.refs[BRANCH] == overlays.candidate_commit
    assert repo.commit_info(overlays.candidate_commit).parents == (world.base,)
    assert repo.read_file(BRANCH.removeprefix("refs/heads/"), "overlays/naver/kustomization.yaml") == kustomization("naver", "8.9.csap-999", NEW)
    assert {entry.cloud: len(entry.changes) for entry in overlays.clouds} == {"naver": 5, "ktcloud": 5}
    assert (overlays.base_commit, overlays.kustomize_version) == (world.base, "v5.8.1")


def test_the_rendered_bytes_stand_in_the_folder_under_their_hash(world):
    from naru.core.manifests import sha256_of

    world.run()
    for entry in world.overlays().clouds:
        assert sha256_of(world.folder.read_raw(f"rendered/{entry.cloud}.yaml")) == entry.rendered_sha256
        assert sha256_of(world.folder.read_raw(f"applied/{entry.cloud}.yaml")) == entry.applied_sha256


def test_a_second_run_has_nothing_to_do(world):
    world.run()
    first, pushed = world.overlays(), len(world.log.entries)
    outcome = world.run()
    assert not outcome.changed
    assert "was already" in outcome.sentence
    assert (world.overlays(), len(world.log.entries)) == (first, pushed)


def test_another_machine_makes_the_same_commit(world, tmp_path):
    world.run()
    other = World(tmp_path / "other")
    other.run()
    assert other.overlays() == world.overlays()


def test_a_plan_touches_nothing(world):
    before = dict(world.remote.refs)
    outcome = world.run(plan_only=True)
    assert outcome.plain["push"]["needed"]
    assert outcome.plain["overlays"]["clouds"][0]["changes"][0] == {
        "file": "overlays/naver/kustomization.yaml", "path": "images.0.newTag", "old": "0.0.0-0", "new": "8.9.csap-999"}
    assert (world.remote.refs, world.log.entries) == (before, [])
    assert world.folder.find(Overlays, "overlays.json") is None


def test_the_plan_names_the_commit_that_the_run_then_pushes(world):
    planned = world.run(plan_only=True).plain["push"]["new"]
    world.run()
    assert world.remote.refs[BRANCH] == planned


def test_when_main_moves_elsewhere_the_candidate_stays_where_its_overlays_are_equal(world):
    world.run()
    first = world.overlays()
    world.advance_main({"docs/x.md": b"x"})
    assert not world.run().changed
    assert world.overlays() == first


def test_when_an_overlay_changes_on_main_the_candidate_moves_by_lease(world):
    world.run()
    old = world.remote.refs[BRANCH]
    tip = world.advance_main({"overlays/base/app.yaml": b"a: 1\n"})
    assert world.run().changed
    new = world.remote.refs[BRANCH]
    assert new != old
    assert FakeRepo(world.remote).commit_info(new).parents == (tip,)


def test_after_the_candidate_was_merged_into_main_its_changes_are_still_told(world):
    world.run()
    first = world.overlays()
    world.remote.refs["refs/heads/main"] = world.remote.refs[BRANCH]
    assert not world.run().changed
    assert world.overlays() == first


def test_where_main_says_it_already_the_candidate_is_main(world):
    world.advance_main({f"overlays/{name}/kustomization.yaml": kustomization(name, "8.9.csap-999", NEW) for name in ("naver", "ktcloud")})
    assert world.run().changed
    assert world.remote.refs[BRANCH] == world.remote.refs["refs/heads/main"]
    assert not world.run().changed


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_around_the_push_leaves_each_file_wholly_old_or_new_and_the_next_run_ends_it(world, moment):
    with pytest.raises(Killed):
        world.run(**{moment: killer(1)})
    repo = FakeRepo(world.remote)
    expected = kustomization("naver", "8.9.csap-999", NEW) if moment == "after" else kustomization("naver")
    at = "candidate/8.9.csap-999" if moment == "after" else "main"
    assert (BRANCH in world.remote.refs) == (moment == "after")
    assert repo.read_file(at, "overlays/naver/kustomization.yaml") == expected
    world.run()
    assert world.remote.refs[BRANCH] == world.overlays().candidate_commit


def test_a_candidate_that_someone_else_moves_meanwhile_is_not_overwritten(world):
    theirs = FakeRepo(world.remote).write_commit((world.base,), {"overlays/x": b"1"}, "theirs", when=1_700_000_001)
    world.remote.before_push = lambda ref: world.remote.refs.update({ref: theirs})
    with pytest.raises(Conflict):
        world.run()
    assert world.remote.refs[BRANCH] == theirs
    assert world.folder.find(Overlays, "overlays.json") is None


@pytest.mark.parametrize(("path", "data", "says"), [
    ("overlays/naver/kustomization.yaml", kustomization("naver").replace(b"name: egov #", b"name: portal #"), "found: portal, openmaru-app"),
    ("overlays/ktcloud/kustomization.yaml", kustomization("ktcloud").replace(b"../base", b"https://x.example/base"), "is an address"),
    ("overlays/base/kustomization.yaml", b"helmCharts: []\n", "'helmCharts' is not allowed"),
    ("overlays/naver/cloud.yaml", b"name: naver\n", "this field is required"),
    ("overlays/naver/kustomization.yaml", b"images: &a []\n", "the anchor '&a' is not allowed"),
])
def test_bad_overlays_stop_the_stage_before_anything_is_written(tmp_path, path, data, says):
    world = World(tmp_path, tree() | {path: data})
    before = dict(world.remote.refs)
    with pytest.raises(Missing, match=r"line|found|this field") as caught:
        world.run()
    assert says in str(caught.value)
    assert (world.remote.refs, world.log.entries) == (before, [])
    assert not (tmp_path / "work" / "rendered").exists()


def test_what_the_cloud_could_not_run_stops_the_stage_before_the_push(world):
    world.schemas.answers["Deployment"] = ("served", ["spec: 'replica' was unexpected"])
    with pytest.raises(Missing, match="cannot run: Deployment/egov"):
        world.run()
    assert BRANCH not in world.remote.refs


def test_weaknesses_are_said_and_kept_in_overlays_json(world):
    world.renderer.replicas = 1
    world.run()
    assert [(finding.code, finding.object) for finding in world.overlays().clouds[0].findings] == [("single-replica", "Deployment/egov")]
    assert any("naver: Deployment/egov: fewer than two pods" in line and "failover proof" in line for line in world.quiet.said)


def test_diff_shows_what_the_candidate_changes_on_a_cloud(world):
    world.remote.refs["refs/heads/cloud/naver"] = world.base
    world.run()
    result = diff_cloud(world.diff_ports(), "naver")
    assert (result.old.name, result.new.name) == ("cloud/naver", "candidate/8.9.csap-999")
    assert {item.object: [field.path for field in item.fields] for item in result.objects} == {
        f"Deployment/{name}": [f"spec.template.spec.containers.{name}.image"] for name in ("egov", "openmaru-app")}


def test_diff_of_a_cloud_that_runs_nothing_yet_lists_everything_as_added(world):
    world.run()
    result = diff_cloud(world.diff_ports(), "naver")
    assert result.old.commit is None
    assert {item.change for item in result.objects} == {"added"}


def test_diff_of_an_unknown_revision_is_refused(world):
    with pytest.raises(Missing, match="has no revision 'cloud/azure'"):
        diff_cloud(world.diff_ports(), "naver", "cloud/azure")


def test_of_candidates_of_one_commit_the_highest_version_is_the_newest(world):
    repo, tree = FakeRepo(world.remote), {"overlays/naver/kustomization.yaml": kustomization("naver")}
    for number in ("9", "1000", "999"):
        world.remote.refs[f"refs/heads/candidate/8.9.csap-{number}"] = repo.write_commit((world.base,), tree, number, when=1_700_000_000)
    assert newest(world.diff_ports()).name == "candidate/8.9.csap-1000"
    world.remote.refs["refs/heads/candidate/8.9.csap-7"] = repo.write_commit((world.base,), tree, "7", when=1_800_000_000)
    assert newest(world.diff_ports()).name == "candidate/8.9.csap-7"


def test_diff_across_finds_what_no_cloud_yaml_declares(world):
    changed = kustomization("ktcloud").replace(b"name: openmaru-app", b"name: third-app")
    assert diff_across(world.diff_ports(), ["naver", "ktcloud"]).differences == ()
    world.advance_main({"overlays/ktcloud/kustomization.yaml": changed})
    found = diff_across(world.diff_ports(), ["naver", "ktcloud"]).differences
    assert {item.object for item in found} == {"Deployment/openmaru-app", "Deployment/third-app"}
    assert all(item.undeclared == ("naver", "ktcloud") for item in found)
