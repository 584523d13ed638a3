"""Stage build_images on tools in memory: what is built, what is not built again, and how a failure is told."""

import pytest

from fakes.build import COMMIT, World, build_product, definition, release
from fakes.stage import Killed, ListLog, Quiet, effects, killer
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Judged, Malformed, Missing, NaruError, OutsideDown
from naru.model.build import BuildFailure
from naru.model.record import content_hash
from naru.model.release import Images, Published
from naru.steps.build_images import build_images, plan_images


class Stage(World):
    def __init__(self, tmp_path):
        super().__init__(tmp_path)
        self.product, self.log, self.progress = build_product(), ListLog(), Quiet()
        self.folder = ReleaseFolder(tmp_path / "work")
        self.folder.write(release(), "release.json")

    def run(self, **hooks):
        return build_images(self.product, self.folder, self.tools(), effects(self.log, **hooks), self.progress)

    def images(self):
        return self.folder.read(Images, "images.json")

    def fails(self, kind=NaruError):
        with pytest.raises(kind) as caught:
            self.run()
        assert self.folder.find(Images, "images.json") is None
        assert not self.builder.known
        assert self.workshop.open == 0
        return caught.value


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def test_both_images_are_built_from_a_clean_export_of_the_tagged_commit(stage):
    outcome = stage.run()
    assert outcome.changed
    assert stage.source.exported == [COMMIT]
    images = stage.images()
    assert [image.repository for image in images.images] == ["khan/openmaru-app", "khan/egov"]
    assert {image.tag for image in images.images} == {"8.9.csap-999"}
    assert images.made_from == {"release.json": content_hash(release())}
    assert all(len(stage.folder.read_raw(f"sbom/{name}.cdx.json")) > 100 for name in ("openmaru-app", "egov"))


def test_commands_get_their_places_filled_in_and_the_commit_s_date(stage):
    stage.run()
    assert stage.workshop.ran[0] == (("make", "8.9.csap-999"), {"REPO": "/cache/m2", "SOURCE_DATE_EPOCH": "1700000000"})
    assert [argv for argv, _ in stage.workshop.ran] == [("make", "8.9.csap-999"), ("make", "test")]
    assert stage.workshop.settled == 1_700_000_000
    assert {order.epoch for order in stage.builder.orders} == {1_700_000_000}


def test_a_second_run_builds_nothing_and_writes_the_same_file(stage):
    stage.run()
    first = content_hash(stage.images())
    outcome = stage.run()
    assert not outcome.changed
    assert "built already" in outcome.sentence
    assert (len(stage.source.exported), len(stage.builder.orders)) == (1, 2)
    assert content_hash(stage.images()) == first


def test_a_lost_release_folder_is_written_again_without_a_build(stage):
    stage.run()
    first = content_hash(stage.images())
    stage.folder = ReleaseFolder(stage.tmp_path / "other")
    stage.folder.write(release(), "release.json")
    assert stage.run().changed
    assert content_hash(stage.images()) == first
    assert len(stage.source.exported) == 1


def test_what_was_read_back_after_publishing_stays(stage):
    stage.run()
    published = Published(registry="127.0.0.1:5000", tag_object="a" * 40, commit=COMMIT)
    stage.folder.write(stage.images().model_copy(update={"published": published}), "images.json")
    assert not stage.run().changed
    assert stage.images().published == published


def test_labels_say_commit_version_tag_source_and_base(stage):
    stage.run()
    labels = stage.images().images[0].labels
    prefix = "org.opencontainers.image."
    assert labels[prefix + "revision"] == COMMIT
    assert labels[prefix + "version"] == "8.9.csap-999"
    assert labels[prefix + "ref.name"] == "khan-999"
    assert labels[prefix + "created"] == "2023-11-14T22:13:20Z"
    assert labels[prefix + "base.digest"] == stage.builder.orders[0].base_digest


def test_another_base_another_commit_or_another_command_is_another_build(stage):
    stage.run()
    stage.definitions = {"sandbox-jre": definition(packages=("libc6", "zlib1g"), locked={"libc6": "2.37"})}
    stage.run()
    stage.product = build_product(command=("make", "fast"))
    stage.run()
    stage.folder.write(release(commit="d" * 40), "release.json")
    stage.run()
    assert len(stage.source.exported) == 4


def test_the_base_is_made_once_and_a_version_not_as_locked_is_said_and_kept_in_the_log(stage):
    stage.definitions = {"sandbox-jre": definition(locked={"libc6": "2.35"})}
    stage.run()
    assert len(stage.bases.made) == 1
    sentence = "base sandbox-jre: libc6 2.35 is no longer to be had, 2.36 was taken"
    assert sentence in stage.progress.said
    assert sentence in stage.folder.read_raw("build.log").decode()


def test_a_base_from_a_registry_is_fetched_by_its_digest(stage):
    stage.product = build_product(base="registry.example/jre@sha256:" + "ab" * 32)
    stage.run()
    assert stage.builder.orders[0].base_digest == "sha256:" + "ab" * 32


@pytest.mark.parametrize("base", ["openjdk:17", "registry.example/jre:latest", "sandbox-jdk", "registry.example/jre@sha256:12", "--help"])
def test_a_base_by_tag_is_refused_before_anything_is_done(stage, base):
    stage.product = build_product(base=base)
    assert "by digest" in stage.fails(Missing).message
    assert not stage.log.entries


def test_a_base_that_cannot_be_fetched_is_worth_a_retry(stage):
    stage.product = build_product(base="absent.example/jre@sha256:" + "ab" * 32)
    stage.fails(OutsideDown)


def test_a_failed_build_is_explained_in_one_sentence_with_its_lines(stage):
    stage.workshop.answers["8.9.csap-999"] = (1, ["[INFO] Building", "[ERROR] src/Main.java:[3,1] cannot find symbol"])
    error = stage.fails(Judged)
    assert error.message == "The build of 8.9.csap-999 failed: src/Main.java does not compile."
    assert "src/Main.java:[3,1]" in error.hint
    assert "컴파일" in error.hint
    failure = stage.folder.read(BuildFailure, "build-failure.json")
    assert (failure.cause, failure.step, failure.log) == ("does-not-compile", "build", "build.log")
    assert "[INFO] Building" in stage.folder.read_raw("build.log").decode()


@pytest.mark.parametrize(
    ("status", "line", "kind", "cause"),
    [
        (1, "cp: No space left on device", Missing, "disk-full"),
        (None, "[INFO] downloading", OutsideDown, "time-out"),
        (1, "something odd", Judged, "unknown"),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(stage, status, line, kind, cause):
    stage.workshop.answers["8.9.csap-999"] = (status, [line])
    assert type(stage.fails(kind)) is kind
    assert stage.folder.read(BuildFailure, "build-failure.json").cause == cause


def test_failed_tests_keep_the_images_from_being_released(stage):
    stage.workshop.answers["test"] = (1, ["[ERROR] AppTest.java failed"])
    assert stage.fails(Judged).message.startswith("The test run of 8.9.csap-999 failed")
    assert len(stage.builder.orders) == 2


def test_a_failure_of_buildah_is_explained_from_its_own_lines_only(stage):
    stage.workshop.answers["8.9.csap-999"] = (0, ["[ERROR] Noise.java in a build that went well"])
    stage.builder.fault = Judged("buildah: No space left on device")
    error = stage.fails(Missing)
    assert error.message == "The image openmaru-app of 8.9.csap-999 failed: the disk is full."


def test_success_takes_the_old_failure_away(stage):
    stage.workshop.answers["8.9.csap-999"] = (1, ["odd"])
    stage.fails()
    stage.workshop.answers.clear()
    stage.run()
    assert stage.folder.find(BuildFailure, "build-failure.json") is None


def test_an_output_that_the_build_did_not_make_is_named(stage):
    del stage.workshop.files["out.jar"]
    assert "out.jar" in stage.fails(Missing).message


def test_a_containerfile_that_is_not_there_is_named_before_the_long_build(stage):
    del stage.workshop.files["egov/Containerfile"]
    assert "egov/Containerfile" in stage.fails(Missing).message
    assert not stage.workshop.ran


def test_a_containerfile_that_builds_on_a_tag_is_refused_before_the_long_build(stage):
    stage.workshop.files["egov/Containerfile"] = "FROM openjdk:17\n"
    error = stage.fails(Missing)
    assert "egov/Containerfile of commit cccccccccccc line 1" in error.message
    assert not stage.workshop.ran


def test_too_little_disk_is_said_before_anything_is_begun(stage):
    stage.workshop.free = 100 * 1024**2
    assert "Only 0.1 GiB" in stage.fails(Missing).message
    assert not stage.source.exported


def test_without_a_release_the_step_before_is_named(stage):
    stage.folder = ReleaseFolder(stage.tmp_path / "empty")
    with pytest.raises(Missing, match="tag-release"):
        stage.run()


def test_an_unknown_place_in_a_command_lists_the_known_ones(stage):
    stage.product = build_product(command=("make", "{secret}"))
    assert "commit_time" in stage.fails(Missing).hint


@pytest.mark.parametrize("at", range(1, 6))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_effect_and_the_same_command_again_ends_in_the_same_digests(tmp_path, at, when):
    whole, killed = Stage(tmp_path / "whole"), Stage(tmp_path / "killed")
    whole.run()
    with pytest.raises(Killed):
        killed.run(**{when: killer(at)})
    assert killed.folder.find(Images, "images.json") is None
    killed.run()
    assert content_hash(killed.images()) == content_hash(whole.images())


def test_the_plan_says_what_would_be_built_and_touches_nothing(stage):
    plan = plan_images(stage.product, stage.folder, stage.tools())
    assert [image["action"] for image in plan["images"]] == ["make the base and build"] * 2
    assert plan["build"] == ["make", "8.9.csap-999"]
    assert not stage.log.entries
    stage.run()
    plan = plan_images(stage.product, stage.folder, stage.tools())
    assert [(image["action"], image["digest"]) for image in plan["images"]] == [("nothing", image.digest) for image in stage.images().images]


def test_a_product_file_that_changes_between_two_builds_orders_the_same_images_where_the_build_is_the_same(stage):
    stage.run()
    stage.product = stage.product.model_copy(update={"title": {"en": "Other", "ko": "다른"}, "clouds": ("naver",), "trusted_keys": ("other",)})
    stage.builder.known.clear()
    stage.run()
    first, second = stage.builder.orders[:2], stage.builder.orders[2:]
    assert second == first


def test_a_label_holds_no_login_of_the_source_address(stage):
    stage.product = stage.product.model_copy(update={"source": stage.product.source.model_copy(update={"url": "https://ci:secret@git.example/khan.git"})})
    stage.run()
    assert stage.images().images[0].labels["org.opencontainers.image.source"] == "https://git.example/khan.git"
    assert "secret" not in stage.folder.read_raw("images.json").decode()


def test_a_path_out_of_the_release_folder_is_malformed(stage):
    with pytest.raises(Malformed):
        stage.folder.read_raw("../secret")
