"""Names, flags, objects and texts of the clouds of one machine."""

import json
import re

from naru.core.balancer_config import Endpoint, balanced_after, balancer_config
from naru.core.capture import picture_from
from naru.core.clusters import ClusterPlace, first_port, kind_config
from naru.core.preflight import COLD_BYTES, disk_fault, port_faults
from naru.core.requirements import PROGRAMS, Need, missing_for, program_finding
from naru.core.stage_list import main_job
from naru.core.stand_in import docker_login, hosts_file, setup_hash, stand_in_objects
from naru.model.cloud import CloudConfig
from naru.model.picture import ClusterPicture
from naru.model.sandbox import BalancedApp
from naru.model.words import Role

CLOUD = CloudConfig.model_validate({
    "name": "naver", "title": {"en": "Naver", "ko": "네이버"}, "namespace": "khan", "pod_prefix": "ncloud-",
    "registry": {"host": "registry.example"}, "proven_app": "egov",
    "apps": [
        {"name": "egov", "deployment": "egov", "service": "egov", "endpoint_port": 18083, "marker": "민원"},
        {"name": "console", "deployment": "c", "service": "c", "endpoint_port": 18081, "marker": "APM"},
    ],
    "stand_in": {
        "storage_classes": [{"name": "block", "default": True}], "node_labels": {"zone": "kr-1"},
        "secrets": [{"name": "registry-login", "type": "kubernetes.io/dockerconfigjson"}, {"name": "app", "values": {"k": "v"}}],
    },
}, strict=False)
PLACE = ClusterPlace("naver", Role.verify)
CERTIFICATES = {"ca": "CA", "cert": "CERT", "key": "KEY"}


def objects(**more):
    return stand_in_objects(PLACE, CLOUD, login="{}", volumes_per_class=2, certificates=CERTIFICATES, **more)


def named(items, kind):
    return {item["metadata"]["name"]: item for item in items if item["kind"] == kind}


def test_a_cluster_its_node_and_its_balancer_are_named_after_role_and_cloud():
    assert (PLACE.name, PLACE.node, PLACE.balancer) == ("verify-naver", "verify-naver-control-plane", "naru-lb-verify-naver")


def test_the_kind_configuration_labels_the_node_and_turns_elections_off():
    config = json.loads(kind_config(PLACE, CLOUD))
    assert config["nodes"][0]["labels"] == {"naru.dev/role": "verify", "naru.dev/cloud": "naver", "zone": "kr-1"}
    patch = {kind["kind"]: kind for kind in map(json.loads, config["kubeadmConfigPatches"])}
    arguments = patch["ClusterConfiguration"]
    assert arguments["controllerManager"]["extraArgs"]["leader-elect"] == arguments["scheduler"]["extraArgs"]["leader-elect"] == "false"
    assert patch["InitConfiguration"]["nodeRegistration"]["kubeletExtraArgs"] == {"housekeeping-interval": "5s"}


def test_ports_begin_at_the_ten_below_the_lowest_endpoint():
    assert first_port(CLOUD, Role.verify, 1000) == 18080
    assert first_port(CLOUD, Role.target, 1000) == 19080


def test_the_namespace_gets_a_pull_secret_and_the_declared_stand_in_values():
    secrets = named(objects(), "Secret")
    assert secrets["registry-login"]["type"] == "kubernetes.io/dockerconfigjson"
    assert secrets["app"]["data"] == {"k": "dg=="}
    assert all(item["metadata"]["namespace"] in {"khan", "kube-system"} for item in secrets.values())


def test_each_storage_class_has_its_local_volumes_on_the_node():
    volumes = named(objects(), "PersistentVolume")
    assert sorted(volumes) == ["block-0", "block-1"]
    assert {item["spec"]["storageClassName"] for item in volumes.values()} == {"block"}
    assert volumes["block-0"]["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]["values"] == [PLACE.node]


def test_metrics_are_served_behind_a_ca_and_never_without_verification():
    api = named(objects(), "APIService")["v1beta1.metrics.k8s.io"]
    assert api["spec"]["caBundle"] == "Q0E="
    assert "insecureSkipTLSVerify" not in api["spec"]


def test_a_picture_of_the_real_cluster_shapes_the_namespace():
    picture = ClusterPicture(cloud="naver", kubernetes_version="v1.32.8", quotas={"khan": {"pods": "20"}}, pod_security={"pod-security.kubernetes.io/enforce": "restricted"})
    shaped = objects(picture=picture)
    assert named(shaped, "Namespace")["khan"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert named(shaped, "ResourceQuota")["khan"]["spec"]["hard"] == {"pods": "20"}
    assert setup_hash(shaped, {}) != setup_hash(objects(), {})


def test_new_certificates_alone_do_not_set_a_cluster_up_again():
    other = stand_in_objects(PLACE, CLOUD, login="{}", volumes_per_class=2, certificates={"ca": "x", "cert": "y", "key": "z"})
    assert setup_hash(other, {}) == setup_hash(objects(), {})
    assert setup_hash(objects(), {"a": "b"}) != setup_hash(objects(), {})


def test_a_mirror_names_itself_as_server_so_that_nothing_falls_through():
    lines = hosts_file("naru-registry:5000").splitlines()
    assert lines[0] == 'server = "http://naru-registry:5000"'
    assert lines[2] == '[host."http://naru-registry:5000"]'


def test_a_login_is_the_same_for_every_host():
    auths = json.loads(docker_login(["a", "b"], "u", "p"))["auths"]
    assert auths["a"] == auths["b"] == {"username": "u", "password": "p", "auth": "dTpw"}


def test_a_balancer_has_a_port_for_a_missing_service_but_no_server_behind_it():
    text = balancer_config("node-1", [Endpoint("egov", 18081, 30001), Endpoint("console", 18080, None)])
    assert re.findall(r"^  server .*$", text, re.MULTILINE) == [
        "  server node node-1:30001 check inter 1s fastinter 250ms downinter 500ms fall 2 rise 1 resolvers docker resolve-prefer ipv4 init-addr libc,none"]
    assert "bind :18080" in text
    assert "  retries 0\n" in text


def test_two_checks_of_a_cloud_at_zero_end_within_three_seconds_whatever_their_phase():
    text = balancer_config("node-1", [Endpoint("egov", 18081, 30001)])
    connect = int(re.search(r"timeout connect (\d+)ms", text)[1]) / 1000
    interval = 1.0
    assert interval + connect + interval + connect + 0.2 <= 3.0


def test_a_balancer_costs_one_thread_and_logs_no_single_connection():
    lines = [line.strip() for line in balancer_config("node-1", []).splitlines()]
    assert "nbthread 1" in lines
    assert [line for line in lines if line.startswith("log ")] == ["log stdout format rfc5424 local0 notice", "log global"]


def balanced(namespace, port):
    return BalancedApp(namespace=namespace, app="a", service="a", port=port)


def test_a_balancer_leads_to_what_was_asked_and_to_what_others_asked_before_while_it_is_there():
    known = [balanced("khan", 18080), balanced("other", 18086), balanced("gone", 18087), balanced("clash", 18081)]
    asked = [balanced("khan", 18081)]
    services = {("khan", "a"), ("other", "a"), ("clash", "a")}
    assert balanced_after(known, asked, spaces={"khan", ""}, services=services) == (balanced("khan", 18081), balanced("other", 18086))


def test_too_little_disk_is_a_sentence_with_both_figures():
    fault = disk_fault(COLD_BYTES - 1, image_there=False, new_clusters=6)
    assert fault is not None
    assert "17.0 GiB free" in fault.what
    assert disk_fault(COLD_BYTES, image_there=False, new_clusters=6) is None
    assert disk_fault(2 * 1024**3, image_there=True, new_clusters=1) is None


def test_a_port_that_our_own_container_holds_is_no_fault_and_a_foreign_one_is_named():
    wanted = {18080: "the balancer", 18081: "the balancer"}
    assert port_faults(wanted, taken={18080}, owned={18080}) == []
    assert [fault.what for fault in port_faults(wanted, taken={18081, 99}, owned=set())] == ["Port 18081 on 127.0.0.1, which the balancer needs, is taken by another program"]


def test_a_missing_program_is_mended_by_the_package_manager_of_the_system():
    skopeo = next(item for item in PROGRAMS if item.name == "skopeo")
    dockerd = next(item for item in PROGRAMS if item.name == "dockerd")
    assert program_finding(skopeo, None, apt=True).mend.startswith("apt-get install")
    assert program_finding(skopeo, None, apt=False).mend == "dnf install --assumeyes skopeo"
    assert "Debian or Ubuntu agent" in program_finding(dockerd, None, apt=False).mend
    assert program_finding(skopeo, "/usr/bin/skopeo", apt=True).found


def test_what_every_command_needs_is_missing_for_each_of_them():
    git = program_finding(PROGRAMS[0], None, apt=True)
    wrk = program_finding(next(item for item in PROGRAMS if item.name == "wrk"), None, apt=True)
    assert missing_for([git, wrk], Need.build) == [git]


def test_a_picture_keeps_names_and_sizes_but_no_value_of_a_secret():
    empty = dict.fromkeys(("ingress_classes", "custom_kinds", "mutating", "limit_ranges"), ())
    hook = {"metadata": {"name": "policy"}, "webhooks": [{"name": "policy.nks", "clientConfig": {"caBundle": "SECRET"}}]}
    node = {"metadata": {"name": "n1"}, "status": {"allocatable": {"cpu": "3920m", "memory": "7Gi", "pods": "110"}, "nodeInfo": {"architecture": "amd64"}}}
    storage = {"metadata": {"name": "block", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "blk.csi.nks"}
    quota = {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "20"}}}
    namespace = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline", "team": "x"}}}
    picture = picture_from("naver", version="v1.32.8", captured_at="", namespace=namespace,
                           found={**empty, "validating": [hook], "nodes": [node], "storage_classes": [storage], "quotas": [quota]})
    assert picture.webhooks == ("policy.nks",)
    assert picture.nodes[0].cpu_millis == 3920
    assert picture.storage_classes[0].default
    assert picture.pod_security == {"pod-security.kubernetes.io/enforce": "baseline"}
    assert "SECRET" not in picture.model_dump_json()


def test_the_main_job_scales_each_cloud_by_itself_and_always_reports():
    stages = main_job(("naver", "ktcloud"), "w", ("--tag", "t"))
    assert [stage.name for stage in stages] == [
        "tag-release", "build-images", "publish-release", "patch-overlays", "verify-rollout", "verify-scaling naver",
        "verify-scaling ktcloud", "verify-failover", "promote", "report"]
    assert [stage.name for stage in stages if stage.always] == ["report"]
    assert all("--work" in stage.words for stage in stages)
