"""Flags of the two timing profiles in a node's own files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from naru.core.cluster_timing import (
    CONTROLLER_FLAGS,
    CONTROLLER_MANIFEST,
    HOUSEKEEPING_SECONDS,
    KUBELET_FLAGS_FILE,
    METRICS_FLAGS,
    housekeeping_of,
    profile_of,
    with_flags,
    with_housekeeping,
)
from naru.model.words import Profile

MANIFEST = "spec:\n  containers:\n  - command:\n    - kube-controller-manager\n    - --leader-elect=false\n    - --use-service-account-credentials=true\n"
KUBELET = 'KUBELET_KUBEADM_ARGS="--node-ip=172.30.0.5 --provider-id=kind://docker/verify-naver/verify-naver-control-plane"\n'


def node(profile, *, sampled=None, manifest=MANIFEST):
    """The files of a node with the flags of a profile, `sampled` as another one's kubelet."""
    return {
        CONTROLLER_MANIFEST: with_flags(manifest, CONTROLLER_FLAGS[profile]),
        KUBELET_FLAGS_FILE: with_housekeeping(KUBELET, HOUSEKEEPING_SECONDS[sampled or profile]),
    }


@pytest.mark.parametrize("profile", list(Profile))
def test_flags_of_a_profile_are_set_in_place_and_found_again(profile):
    files = node(profile)
    assert profile_of(files) is profile
    assert with_flags(files[CONTROLLER_MANIFEST], CONTROLLER_FLAGS[profile]) == files[CONTROLLER_MANIFEST]
    assert with_housekeeping(files[KUBELET_FLAGS_FILE], HOUSEKEEPING_SECONDS[profile]) == files[KUBELET_FLAGS_FILE]
    assert YAML(typ="safe").load(files[CONTROLLER_MANIFEST])["spec"]["containers"][0]["command"][0] == "kube-controller-manager"


def test_a_switch_there_and_back_changes_nothing():
    fast = node(Profile.fast)
    there = with_flags(fast[CONTROLLER_MANIFEST], CONTROLLER_FLAGS[Profile.production])
    assert with_flags(there, CONTROLLER_FLAGS[Profile.fast]) == fast[CONTROLLER_MANIFEST]
    assert with_housekeeping(with_housekeeping(fast[KUBELET_FLAGS_FILE], 10), 5) == fast[KUBELET_FLAGS_FILE]


@pytest.mark.parametrize("files", [
    {}, {CONTROLLER_MANIFEST: MANIFEST, KUBELET_FLAGS_FILE: KUBELET}, node(Profile.fast, sampled=Profile.production),
    node(Profile.production, sampled=Profile.fast),
])
def test_a_node_with_flags_of_no_profile_or_of_both_has_none(files):
    assert profile_of(files) is None


def test_a_kubelet_without_the_flag_samples_as_kubernetes_does():
    assert housekeeping_of(KUBELET) == housekeeping_of("") == 10
    assert profile_of({**node(Profile.production), KUBELET_FLAGS_FILE: KUBELET}) is Profile.production


@given(st.integers(1, 600), st.integers(1, 600), st.sampled_from([KUBELET, 'KUBELET_KUBEADM_ARGS=""\n']))
def test_a_sampling_interval_that_was_set_is_read_back_and_every_other_flag_stays(first, then, flags):
    once = with_housekeeping(flags, first)
    assert housekeeping_of(once) == first
    again = with_housekeeping(once, then)
    assert housekeeping_of(again) == then
    assert again.replace(f"--housekeeping-interval={then}s ", "") == flags


def test_both_profiles_set_the_same_flags_and_metrics_never_below_what_the_server_bears():
    assert CONTROLLER_FLAGS[Profile.fast].keys() == CONTROLLER_FLAGS[Profile.production].keys()
    for flags in METRICS_FLAGS.values():
        resolution, timeout = (int(flags[name].removesuffix("s")) for name in ("metric-resolution", "kubelet-request-timeout"))
        assert resolution >= 10
        assert resolution > timeout
