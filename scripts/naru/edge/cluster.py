"""One Kubernetes API server, spoken to in plain dicts through the kubernetes package's own transport.

State: nothing is changed but by apply, patch, scale and delete. Before the first write the cluster's identity (uid of
kube-system) is compared with the pinned one. Reads are retried until a deadline and obey Retry-After; writes are
retried only where the server surely did nothing (429, refused connection).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from naru.edge.api_transport import Answer, Stream, Transport
from naru.edge.kubeconfig import Access
from naru.errors import Judged, Missing

MANAGER = "naru"
"""Field manager of everything that we apply."""

PAGE = 500
"""Objects per page of a list."""

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"


Objects = list[dict[str, Any]]


class Cluster:
    """One cluster; safe to use from several threads."""

    def __init__(self, name: str, access: Access, *, pinned_uid: str = "") -> None:
        self.name = name
        self._transport = Transport(name, access)
        self._pinned = pinned_uid
        self._known = not pinned_uid
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}

    # -- reads -----------------------------------------------------------------------------------------------

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> dict[str, Any] | None:
        """The object or None where there is none."""
        answer = self._transport.read(self.path(api_version, kind, namespace, name))
        return None if answer.status == 404 else self._checked(answer, f"reading {kind} {name}")

    def list(self, api_version: str, kind: str, namespace: str = "", selector: str = "") -> Objects:
        """All objects (of the namespace, matching the label selector), each with its apiVersion and kind."""
        return self.list_versioned(api_version, kind, namespace, selector)[0]

    def list_versioned(
        self, api_version: str, kind: str, namespace: str = "", selector: str = ""
    ) -> tuple[Objects, str]:
        """The objects and the resource version from which a watch goes on."""
        path, found, token = self.path(api_version, kind, namespace), [], ""
        while True:
            query = {"limit": str(PAGE), **({"labelSelector": selector} if selector else {}),
                     **({"continue": token} if token else {})}
            page = self._checked(self._transport.read(f"{path}?{urlencode(query)}"), f"listing {kind}")
            found += [{"apiVersion": api_version, "kind": kind, **item} for item in page.get("items") or []]
            token = (page.get("metadata") or {}).get("continue") or ""
            if not token:
                return found, str((page.get("metadata") or {}).get("resourceVersion") or "")

    def raw(self, path: str) -> dict[str, Any]:
        """Any path of the API (`/apis/metrics.k8s.io/v1beta1/…`) as plain values; raises Missing where it is not served."""
        return self._checked(self._transport.read(path), f"reading {path}")

    def logs(self, pod: str, namespace: str, container: str, previous: bool = False) -> str:
        """The container's log so far (the last 1 MB); empty where it is gone or not yet there."""
        query = urlencode({"container": container, "previous": str(previous).lower(), "limitBytes": str(1 << 20)})
        answer = self._transport.read(f"{self.path('v1', 'Pod', namespace, pod)}/log?{query}")
        return answer.text if answer.status == 200 else ""

    def server_version(self) -> str:
        """As `v1.34.4`."""
        return str(self.raw("/version")["gitVersion"])

    def uid(self) -> str:
        """The cluster's identity: uid of its kube-system namespace."""
        found = self.get("v1", "Namespace", "kube-system")
        if found is None:
            raise Missing(f"{self.name} has no namespace kube-system, so that it cannot be told from another cluster.")
        return str(found["metadata"]["uid"])

    def stream(self, path: str, *, read_timeout: float) -> Stream:
        """Lines of a watch or a followed log; raises OutsideDown, Gone (too old a version) or Missing at once."""
        return self._transport.stream(path, read_timeout=read_timeout)

    # -- writes ----------------------------------------------------------------------------------------------

    def apply(self, obj: dict[str, Any], *, dry_run: bool = False, force: bool = False) -> dict[str, Any]:
        """Server-side apply as manager `naru`; a conflict is Judged and names the owner of each field."""
        meta = obj["metadata"]
        query = {"fieldManager": MANAGER, "force": str(force).lower(), "fieldValidation": "Strict",
                 **({"dryRun": "All"} if dry_run else {})}
        path = f"{self.path(obj['apiVersion'], obj['kind'], meta.get('namespace', ''), meta['name'])}?{urlencode(query)}"
        return self._write("PATCH", path, obj, APPLY, f"applying {obj['kind']} {meta['name']}")

    def dry_apply(self, obj: dict[str, Any]) -> dict[str, Any]:
        """The object as a forced apply would leave it; nothing is changed."""
        return self.apply(obj, dry_run=True, force=True)

    def hand_over(self, obj: dict[str, Any], managed: Objects) -> dict[str, Any]:
        """Rewrite who owns which field, if the object is still of that resource version; a conflict is Judged."""
        meta = obj["metadata"]
        body = {"metadata": {"managedFields": managed, "resourceVersion": meta["resourceVersion"]}}
        answer = self.patch(obj["apiVersion"], obj["kind"], meta["name"], meta.get("namespace", ""), body)
        return {"apiVersion": obj["apiVersion"], "kind": obj["kind"], **answer}

    def patch(self, api_version: str, kind: str, name: str, namespace: str, body: dict[str, Any]) -> dict[str, Any]:
        """JSON merge patch."""
        path = f"{self.path(api_version, kind, namespace, name)}?{urlencode({'fieldManager': MANAGER})}"
        return self._write("PATCH", path, body, MERGE, f"patching {kind} {name}")

    def patch_status(self, api_version: str, kind: str, name: str, namespace: str, body: dict[str, Any]) -> dict[str, Any]:
        """JSON merge patch of the status subresource (load balancer addresses of a stand-in)."""
        path = f"{self.path(api_version, kind, namespace, name)}/status?{urlencode({'fieldManager': MANAGER})}"
        return self._write("PATCH", path, body, MERGE, f"patching the status of {kind} {name}")

    def scale(self, workload: str, namespace: str, replicas: int, *, kind: str = "Deployment") -> dict[str, Any]:
        """As `kubectl scale deployment NAME --replicas N`."""
        path = f"{self.path('apps/v1', kind, namespace, workload)}/scale"
        return self._write("PATCH", path, {"spec": {"replicas": replicas}}, MERGE, f"scaling {workload} to {replicas}")

    def delete(self, api_version: str, kind: str, name: str, namespace: str = "") -> bool:
        """Delete with background propagation; False where it was not there."""
        self._check_identity()
        path = self.path(api_version, kind, namespace, name)
        answer = self._transport.write("DELETE", path, {"propagationPolicy": "Background"}, "application/json")
        if answer.status == 404:
            return False
        self._checked(answer, f"deleting {kind} {name}")
        return True

    # -- paths -----------------------------------------------------------------------------------------------

    def path(self, api_version: str, kind: str, namespace: str = "", name: str = "") -> str:
        """The API path of a collection or object; raises Missing where the cluster does not serve the kind."""
        plural, namespaced = self._resource(api_version, kind)
        root = f"/api/{api_version}" if "/" not in api_version else f"/apis/{api_version}"
        scope = f"/namespaces/{quote(namespace, safe='')}" if namespaced and namespace else ""
        return f"{root}{scope}/{plural}" + (f"/{quote(name, safe='')}" if name else "")

    def namespaced(self, api_version: str, kind: str) -> bool:
        """True if objects of the kind live in a namespace."""
        return self._resource(api_version, kind)[1]

    def _resource(self, api_version: str, kind: str) -> tuple[str, bool]:
        if kind not in self._kinds.get(api_version, {}):
            root = f"/api/{api_version}" if "/" not in api_version else f"/apis/{api_version}"
            answer = self._transport.read(root)
            entries = [] if answer.status == 404 else self._checked(answer, f"reading {root}")["resources"]
            self._kinds[api_version] = {e["kind"]: (e["name"], e["namespaced"]) for e in entries if "/" not in e["name"]}
        found = self._kinds[api_version].get(kind)
        if found is None:
            raise Missing(f"{self.name} does not serve {kind} of {api_version}.")
        return found

    def _write(self, method: str, path: str, body: dict[str, Any], content: str, doing: str) -> dict[str, Any]:
        self._check_identity()
        return self._checked(self._transport.write(method, path, body, content), doing)

    def _check_identity(self) -> None:
        if self._known:
            return
        actual = self.uid()
        if actual != self._pinned:
            raise Missing(f"{self.name} is another cluster ({actual}) than the pinned one ({self._pinned}); nothing was written.",
                          hint="The kubeconfig was swapped, or the cluster was made anew: check, then pin the new uid.")
        self._known = True

    def _checked(self, answer: Answer, doing: str) -> dict[str, Any]:
        if answer.status < 300:
            plain = json.loads(answer.body or b"{}")
            assert isinstance(plain, dict)
            return plain
        raise refusal(self.name, doing, answer)


def refusal(cluster: str, doing: str, answer: Answer) -> Missing | Judged:
    """The error that an answer means: lacking rights or unknown is Missing, a conflict or an admission's no is Judged."""
    message = answer.message()
    if answer.status in {401, 403}:
        if "exceeded quota" in message or "admission" in message or "violates PodSecurity" in message:
            return Judged(f"{cluster} refused {doing}: {message}")
        return Missing(f"{cluster} did not allow {doing}: {message}", hint="The login lacks this right, or has expired.")
    if answer.status == 404:
        return Missing(f"{cluster} knows nothing of it ({doing}): {message}")
    if answer.status == 409:
        return Judged(f"{cluster}: conflict when {doing}: {message}", hint="./naru adopt --plan shows who owns which field.")
    return Judged(f"{cluster} refused {doing} with status {answer.status}: {message}")
