"""Clouds that are broken for real: each test asserts the breakage first, then that the next `up` heals it."""

import json
import subprocess

import pytest
from pytest_kind import KindCluster as PytestKind

from naru.commands.clouds_capture import capture
from naru.commands.clouds_profile import switch
from naru.commands.clouds_status import cluster_rows
from naru.commands.clouds_up import up
from naru.edge.console import Console
from naru.edge.docker import Docker
from naru.edge.state_dir import StateDir
from naru.errors import NaruError
from naru.model.words import Profile
from naru.wiring import clouds as wiring
from naru.wiring.base import CLONE

NODE = "verify-cocktail-control-plane"
QUIET = Console(quiet=True)


@pytest.fixture
def docker():
    return Docker()


def kubectl(name, *words):
    return wiring.kind_cluster(name).kubectl(*words)


def test_up_again_changes_nothing_and_says_so(capsys):
    assert up([], None, QUIET) == []


def kubelet_words(docker):
    """The command line of the kubelet that runs on the node."""
    return docker.exec(NODE, ["/bin/sh", "-c", "tr '\\0' '\\n' < /proc/$(pidof kubelet)/cmdline"]).stdout.split()


def controller_words():
    path = "jsonpath={.items[0].spec.containers[0].command}"
    return kubectl("verify-cocktail", "--namespace=kube-system", "get", "pods", "--selector=component=kube-controller-manager", "--output", path)


def test_a_switch_of_the_timing_profile_reaches_the_running_programs_and_is_undone_by_the_other(docker):
    state, before = StateDir.from_environment(), kubelet_words(docker)
    assert "--housekeeping-interval=5s" in before
    try:
        assert switch(Profile.production, ["cocktail"], state) == ["verify-cocktail"]
        assert "--housekeeping-interval=10s" in kubelet_words(docker)
        assert "--horizontal-pod-autoscaler-sync-period=15s" in controller_words()
        assert switch(Profile.production, ["cocktail"], state) == []
    finally:
        switch(Profile.fast, ["cocktail"], state)
    assert kubelet_words(docker) == before
    assert "--horizontal-pod-autoscaler-sync-period=2s" in controller_words()


def test_status_shows_every_cluster_ready_with_metrics_and_endpoints():
    rows = cluster_rows(StateDir.from_environment())
    assert len(rows) == 6
    assert all(row["ready"] and row["metrics"] and row["endpoints"] for row in rows), rows


@pytest.mark.parametrize("name", [f"{role}-{cloud}" for role in ("verify", "target") for cloud in ("naver", "ktcloud", "cocktail")])
def test_kubectl_top_answers_on_every_cluster(name):
    assert f"{name}-control-plane" in kubectl(name, "top", "nodes")


def test_pytest_kind_finds_the_cluster_with_the_local_programs(tmp_path):
    cluster = PytestKind(
        "verify-naver", kubeconfig=StateDir.from_environment().folder("kubeconfigs") / "verify-naver.yaml",
        kind_path=wiring.kind_program(), kubectl_path=CLONE / ".venv" / "bin" / "kubectl",
    )
    nodes = json.loads(cluster.kubectl("get", "nodes", "--output", "json"))
    assert nodes["items"][0]["metadata"]["labels"]["naru.dev/cloud"] == "naver"


def test_a_deleted_node_is_made_again(docker):
    docker.remove(NODE)
    assert docker.inspect(NODE) is None
    assert "verify-cocktail: made" in up(["cocktail"], None, QUIET)
    assert "verify-cocktail-control-plane" in kubectl("verify-cocktail", "top", "nodes")


def test_a_stopped_node_is_started_with_its_objects_kept(docker):
    uid = kubectl("verify-cocktail", "get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}")
    docker.stop(NODE)
    assert wiring.kind_cluster("verify-cocktail").state() == "stopped"
    assert "verify-cocktail: started" in up(["cocktail"], None, QUIET)
    assert kubectl("verify-cocktail", "get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}") == uid


def test_a_frozen_node_goes_on(docker):
    docker.pause(NODE)
    assert wiring.kind_cluster("verify-cocktail").state() == "paused"
    assert "verify-cocktail: started" in up(["cocktail"], None, QUIET)


def test_a_cluster_that_was_cut_off_while_it_was_made_is_made_again(docker):
    docker.exec(NODE, ["rm", "/kind/naru-made"])
    assert wiring.kind_cluster("verify-cocktail").state() == "half-made"
    assert "verify-cocktail: made" in up(["cocktail"], None, QUIET)


def test_files_of_a_node_are_read_in_one_go_whatever_is_in_them(docker):
    cluster = wiring.kind_cluster("verify-cocktail")
    cluster.write_files({"/kind/of lines": "나루\n\nlast, without an end", "/kind/empty": ""})
    files = cluster.read_files("/kind/of lines", "/kind/not there", "/kind/empty")
    assert files == {"/kind/of lines": "나루\n\nlast, without an end", "/kind/empty": ""}
    state, seen = cluster.look("/kind/not there", "/kind/of lines")
    assert (state, seen) == ("running", {"/kind/not there": "", "/kind/of lines": files["/kind/of lines"]})
    docker.exec(NODE, ["rm", "/kind/of lines", "/kind/empty"])


def test_a_second_up_at_the_same_time_says_who_works():
    with StateDir.from_environment().lock("clouds", doing="clouds up"), pytest.raises(NaruError, match=r"clouds up \(process \d+\) holds the lock"):
        up([], None, QUIET)


def test_nothing_leaves_the_network_of_a_cluster(docker):
    # The gate counts what it stops: a packet to an address outside must be refused at once and counted.
    probe = ["bash", "-c", "exec 3<>/dev/tcp/192.0.2.10/80"]
    before = refused(docker)
    assert not docker.exec(NODE, probe, timeout=20, check=False).ok
    assert refused(docker) > before
    assert docker.exec(NODE, ["bash", "-c", "exec 3<>/dev/tcp/naru-registry/5000"], timeout=20, check=False).ok


def refused(docker):
    table = docker.exec(NODE, ["iptables", "-nvxL", "NARU-OUTPUT"]).stdout
    return sum(int(line.split()[0]) for line in table.splitlines() if "REJECT" in line)


def test_capture_reads_a_cluster_and_writes_its_picture(tmp_path, monkeypatch):
    monkeypatch.setattr("naru.commands.clouds_capture.CLONE", tmp_path)
    before = kubectl("target-naver", "get", "namespaces,storageclasses", "--output=jsonpath={.items[*].metadata.resourceVersion}")
    picture, path = capture("naver", StateDir.from_environment())
    assert [item["name"] for item in picture["storage_classes"]] == ["nks-block-storage"]
    assert json.loads((tmp_path / path).read_text())["kubernetes_version"].startswith("v1.34")
    assert kubectl("target-naver", "get", "namespaces,storageclasses", "--output=jsonpath={.items[*].metadata.resourceVersion}") == before


def test_what_a_registry_holds_outlives_its_container(docker):
    sandbox = wiring.load_sandbox()
    data = StateDir.from_environment().folder("registry-data", sandbox.release_registry.container)
    found = docker.inspect(sandbox.release_registry.container)
    assert {"/var/lib/docker-registry": str(data)}.items() <= {mount["Destination"]: mount["Source"] for mount in found["Mounts"]}.items()


def test_the_target_registries_ask_for_a_login_and_the_release_registry_does_not():
    sandbox = wiring.load_sandbox()

    def answer(port):
        argv = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", f"http://127.0.0.1:{port}/v2/"]
        return subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False).stdout

    assert answer(sandbox.release_registry.port) == "200"
    assert {answer(place.port) for place in sandbox.target_registries.values()} == {"401"}
