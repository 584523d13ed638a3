"""Taking over fields: only owners change, and what the release does not name stays where it was."""

from hypothesis import given, settings
from hypothesis import strategies as st

from naru.core.field_owners import common, fields_of, other_owners, paths, taken_over, without

KUBECTL = {"manager": "kubectl-client-side-apply", "operation": "Update", "fieldsV1": {
    "f:metadata": {"f:annotations": {".": {}, "f:note": {}}, "f:labels": {".": {}, "f:app": {}}},
    "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {'k:{"name":"app"}': {".": {}, "f:image": {}, "f:name": {}}}}}}}}
STATUS = {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {"f:replicas": {}}}}
SCALE = {"manager": "kube-controller-manager", "operation": "Update", "subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
OURS = {"manager": "naru", "operation": "Apply", "fieldsV1": {
    "f:metadata": {"f:labels": {"f:app": {}}},
    "f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"app"}': {".": {}, "f:image": {}, "f:name": {}}}}}}}}


def test_replicas_and_notes_that_the_release_does_not_name_stay_with_their_owner():
    after, _ = taken_over([KUBECTL, STATUS], OURS)
    left = next(entry for entry in after if entry["manager"] == "kubectl-client-side-apply")["fieldsV1"]
    assert sorted(paths(left)) == [".metadata.annotations.note", ".metadata.labels", ".spec.replicas"]


def test_what_changes_hands_is_listed_with_its_owner():
    _, taken = taken_over([KUBECTL], OURS)
    assert [item.field for item in taken] == [
        ".metadata.labels.app", '.spec.template.spec.containers[{"name":"app"}].image', '.spec.template.spec.containers[{"name":"app"}].name']
    assert {item.owner for item in taken} == {"kubectl-client-side-apply"}


def test_status_and_scale_are_left_to_the_controllers():
    ours = {**OURS, "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    after, taken = taken_over([STATUS, SCALE], ours)
    assert after == [STATUS, SCALE, ours]
    assert taken == []


def test_taking_over_twice_changes_nothing_more():
    once, _ = taken_over([KUBECTL, STATUS], OURS)
    twice, taken = taken_over(once, OURS)
    assert (twice, taken) == (once, [])
    assert fields_of(twice) == OURS["fieldsV1"]


def test_an_owner_with_nothing_left_is_gone():
    after, _ = taken_over([{**KUBECTL, "fieldsV1": OURS["fieldsV1"]}], OURS)
    assert other_owners(after) == []


FIELDS = st.recursive(st.just({}), lambda below: st.dictionaries(st.sampled_from(["f:a", "f:b", "f:c", "k:x"]), below, max_size=3), max_leaves=8)


@settings(max_examples=60, deadline=None)
@given(FIELDS, FIELDS)
def test_no_field_is_lost_or_owned_twice(theirs, ours):
    leaves = {path for path in paths(theirs) if theirs}
    kept, shared = set(paths(without(theirs, ours))), set(paths(common(theirs, ours)))
    assert kept <= leaves
    assert not kept & shared
    covered = {path for path in leaves if path in kept or any(path == s or path.startswith((f"{s}.", f"{s}[")) for s in shared)}
    assert covered == leaves
