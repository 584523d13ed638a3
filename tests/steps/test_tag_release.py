"""Stage tag_release on an in-memory Git: one commit, one tag object, notes, and what stops it."""

import pytest

from fakes.git import FakeRemote, FakeRepo
from fakes.khan import product
from naru.core.release_names import names_from_parameters, names_from_tag
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Conflict, Malformed, Missing, OutsideDown
from naru.model.release import Release
from naru.steps.tag_release import TagRequest, plan_release, tag_release

PRODUCT = product()
TAG = "khan-monitoring-5-git-999-ape-5.2.0-8.9.csap"
OLD = "khan-monitoring-5-git-998-ape-5.2.0-8.9.csap"


class World:
    """master: c0 (tagged 998) - c1 - c2; release/8.8: c0 - m1; feature: c1 - f1."""

    def __init__(self, tmp_path):
        self.remote = FakeRemote()
        self.tmp_path = tmp_path
        repo = FakeRepo(self.remote)
        self.c0 = repo.write_commit((), {"pom.xml": b"0"}, "KAPM-1 begin", when=1000)
        self.c1 = repo.write_commit((self.c0,), {"pom.xml": b"1"}, "KAPM-2 more", when=2000)
        self.c2 = repo.write_commit((self.c1,), {"pom.xml": b"2"}, "KAPM-3 most", when=3000)
        self.m1 = repo.write_commit((self.c0,), {"pom.xml": b"m"}, "KAPM-4 fix", when=2500)
        self.f1 = repo.write_commit((self.c1,), {"pom.xml": b"f"}, "KAPM-5 feature", when=2600)
        self.remote.refs |= {
            "refs/heads/master": self.c2, "refs/heads/release/8.8": self.m1, "refs/heads/feature": self.f1, f"refs/tags/{OLD}": self.c0,
        }

    def repo(self):
        return FakeRepo(self.remote)

    def run(self, *, line="8.9.csap", number="999", commit="", tag="", work="work"):
        names = names_from_tag(PRODUCT, tag) if tag else names_from_parameters(PRODUCT, {"KHAN_RELEASE": line, "BUG_FIX_VERSION": number})
        folder = ReleaseFolder(self.tmp_path / work)
        outcome = tag_release(TagRequest(PRODUCT, names, commit, bool(tag)), self.repo(), folder)
        return outcome, folder.read(Release, "release.json")


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_the_tip_of_the_branch_is_tagged_with_notes_since_the_previous_release(world):
    outcome, release = world.run()
    assert outcome.changed
    assert (release.tag, release.commit, release.commit_time) == (TAG, world.c2, 3000)
    assert release.previous.tag == OLD
    assert [note.subject for note in release.notes] == ["KAPM-3 most", "KAPM-2 more"]
    assert release.notes[0].links == ("https://issues.example.com/KAPM-3",)
    assert "KAPM-3" in (world.tmp_path / "work" / "notes.md").read_text()


def test_nothing_is_pushed_by_this_stage(world):
    before = dict(world.remote.refs)
    world.run()
    assert world.remote.refs == before


def test_a_second_run_has_nothing_to_do(world):
    first = world.run()[1]
    outcome, second = world.run()
    assert not outcome.changed
    assert outcome.sentence.startswith("Nothing to do")
    assert second == first


def test_two_folders_get_the_same_tag_object(world):
    assert world.run(work="a")[1] == world.run(work="b")[1]


def test_a_release_that_was_begun_stays_on_its_commit_when_the_branch_goes_on(world):
    world.run()
    world.remote.refs["refs/heads/master"] = world.repo().write_commit((world.c2,), {"pom.xml": b"3"}, "KAPM-9 late", when=4000)
    outcome, release = world.run()
    assert (outcome.changed, release.commit) == (False, world.c2)
    assert "gone on since" in outcome.sentence


def test_a_hotfix_on_an_older_commit_is_tagged_there(world):
    release = world.run(commit=world.c1[:12])[1]
    assert release.commit == world.c1
    assert [note.subject for note in release.notes] == ["KAPM-2 more"]


def test_a_hotfix_on_a_maintenance_branch_is_allowed_and_a_line_may_have_one_of_its_own(world):
    assert world.run(commit=world.m1, work="a")[1].commit == world.m1
    assert world.run(line="8.8.4", work="b")[1].commit == world.m1


def test_a_commit_that_is_not_on_the_branch_is_refused(world):
    with pytest.raises(Missing, match="not on the branch master"):
        world.run(commit=world.f1)
    assert not (world.tmp_path / "work").exists()


@pytest.mark.parametrize("commit", ["HEAD", "master", "--all", "$(id)", "ABCDEF", "abc", "g" * 12, "1" * 41, "a;b"])
def test_a_commit_that_is_no_object_id_is_malformed(world, commit):
    with pytest.raises(Malformed):
        world.run(commit=commit)


def test_a_commit_that_nobody_pushed_is_unknown(world):
    with pytest.raises(Missing, match="has no"):
        world.run(commit="0123456789ab")


def test_a_tag_that_is_out_rules_and_is_taken_as_it_is(world):
    repo = world.repo()
    pushed = repo.make_tag(TAG, world.c1, "by hand", when=1)
    world.remote.refs[f"refs/tags/{TAG}"] = pushed
    release = world.run()[1]
    assert (release.tag_object, release.commit) == (pushed, world.c1)


def test_a_lightweight_tag_that_a_person_pushed_is_accepted(world):
    world.remote.refs[f"refs/tags/{TAG}"] = world.c1
    outcome, release = world.run(tag=TAG)
    assert (release.tag_object, release.commit, release.parameters["BUG_FIX_VERSION"]) == (world.c1, world.c1, "999")
    assert "gone on since" in outcome.sentence


def test_a_tag_on_another_commit_than_the_one_asked_for_stops_and_is_not_moved(world):
    world.remote.refs[f"refs/tags/{TAG}"] = world.c1
    with pytest.raises(Conflict, match="never moved") as stop:
        world.run(commit=world.c2)
    assert stop.value.found == world.c1
    assert world.remote.refs[f"refs/tags/{TAG}"] == world.c1


def test_a_pushed_tag_that_is_not_there_is_missing(world):
    with pytest.raises(Missing, match="Push it first"):
        world.run(tag=TAG)


def test_a_pushed_tag_off_the_branch_is_refused(world):
    world.remote.refs[f"refs/tags/{TAG}"] = world.f1
    with pytest.raises(Missing, match="not on the branch"):
        world.run(tag=TAG)


def test_a_tag_that_leads_to_no_commit_is_refused(world):
    world.remote.refs[f"refs/tags/{TAG}"] = "d" * 40
    with pytest.raises(Missing, match="does not lead to a commit"):
        world.run()


def test_an_empty_repository_is_told_as_empty(world):
    world.remote.refs.clear()
    with pytest.raises(Missing, match="is empty"):
        world.run()


def test_a_branch_that_is_not_there_is_named(world):
    del world.remote.refs["refs/heads/master"]
    with pytest.raises(Missing, match="no branch master"):
        world.run()


def test_a_repository_that_does_not_answer_leaves_nothing_behind(world):
    def down():
        raise OutsideDown("no answer")

    world.remote.before_read = down
    with pytest.raises(OutsideDown):
        world.run()
    assert not (world.tmp_path / "work").exists()


def test_a_folder_of_another_release_is_not_overwritten(world):
    world.run()
    with pytest.raises(Missing, match=r"belongs to khan 8\.9\.csap-999"):
        world.run(number="1000")


def test_another_commit_may_be_asked_for_as_long_as_the_tag_is_not_out(world):
    world.run()
    outcome, release = world.run(commit=world.c1)
    assert (outcome.changed, release.commit) == (True, world.c1)


def test_a_plan_writes_no_file(world):
    names = names_from_parameters(PRODUCT, {"KHAN_RELEASE": "8.9.csap", "BUG_FIX_VERSION": "999"})
    planned = plan_release(TagRequest(PRODUCT, names), world.repo(), ReleaseFolder(world.tmp_path / "work"))
    assert not (world.tmp_path / "work").exists()
    assert planned == world.run()[1]


def test_more_commits_than_are_listed_are_counted(world):
    repo, tip = world.repo(), world.m1
    for number in range(60):
        tip = repo.write_commit((tip,), {"n": b"%d" % number}, f"c{number}", when=4000 + number)
    world.remote.refs["refs/heads/release/8.8"] = tip
    release = world.run(line="8.8.4")[1]
    assert (len(release.notes), release.notes_omitted) == (50, 12)
