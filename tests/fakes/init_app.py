"""Somebody else's application for `init`: the manifests of tests/cases/init, requests, and objects as a cluster answers them."""

import copy
from pathlib import Path

from naru.core.init_found import check_objects, found_in, read_manifests
from naru.core.init_plan import plan_init
from naru.core.init_request import InitRequest, checked, clouds_from
from naru.core.safe_yaml import load_plain
from naru.edge.manifest_schemas import ManifestSchemas

CASES = Path(__file__).resolve().parents[1] / "cases" / "init"
VERSION = "v1.34.4"
SECRET = "never-in-git-4711"


def guestbook_files():
    """The guest book's manifests: path → bytes."""
    folder = CASES / "guestbook" / "manifests"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}


def request(*clouds, **more):
    return checked(InitRequest(name=more.pop("name", "guestbook"), clouds=clouds_from(clouds or ("naver=registry.example.com", "ktcloud")), **more))


def found(files):
    """Files (path → text or bytes) through reading, checking and sorting out."""
    sources = read_manifests({path: data if isinstance(data, bytes) else data.encode() for path, data in files.items()})
    check_objects(sources, ManifestSchemas().check, VERSION)
    return found_in(sources)


def plan(files=None, others=(), **more):
    return plan_init(request(**more), found(files or guestbook_files()), others)


def plain(plan_, path):
    """One written file as plain values."""
    return load_plain(plan_.files[path], path)


def deployment(name="shop", image="registry.example.com/team/shop:1.0", *, replicas=2, container=None, **spec):
    labels = {"app": name}
    body = {"name": "web", "image": image, "ports": [{"containerPort": 8080}], **(container or {})}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [body], **spec}}}}


def service(name="shop", app="shop", **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"selector": {"app": app}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}], **spec}}


def autoscaler(name="shop", kind="Deployment"):
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": name}, "minReplicas": 2, "maxReplicas": 6}}


def as_served(obj, namespace="shop"):
    """The object as an API server would answer it: with everything that the server adds."""
    obj = copy.deepcopy(obj)
    obj["metadata"] |= {
        "namespace": namespace, "uid": "6d3c", "resourceVersion": "812", "generation": 3, "creationTimestamp": "2026-11-20T08:00:00Z",
        "managedFields": [{"manager": "kubectl", "operation": "Apply"}],
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": f'{{"was": "{SECRET}"}}', "deployment.kubernetes.io/revision": "3"},
    }
    obj["status"] = {"observedGeneration": 3}
    if obj["kind"] == "Service":
        obj["spec"] |= {"clusterIP": "10.96.3.4", "clusterIPs": ["10.96.3.4"], "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
                        "internalTrafficPolicy": "Cluster", "sessionAffinity": "None"}
        obj["spec"]["ports"] = [{**port, "protocol": "TCP", "nodePort": 31234} for port in obj["spec"]["ports"]]
    if obj["kind"] in {"Deployment", "StatefulSet"}:
        pod = obj["spec"]["template"]
        pod["metadata"] |= {"creationTimestamp": None}
        pod["spec"] |= {"dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler", "securityContext": {}}
        for container in pod["spec"]["containers"]:
            container |= {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "resources": {}}
    return obj


class FakeCluster:
    """A cluster that is only listed; any other call fails."""

    name = "the cluster of test.yaml"

    def __init__(self, *objects):
        self.objects = objects
        self.asked = []

    def list(self, api_version, kind, namespace="", selector=""):
        self.asked.append((api_version, kind, namespace))
        assert kind != "Secret"
        return [copy.deepcopy(obj) for obj in self.objects if obj["kind"] == kind and obj["apiVersion"] == api_version]
