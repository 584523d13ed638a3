"""A machine with kind clusters, registries and balancers, in memory: what `clouds up` talks to."""

import json
from contextlib import contextmanager
from pathlib import Path

from naru.core.cluster_timing import CONTROLLER_FLAGS, CONTROLLER_MANIFEST, KUBELET_FLAGS_FILE, with_flags
from naru.errors import OutsideDown
from naru.model.words import Profile

KUBELET_FLAGS = 'KUBELET_KUBEADM_ARGS="--housekeeping-interval=5s --node-ip=172.30.0.5"\n'
MANIFEST = with_flags("    - kube-controller-manager", CONTROLLER_FLAGS[Profile.fast])


class FakeCluster:
    """Behaves as edge/kind_cluster.py is used: states, files of the node, kubectl answers for the few questions asked."""

    def __init__(self, name, state="absent", *, comes_back=True, breaks=""):
        self.name, self.node = name, f"{name}-control-plane"
        self._state, self._comes_back, self._breaks = state, comes_back, breaks
        self.files, self.objects, self.calls = {}, {}, []
        self.metrics = state == "running"
        self.made_now = False
        self.services = []
        self.phases = {}

    def state(self):
        return self._state

    def look(self, *paths):
        return self._state, {path: self.files.get(path, "") if self._state == "running" else "" for path in paths}

    def create(self, image, config, kubeconfig: Path):
        self.calls.append("create")
        if self._breaks == "create":
            self._state = "half-made"
            raise OutsideDown("kind could not make it")
        self._state, self.files, self.objects = "running", {CONTROLLER_MANIFEST: MANIFEST, KUBELET_FLAGS_FILE: KUBELET_FLAGS}, {}
        self._comes_back = True
        self.made_now, self.metrics = True, False
        kubeconfig.write_text(config)

    def wake(self):
        self.calls.append("wake")
        self._state = "running"

    def remove(self):
        self.calls.append("remove")
        self._state = "absent"

    def export_kubeconfig(self, kubeconfig):
        self.calls.append("export")
        kubeconfig.write_text("again")

    def wait_ready(self, seconds=90.0):
        if self._state != "running" or not self._comes_back:
            raise OutsideDown(f"{self.name} was not ready")

    def kubectl(self, *words, stdin=b"", check=True, timeout=60):
        self.calls.append(" ".join(word for word in words if not word.startswith("-"))[:60])
        if "--raw" in words:
            return '{"usage"}' if self.metrics else "ServiceUnavailable"
        if words[0] == "get" and "services" in (kinds := words[1].split(",")):
            return json.dumps({"items": [*({"kind": "Service", **item} for item in self.services), *(self.volumes() if "persistentvolumes" in kinds else ())]})
        if words[:2] == ("delete", "persistentvolumes"):
            for name in words[2:]:
                del self.objects["PersistentVolume", name], self.phases[name]
        if words[:2] == ("get", "namespace"):
            return "uid-1"
        if "patch" in words:
            name = words[words.index("service") + 1]
            for service in self.services:
                if service["metadata"]["name"] == name:
                    service["status"] = json.loads(words[-1])["status"]
        return ""

    def volumes(self):
        volumes = [item for (kind, _), item in self.objects.items() if kind == "PersistentVolume"]
        return [{**item, "status": {"phase": self.phases.get(item["metadata"]["name"], "Available")}} for item in volumes]

    def apply_all(self, objects):
        self.calls.append("apply")
        if self._breaks == "apply":
            self._breaks = ""
            raise OutsideDown("the API server went away")
        for item in objects:
            self.objects[item["kind"], item["metadata"]["name"]] = item
        self.metrics = self.metrics or ("APIService", "v1beta1.metrics.k8s.io") in self.objects

    def write_files(self, files):
        self.files |= files

    def renew_kubelet(self, files):
        self.calls.append("kubelet")
        self.write_files(files)

    def empty_folders(self, paths):
        self.calls.append(f"empty {' '.join(paths)}")

    def make_folders(self, paths):
        self.calls.append(f"folders {len(paths)}")


class FakeStandIns:
    """Registries and balancers: remembers configurations and says whether anything changed."""

    def __init__(self):
        self.configs, self.apps, self.calls = {}, {}, []

    @contextmanager
    def balancing(self, name):
        self.calls.append(f"lock {name}")
        yield
        self.calls.append(f"unlock {name}")

    def balanced_apps(self, name):
        return self.apps.get(name, ())

    def keep_balanced_apps(self, name, apps):
        self.calls.append(f"keep {len(apps)}")
        self.apps[name] = apps

    def ensure_image(self):
        return False

    def ensure_network(self):
        return False

    def ensure_registry(self, place, login):
        return self._keep(place.container, login)

    def ensure_balancer(self, name, config, ports):
        self.calls.append("balancer")
        return self._keep(name, (config, ports))

    def login(self, cloud):
        return "naru", f"password-of-{cloud}"

    def keep_login(self, cloud, text):
        return self._keep(f"login {cloud}", text)

    def _keep(self, name, value):
        changed = self.configs.get(name) != value
        self.configs[name] = value
        return changed
