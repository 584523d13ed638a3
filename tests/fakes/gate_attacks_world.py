"""Attacks on what the gate reads from Git, the registries and the clusters, and on the records of the release folder."""

import dataclasses

from fakes.gate_attacks import OTHER, Attacks, origin, target
from fakes.proven import CLOUDS, SCOPE, images, overlays, product, release, rendered, sha, state
from naru.model.overlays import Coverage

attack = ATTACKS = Attacks()


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
