"""Stage publish_release on an in-memory Git and registry: what goes out, in which order, what stops it, any kill resumed."""

import pytest

from fakes.git import FakeRemote, FakeRepo
from fakes.khan import product
from fakes.registry import FakeRegistry, digest, manifest_of
from fakes.stage import Killed, ListLog, Quiet, effects, killer
from naru.core.release_names import names_from_parameters
from naru.edge.release_folder import ReleaseFolder
from naru.edge.tag_ledger import TagLedger
from naru.errors import Conflict, Judged, Missing, OutsideDown
from naru.model.release import Image, Images, Release
from naru.steps.publish_release import PublishPorts, plan_publish, publish_release, read_inputs
from naru.steps.tag_release import TagRequest, tag_release

PRODUCT = product()
HOST = "127.0.0.1:5000"
VERSION = "8.9.csap-999"
TAG = "refs/tags/khan-monitoring-5-git-999-ape-5.2.0-8.9.csap"


class World:
    """A tagged and built release, nothing of it out yet."""

    def __init__(self, tmp_path, *, lightweight=False):
        self.tmp_path, self.remote, self.registry, self.log = tmp_path, FakeRemote("/src.git"), FakeRegistry(), ListLog()
        repo = FakeRepo(self.remote)
        self.commit = repo.write_commit((), {"pom.xml": b"0"}, "KAPM-1 begin", when=1000)
        self.remote.refs["refs/heads/master"] = self.commit
        if lightweight:
            self.remote.refs[TAG] = self.commit
        self.folder = self.make_folder("work")
        self.release = self.folder.read(Release, "release.json")
        self.ledger = TagLedger(tmp_path / "ledger")

    def make_folder(self, name):
        folder = ReleaseFolder(self.tmp_path / name)
        names = names_from_parameters(PRODUCT, {"KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": "999"})
        tag_release(TagRequest(PRODUCT, names), FakeRepo(self.remote), folder)
        folder.write(Images(version=VERSION, commit=self.commit, images=tuple(self.image(spec) for spec in PRODUCT.images)), "images.json")
        return folder

    def image(self, spec):
        manifest = manifest_of(spec.name.encode())
        self.registry.layouts[f"oci:/{spec.name}"] = manifest
        return Image(name=spec.name, repository=spec.repository, tag=VERSION, digest=digest(manifest), config_digest=digest(b""),
                     size=1, labels={}, sbom_sha256="0" * 64, inputs_sha256="0" * 64)

    def ports(self, **hooks):
        return PublishPorts(repo=FakeRepo(self.remote), registry=self.registry, ledger=self.ledger, effects=effects(self.log, **hooks),
                            progress=Quiet(), layout=lambda image: f"oci:/{image.name}")

    def run(self, folder=None, **hooks):
        return publish_release(PRODUCT, HOST, self.ports(**hooks), folder or self.folder)

    def out(self):
        return self.remote.refs.get(TAG), dict(self.registry.tags)

    def all_out(self):
        return self.release.tag_object, {
            f"{HOST}/{i.repository}:{VERSION}": i.digest for i in self.folder.read(Images, "images.json").images
        }


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_tag_and_images_go_out_and_are_noted_as_read_back(world):
    assert world.run().changed
    assert world.out() == world.all_out()
    published = world.folder.read(Images, "images.json").published
    assert (published.registry, published.tag_object, published.commit) == (HOST, world.release.tag_object, world.commit)


def test_content_comes_first_then_the_tag_then_the_image_tags(world):
    world.run()
    kinds = [entry["kind"] for entry in world.log.entries if entry["what"] == "done"]
    assert kinds == ["push-image", "push-image", "push-tag", "tag-image", "tag-image"]


def test_a_second_run_changes_nothing(world):
    world.run()
    world.log.entries.clear()
    outcome = world.run()
    assert (outcome.changed, world.log.entries) == (False, [])


def test_the_tag_is_recorded_before_it_is_pushed(world):
    seen = []
    world.remote.before_push = lambda ref: seen.append(world.ledger.is_ours("/src.git", ref.removeprefix("refs/tags/"), world.release.tag_object))
    world.run()
    assert seen == [True]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("effect", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("folder_is_lost", [False, True])
def test_killed_at_any_effect_the_same_command_ends_in_the_same_tag_and_digests(world, moment, effect, folder_is_lost):
    wanted = world.all_out()
    with pytest.raises(Killed):
        world.run(**{moment: killer(effect)})
    tag, image_tags = world.out()
    assert tag in {None, wanted[0]}
    assert not image_tags or tag is not None, "an image tag is out before the tag that decides"
    outcome = world.run(world.make_folder("elsewhere") if folder_is_lost else None)
    assert outcome.changed
    assert world.out() == wanted
    assert not world.run().changed or folder_is_lost


def test_the_crash_test_above_kills_at_every_effect_there_is(world):
    ports = world.ports()
    publish_release(PRODUCT, HOST, ports, world.folder)
    assert ports.effects.count == 5


def test_a_tag_on_another_object_stops_before_anything_goes_out(world):
    world.remote.refs[TAG] = FakeRepo(world.remote).make_tag("x", world.commit, "other", when=1)
    with pytest.raises(Conflict, match="never moved"):
        world.run()
    assert world.registry.content == {}


def test_an_image_tag_on_another_digest_stops_before_anything_goes_out(world):
    world.registry.layouts["oci:/other"] = manifest_of(b"other")
    world.registry.copy_in("oci:/other", f"{HOST}/khan/egov:{VERSION}")
    with pytest.raises(Conflict, match="never re-pointed"):
        world.run()
    assert TAG not in world.remote.refs
    assert len(world.registry.content) == 1


@pytest.mark.parametrize("verb", ["look", "copy"])
def test_a_registry_that_answers_500_stops_before_the_tag(world, verb):
    def broken(called, reference):
        if called == verb:
            raise OutsideDown("500")

    world.registry.before = broken
    with pytest.raises(OutsideDown):
        world.run()
    assert world.out() == (None, {})
    world.registry.before = lambda called, reference: None
    world.run()
    assert world.out() == world.all_out()


def test_a_registry_that_returns_other_bytes_is_found_out_before_the_tag(world):
    world.registry.lies[f"{HOST}/khan/egov@{world.folder.read(Images, 'images.json').images[1].digest}"] = b"other"
    with pytest.raises(Judged, match="answered a manifest with digest"):
        world.run()
    assert world.out() == (None, {})


def test_a_registry_that_lies_about_the_tag_afterwards_is_found_out(world):
    def lie(verb, reference):
        if verb == "copy" and reference.endswith(f"egov:{VERSION}"):
            world.registry.lies[reference] = b"other"

    world.registry.before = lie
    with pytest.raises(Judged, match="after the push"):
        world.run()
    assert world.folder.read(Images, "images.json").published is None


def test_two_that_publish_one_version_of_two_commits_have_one_winner_and_no_mixed_images(world):
    other = FakeRepo(world.remote).make_tag("x", world.commit, "other", when=1)
    world.remote.before_push = lambda ref: world.remote.refs.__setitem__(ref, other)
    with pytest.raises(Conflict):
        world.run()
    assert world.out() == (other, {})


def test_two_that_publish_the_very_same_both_end_well(world):
    world.remote.before_push = lambda ref: world.remote.refs.__setitem__(ref, world.release.tag_object)
    assert world.run().changed
    assert world.out() == world.all_out()


def test_a_tag_that_was_out_and_is_gone_is_reported_and_not_pushed_again(world):
    world.run()
    del world.remote.refs[TAG]
    with pytest.raises(Conflict, match="someone deleted it"):
        world.run()
    assert TAG not in world.remote.refs


def test_a_push_that_a_hook_declines_says_the_hooks_words_and_leaves_no_image_tag(world):
    world.remote.declined[TAG] = "release freeze"
    with pytest.raises(Judged, match="release freeze"):
        world.run()
    assert world.out() == (None, {})


def test_a_lightweight_tag_of_a_person_stays_as_it_is(tmp_path):
    world = World(tmp_path, lightweight=True)
    world.run()
    assert world.out() == (world.commit, world.all_out()[1])


def test_a_lightweight_tag_that_its_person_deleted_is_not_pushed_again(tmp_path):
    world = World(tmp_path, lightweight=True)
    del world.remote.refs[TAG]
    with pytest.raises(Conflict, match="is gone"):
        world.run()


@pytest.mark.parametrize("change", [{"version": "8.9.csap-998"}, {"commit": "9" * 40}])
def test_images_of_another_release_are_not_published(world, change):
    world.folder.write(world.folder.read(Images, "images.json").model_copy(update=change), "images.json")
    with pytest.raises(Missing, match="build-images again"):
        world.run()
    assert world.out() == (None, {})


def test_images_that_the_product_does_not_list_are_not_published(world):
    images = world.folder.read(Images, "images.json")
    world.folder.write(images.model_copy(update={"images": images.images[:1]}), "images.json")
    with pytest.raises(Missing, match="does not list"):
        world.run()


@pytest.mark.parametrize(("name", "stage"), [("release.json", "tag-release"), ("images.json", "build-images")])
def test_a_missing_file_says_which_stage_makes_it(world, name, stage):
    world.folder.path(name).unlink()
    with pytest.raises(Missing, match=stage):
        world.run()


def test_a_layout_that_was_cleaned_away_stops_before_the_tag(world):
    world.registry.layouts.clear()
    with pytest.raises(Missing):
        world.run()
    assert world.out() == (None, {})


def test_a_release_file_with_another_tag_object_is_not_pushed(world):
    world.folder.write(world.release.model_copy(update={"tag_object": "9" * 40}), "release.json")
    with pytest.raises(Missing, match="tag-release again"):
        world.run()
    assert TAG not in world.remote.refs


def test_a_plan_names_what_is_missing_and_touches_nothing(world):
    release, images = read_inputs(PRODUCT, world.folder)
    plan = plan_publish(release, images, HOST, world.ports())
    assert (plan.push_tag, len(plan.push_content), len(plan.push_image_tags)) == (True, 2, 2)
    assert (world.out(), world.log.entries) == ((None, {}), [])
