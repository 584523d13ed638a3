"""Checked is what ships: each attack starts from a release that passes, changes one thing, and is stopped with the right reason."""

import dataclasses

import pytest

from fakes import gate_attacks_other, gate_attacks_tampered, gate_attacks_world
from fakes.gate_attacks import origin
from fakes.proven import evidence, facts, files
from naru.core.gate import judge_gate
from naru.model.words import Decision, Proof

ATTACKS = {**gate_attacks_world.ATTACKS, **gate_attacks_other.ATTACKS, **gate_attacks_tampered.ATTACKS}


def test_there_are_at_least_thirty_attacks():
    assert len(ATTACKS) >= 30


@pytest.mark.parametrize("name", list(ATTACKS))
def test_the_untampered_release_passes_and_the_attack_is_stopped(name):
    change, codes, clouds = ATTACKS[name]
    for cloud in clouds:
        good = facts(cloud)
        assert judge_gate(good).decision is Decision.promote, "the untampered release must pass, else the attack shows nothing"
        answer = judge_gate(change(good))
        assert answer.decision is Decision.hold
        assert answer.codes() == codes


def test_unsigned_raw_samples_are_never_opened():
    def explode(*_):
        raise AssertionError("the judge was given what nobody signed")

    good = facts(judges=dict.fromkeys(Proof, explode))
    thief = dataclasses.replace(good, evidence={proof: files(evidence(proof), signer="thief") for proof in Proof})
    assert judge_gate(thief).codes() == {"signature-wrong"}


@pytest.mark.parametrize("names", [("openmaru-app", "egov", "egov"), ("openmaru-app", "miner")])
def test_images_json_must_hold_exactly_the_images_of_the_installed_product(names):
    good = facts()
    known = {image.name: image for image in good.images.images}
    listed = tuple(known.get(name, good.images.images[0]).model_copy(update={"name": name}) for name in names)
    changed = dataclasses.replace(good, images=good.images.model_copy(update={"images": listed}))
    changed = origin(changed, images={image.name: image.digest for image in listed})
    assert "record-wrong" in judge_gate(changed).codes()
