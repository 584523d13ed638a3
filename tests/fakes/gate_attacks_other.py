"""Evidence that is true, but of something else: another cloud, proof, version, image, limit or time."""

import dataclasses
from datetime import timedelta

from fakes.gate_attacks import OTHER, Attacks, swap
from fakes.proven import CLOUDS, NOW, evidence, rendered
from naru.model.words import Proof

ROLLOUT, SCALING, FAILOVER = Proof.rollout, Proof.scaling, Proof.failover
attack = ATTACKS = Attacks()


@attack("evidence-other-cloud", "evidence-other-render", "evidence-other-applied")
def evidence_of_another_cloud(good):
    return swap(good, ROLLOUT, evidence(ROLLOUT, "ktcloud"))


@attack("evidence-other-proof", "evidence-other-limits")
def scaling_evidence_in_place_of_rollout(good):
    item = evidence(SCALING)
    return swap(dataclasses.replace(good, limits={**good.limits, ROLLOUT: {"lost_requests": 0}}), ROLLOUT, item)


@attack("evidence-other-proof", "evidence-other-cloud")
def failover_evidence_in_place_of_scaling(good):
    return swap(good, SCALING, evidence(FAILOVER))


@attack("evidence-other-version", "evidence-other-images", "evidence-other-render", "evidence-other-applied")
def evidence_of_another_version(good):
    return swap(good, ROLLOUT, evidence(version="8.9.csap-998"))


@attack("evidence-other-version")
def evidence_of_another_line_with_equal_bytes(good):
    return swap(good, SCALING, evidence(SCALING, hashes=rendered()).model_copy(update={
        "subject": evidence(SCALING).subject.model_copy(update={"version": "8.9-999"})}))


@attack("evidence-other-commit")
def evidence_of_another_commit(good):
    return swap(good, FAILOVER, evidence(FAILOVER, commit=OTHER))


@attack("evidence-other-product")
def evidence_of_another_product(good):
    return swap(good, ROLLOUT, evidence(product="another"))


@attack("evidence-other-images")
def evidence_of_another_digest(good):
    return swap(good, ROLLOUT, evidence(images={"openmaru-app": "sha256:" + "1" * 64, "egov": good.images.images[1].digest}))


@attack("evidence-other-images")
def evidence_that_leaves_one_image_out(good):
    return swap(good, ROLLOUT, evidence(images={"egov": good.images.images[1].digest}))


@attack("evidence-other-render", "evidence-other-applied")
def failover_evidence_of_two_clouds_only(good):
    two = {name: rendered()[name] for name in CLOUDS[:2]}
    return swap(good, FAILOVER, evidence(FAILOVER, hashes=two))


@attack("evidence-other-limits")
def limits_loosened_for_the_proof(good):
    loose = evidence().model_copy(update={"limits": {**evidence().limits, "deadline_seconds": 9000.0}})
    return swap(good, ROLLOUT, loose)


@attack("evidence-other-limits")
def limits_tightened_in_cloud_yaml_after_the_proof(good):
    return dataclasses.replace(good, limits={**good.limits, SCALING: {"deadline_seconds": 180.0, "nested": {"one": 0}}})


@attack("evidence-other-limits")
def limit_left_out_of_the_proof(good):
    return swap(good, ROLLOUT, evidence().model_copy(update={"limits": {"deadline_seconds": 180.0, "nested": {}}}))


@attack("evidence-expired")
def evidence_that_has_expired(good):
    return swap(good, SCALING, evidence(SCALING, finished=NOW - timedelta(hours=25)))


@attack("evidence-from-future")
def evidence_dated_ahead_to_live_longer(good):
    return swap(good, SCALING, evidence(SCALING, finished=NOW + timedelta(days=30)))
