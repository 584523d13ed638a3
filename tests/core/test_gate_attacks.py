"""Checked is what ships: each attack starts from a release that passes, changes one thing, and is stopped with the right reason."""

import base64
import dataclasses
import json
from datetime import timedelta

import pytest

from fakes.proven import (
    CLOUDS,
    NOW,
    SCOPE,
    evidence,
    facts,
    files,
    images,
    key,
    overlays,
    product,
    raw_bytes,
    release,
    rendered,
    sha,
    state,
)
from naru.core.attestation import sign_payload
from naru.core.gate import judge_gate
from naru.core.gate_facts import EvidenceFiles
from naru.model.overlays import Coverage
from naru.model.words import Decision, Proof, Verdict

OTHER = "9" * 40
ROLLOUT, SCALING, FAILOVER = Proof.rollout, Proof.scaling, Proof.failover
ATTACKS = {}


def attack(*codes, clouds=("naver",)):
    """Register an attack: a function from good facts to tampered ones, and the words that must stop it."""

    def register(function):
        ATTACKS[function.__name__] = (function, set(codes), clouds)
        return function

    return register


def origin(good, **changes):
    return dataclasses.replace(good, origin=dataclasses.replace(good.origin, **changes))


def target(good, **changes):
    return dataclasses.replace(good, target=dataclasses.replace(good.target, **changes))


def swap(good, proof, item, **settings):
    return dataclasses.replace(good, evidence={**good.evidence, proof: files(item, **settings)})


def part(good, proof, **changes):
    return dataclasses.replace(good, evidence={**good.evidence, proof: dataclasses.replace(good.evidence[proof], **changes)})


def envelope_with(good, proof, change):
    """The envelope with its payload changed, its signature kept."""
    plain = json.loads(good.evidence[proof].envelope)
    statement = json.loads(base64.b64decode(plain["payload"]))
    change(statement)
    plain["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    return part(good, proof, envelope=json.dumps(plain).encode())


# -- tags, images, branches --------------------------------------------------------------------------------------


@attack("image-repointed")
def image_tag_repointed_after_the_proof(good):
    return origin(good, images={**good.origin.images, "egov": "sha256:" + "0" * 64})


@attack("image-missing")
def image_deleted_from_the_registry(good):
    return origin(good, images={"egov": good.origin.images["egov"]})


@attack("tag-moved")
def tag_moved_to_another_commit(good):
    return origin(good, tag_object=OTHER, tag_commit=OTHER)


@attack("tag-moved")
def tag_made_again_on_the_same_commit(good):
    return origin(good, tag_object=OTHER)


@attack("tag-missing")
def tag_deleted(good):
    return origin(good, tag_object=None, tag_commit=None)


@attack("candidate-moved")
def candidate_branch_moved_to_equal_bytes(good):
    return origin(good, candidate_commit=OTHER)


@attack("candidate-missing")
def candidate_branch_deleted(good):
    return origin(good, candidate_commit=None)


@attack("candidate-moved", "render-changed", "evidence-other-render", "evidence-other-applied")
def overlay_edited_after_the_proof(good):
    changed = {**rendered(), "naver": sha("edited")}
    return origin(good, candidate_commit=OTHER, rendered=changed, applied=changed)


@attack("render-changed", "evidence-other-render", "evidence-other-applied")
def base_edited_after_the_proof_so_that_every_cloud_changes(good):
    changed = {name: sha(f"edited {name}") for name in CLOUDS}
    return origin(good, rendered=changed, applied=changed)


@attack("render-changed", "evidence-other-render")
def other_kustomize_renders_other_bytes(good):
    return origin(good, rendered={**rendered(), "naver": sha("other kustomize")})


@attack("render-changed", "evidence-other-render", "evidence-other-applied")
def overlay_of_another_cloud_edited_which_failover_was_proven_with(good):
    changed = {**rendered(), "ktcloud": sha("edited")}
    return origin(good, rendered=changed, applied=changed)


@attack("render-changed")
def overlays_json_rewritten_to_the_edited_bytes(good):
    changed = {**rendered(), "naver": sha("edited")}
    return origin(dataclasses.replace(good, overlays=overlays(hashes=changed)), rendered=rendered())


@attack("evidence-other-render", "evidence-other-applied")
def overlay_and_overlays_json_edited_together(good):
    changed = {**rendered(), "naver": sha("edited")}
    return origin(dataclasses.replace(good, overlays=overlays(hashes=changed)), rendered=changed, applied=changed)


@attack("evidence-other-applied")
def substitution_slipped_in_that_was_not_proven(good):
    return origin(good, applied={**rendered(), "naver": sha("substituted")})


@attack("scope-uncovered")
def field_class_slipped_in_that_no_stand_in_exercises(good):
    added = SCOPE[1].model_copy(update={"field_class": "storage", "coverage": Coverage.absent})
    return origin(good, scope=(*SCOPE, added))


@attack("branch-rewritten")
def branch_of_the_cloud_rewritten(good):
    return target(good, missing_ancestor=OTHER)


@attack("older-than-live")
def older_release_replayed_over_a_newer_one(good):
    return target(good, newer_live="8.9.csap-1000")


# -- clusters -------------------------------------------------------------------------------------------------------


@attack("wrong-cluster")
def kubeconfig_of_another_cloud_in_place(good):
    return target(good, uid="uid-ktcloud")


@attack("wrong-cluster")
def kubeconfig_of_a_verification_cluster_in_place(good):
    return target(good, uid="uid-verify", expected_uid="uid-verify")


@attack("cluster-unknown")
def cluster_that_does_not_say_who_it_is(good):
    return target(good, uid=None)


@attack("cluster-unknown")
def cluster_that_nobody_pinned(good):
    return target(good, expected_uid=None)


# -- evidence of something else -------------------------------------------------------------------------------------


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


# -- evidence tampered with -------------------------------------------------------------------------------------------


@attack("evidence-edited")
def document_edited_beside_its_signature(good):
    text = good.evidence[ROLLOUT].document.replace(b"It was so.", b"It was better.")
    return part(good, ROLLOUT, document=text)


@attack("evidence-edited")
def failed_document_whose_verdict_was_edited(good):
    item = evidence(verdict=Verdict.failed)
    tampered = files(item).document.replace(b'"failed"', b'"passed"')
    return dataclasses.replace(good, evidence={**good.evidence, ROLLOUT: EvidenceFiles(tampered, files(item).envelope, files(item).raw)})


@attack("signature-wrong")
def signed_text_edited(good):
    return envelope_with(good, ROLLOUT, lambda statement: statement["predicate"]["summary"].update({"rto_seconds": 0.1}))


@attack("signature-wrong")
def signed_again_with_another_key(good):
    return swap(good, ROLLOUT, evidence(), signer="thief")


@attack("signature-wrong")
def signature_of_another_file_put_on(good):
    plain = json.loads(good.evidence[ROLLOUT].envelope)
    plain["signatures"] = json.loads(good.evidence[SCALING].envelope)["signatures"]
    return part(good, ROLLOUT, envelope=json.dumps(plain).encode())


@attack("signature-wrong")
def signatures_taken_off(good):
    plain = json.loads(good.evidence[ROLLOUT].envelope)
    return part(good, ROLLOUT, envelope=json.dumps({**plain, "signatures": []}).encode())


@attack("signature-wrong")
def key_of_the_candidate_instead_of_the_installed_one(good):
    return swap(good, ROLLOUT, evidence(), signer="candidate")


@attack("evidence-unreadable")
def approval_in_place_of_evidence(good):
    """A trusted key signed it, but as something else."""
    return part(good, ROLLOUT, envelope=sign_payload("application/vnd.naru.state+json", b"{}", key("robot")))


@attack("evidence-unsigned")
def envelope_removed(good):
    return part(good, ROLLOUT, envelope=None)


@attack("evidence-unreadable")
def envelope_emptied(good):
    return part(good, ROLLOUT, envelope=b"")


@attack("evidence-empty")
def document_emptied(good):
    return part(good, ROLLOUT, document=b"")


@attack("evidence-unreadable")
def document_cut_in_the_middle(good):
    return part(good, ROLLOUT, document=good.evidence[ROLLOUT].document[:200])


@attack("evidence-missing")
def evidence_removed(good):
    return dataclasses.replace(good, evidence={**good.evidence, FAILOVER: EvidenceFiles(None, None)})


@attack("evidence-empty")
def evidence_without_checks(good):
    return swap(good, ROLLOUT, evidence().model_copy(update={"checks": ()}))


@attack("evidence-empty")
def evidence_without_raw_samples(good):
    return swap(good, ROLLOUT, evidence().model_copy(update={"raw": ()}))


@attack("raw-missing")
def raw_samples_removed(good):
    return part(good, ROLLOUT, raw={})


@attack("raw-edited")
def raw_samples_edited(good):
    return part(good, ROLLOUT, raw={path: data[:-1] + b"x" for path, data in good.evidence[ROLLOUT].raw.items()})


@attack("raw-edited")
def raw_samples_cut(good):
    return part(good, ROLLOUT, raw={path: data[:-1] for path, data in good.evidence[ROLLOUT].raw.items()})


@attack("rejudged-differently")
def signed_verdict_that_its_own_samples_do_not_bear_out(good):
    """Whoever holds the key still cannot call failed samples a pass."""
    bad = raw_bytes("failed")
    return swap(good, ROLLOUT, evidence(raw=bad), raw=bad)


@attack("proof-failed", "rejudged-differently")
def signed_failure_over_passing_samples(good):
    return swap(good, ROLLOUT, evidence(verdict=Verdict.failed))


@attack("proof-inconclusive")
def inconclusive_proof_taken_for_a_pass(good):
    unsure = raw_bytes("inconclusive")
    return swap(good, ROLLOUT, evidence(raw=unsure, verdict=Verdict.inconclusive), raw=unsure)


# -- records ------------------------------------------------------------------------------------------------------------


@attack("record-wrong", "image-repointed", "evidence-other-images")
def images_json_of_another_release(good):
    return dataclasses.replace(good, images=images("8.9.csap-998"))


@attack("record-wrong")
def images_json_built_from_another_commit(good):
    return dataclasses.replace(good, images=images(commit=OTHER))


@attack("record-wrong", "evidence-other-images")
def image_added_to_the_release(good):
    more = good.images.images[0].model_copy(update={"name": "miner"})
    changed = good.images.model_copy(update={"images": (*good.images.images, more)})
    return origin(dataclasses.replace(good, images=changed), images={**good.origin.images, "miner": more.digest})


@attack("record-wrong")
def overlays_json_of_another_release(good):
    return dataclasses.replace(good, overlays=overlays("8.9.csap-998", hashes=rendered()))


@attack("record-wrong", "evidence-other-product")
def release_json_of_another_product(good):
    return dataclasses.replace(good, release=release(product="another"))


@attack("line-unknown")
def line_that_the_installed_product_does_not_have(good):
    return dataclasses.replace(good, release=release(line="9.9"))


@attack("cloud-unknown")
def cloud_taken_out_of_the_installed_product(good):
    return dataclasses.replace(good, product=product(clouds=("ktcloud",)))


@attack("approvals-missing")
def line_that_is_unknown_does_not_escape_approvals(good):
    return dataclasses.replace(good, product=product(approvals={"csap": 2}), release=release(line="8.9.csap"), state=state())


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
