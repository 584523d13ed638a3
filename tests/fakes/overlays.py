"""A small overlay tree of two clouds, a release for it, and a renderer that needs no kustomize."""

import json

from naru.core.overlay_patch import NewImage, NewRelease
from naru.core.yaml_nodes import read_nodes
from naru.model.release import Image, Images, Release

ZEROS, NEW = "sha256:" + "0" * 64, "sha256:" + "ab" * 32
COMMIT = "c" * 40


def cloud_yaml(name, more=""):
    return f"""name: {name}
title: {{en: {name}, ko: {name}}}
namespace: khan
pod_prefix: {name}-
registry: {{host: registry.{name}.example}}
apps:
  - {{name: egov, deployment: egov, service: egov, endpoint_port: 18081, marker: 민원}}
  - {{name: openmaru-app, deployment: {name}-openmaru-app, service: openmaru-app, endpoint_port: 18080, marker: APM}}
proven_app: egov
patched_fields:
  - {{file: kustomization.yaml, path: configMapGenerator.0.literals.0, value: 'RELEASE_VERSION={{version}}'}}
{more}""".encode()


def kustomization(name, tag="0.0.0-0", digest=ZEROS):
    return f"""# overlay of {name}
resources:
  - ../base
images:
  - name: egov # the public service
    newName: registry.{name}.example/khan/egov
    newTag: "{tag}"
    digest: {digest}
  - name: openmaru-app
    newName: registry.{name}.example/khan/openmaru-app
    newTag: "{tag}"
    digest: {digest}
configMapGenerator:
  - name: khan-release
    literals:
      - RELEASE_VERSION={tag}
""".encode()


def tree(*names, more=""):
    files = {"overlays/base/kustomization.yaml": b"resources: []\n"}
    for name in names or ("naver", "ktcloud"):
        files |= {f"overlays/{name}/cloud.yaml": cloud_yaml(name, more), f"overlays/{name}/kustomization.yaml": kustomization(name)}
    return files


def new_release(version="8.9.csap-999"):
    images = tuple(NewImage(name, f"khan/{name}", version, NEW) for name in ("egov", "openmaru-app"))
    return NewRelease(version, "khan-5-git-999", COMMIT, images)


def release(version="8.9.csap-999", commit=COMMIT):
    return Release(product="khan-monitoring", line="8.9.csap", version=version, tag="khan-5-git-999", tag_object="b" * 40, commit=commit,
                   commit_time=1_700_000_000, parameters={})


def images(version="8.9.csap-999", commit=COMMIT, digest=NEW, names=("egov", "openmaru-app")):
    return Images(version=version, commit=commit, images=tuple(
        Image(name=name, repository=f"khan/{name}", tag=version, digest=digest, config_digest=digest, size=1, labels={},
              sbom_sha256="0" * 64, inputs_sha256="0" * 64) for name in names))


class FakeRenderer:
    """Renders one Deployment per image of an overlay, and an autoscaler for each of `scaled`, as JSON lines between `---`."""

    version = "v5.8.1"

    def __init__(self, scaled=()):
        self.replicas, self.scaled = 2, scaled

    def render_tree(self, tree, folders):
        return {folder: self.render(tree[f"{folder}/kustomization.yaml"].decode()) for folder in folders}

    def render(self, text):
        documents = []
        for entry in read_nodes(text, "kustomization.yaml")[0].get("images").items:
            field = {key.text: value.text for key, value in zip(entry.keys, entry.items, strict=True)}
            image = f"{field['newName']}:{field['newTag']}" + (f"@{field['digest']}" if "digest" in field else "")
            documents.append(deployment(field["name"], image=image, replicas=self.replicas))
            documents += [autoscaler(field["name"])] if field["name"] in self.scaled else []
        return "\n---\n".join(json.dumps(document) for document in documents).encode() + b"\n"


def deployment(name, *, image="r.example/egov@" + NEW, replicas=2, namespace="khan", **container):
    labels = {"app.kubernetes.io/name": name}
    body = {"name": name, "image": image, "readinessProbe": {"httpGet": {"path": "/health", "port": 8080}}, **container}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                 "template": {"metadata": {"labels": labels}, "spec": {"containers": [body]}}},
    }


def autoscaler(name="egov", metrics=None, minimum=2):
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name},
            "spec": {"scaleTargetRef": {"kind": "Deployment", "name": name}, "minReplicas": minimum, "maxReplicas": 6,
                     "metrics": metrics or [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}]}}


class AnySchema:
    """Every object is served and without fault, unless said otherwise."""

    def __init__(self, answers=None):
        self.answers = answers or {}

    def check(self, item, version):
        return self.answers.get(item["kind"], ("served", []))


class FakeTrees:
    """Overlay trees of a FakeRepo."""

    def __init__(self, repo):
        self.repo = repo

    def read(self, commit):
        return {path: self.repo.read_file(commit, path) for path in self.repo.list_files(commit, "overlays")}
