"""The page's step: every promotion and rollback of the branches with its evidence; what cannot be read is named, not hidden."""

import pytest

from fakes import proven
from fakes.promotion import World
from fakes.promotion_git import FakeRepo
from fakes.site import folder
from naru.errors import Judged
from naru.model.words import Proof, Verdict
from naru.steps.promote_all import OneCloud, promote_all
from naru.steps.site import SitePorts, read_facts, site

V1, V2 = "8.9.csap-998", "8.9.csap-999"


class Out:
    def __init__(self):
        self.files = {}

    def write_raw(self, name, data):
        self.files[name] = data


@pytest.fixture
def world():
    world = World()
    for version in (V1, V2):
        world.prove(version)
        if version == V2:
            world.clusters["ktcloud"].verdicts = [Verdict.failed]
        try:
            promote_all([OneCloud(world.ports(name, world.folders[version]), world.request(name)) for name in proven.CLOUDS])
        except Judged:
            assert version == V2
    return world


def ports(world, *folders):
    return SitePorts(config=FakeRepo(world.config), folders=lambda: folders, made="2026-11-23T06:00:00Z")


def read(world, *folders):
    return read_facts(ports(world, *folders), "khan-monitoring", {"en": "K", "ko": "K"}, proven.CLOUDS)


def test_each_commit_of_each_branch_is_read_oldest_first_with_the_evidence_it_was_promoted_by(world):
    found = read(world)
    story = [(entry.cloud, entry.record.action, entry.record.version) for entry in found.branches]
    assert story == [("naver", "promote", V1), ("naver", "promote", V2), ("ktcloud", "promote", V1), ("ktcloud", "promote", V2),
                     ("ktcloud", "rollback", V1), ("cocktail", "promote", V1)]
    assert {item.proof for item in found.branches[0].evidence} == set(Proof)
    assert found.branches[4].evidence == ()
    assert found.faults == ()


def test_the_page_and_the_answer_for_machines_are_written(world):
    out = Out()
    outcome = site(ports(world, folder(1)), "khan-monitoring", {"en": "K", "ko": "K"}, proven.CLOUDS, output=out,
                   page=lambda values: f"<p>{len(values['releases'])}")
    assert out.files["index.html"] == b"<p>3"
    assert outcome.plain["now"] == {"naver": V2, "ktcloud": V1, "cocktail": V1}
    assert "3 releases on 3 clouds." in outcome.sentence


def test_what_cannot_be_read_is_named_and_the_rest_is_shown(world):
    tip = world.config.refs["refs/heads/cloud/naver"]
    tree = world.config.objects[tip].tree
    path = f"releases/{V2}/evidence/naver.rollout.json"
    assert path in tree
    tree[path] = b"{"
    found = read(world, "broken: release.json is not valid.")
    assert len(found.faults) == 2
    assert path in found.faults[0]
    assert len(found.branches) == 6


def test_a_cloud_without_a_branch_has_no_history(world):
    del world.config.refs["refs/heads/cloud/cocktail"]
    assert {entry.cloud for entry in read(world).branches} == {"naver", "ktcloud"}
