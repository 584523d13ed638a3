"""Rendered bytes as objects, and substitutions spliced into them."""

import pytest

from naru.core.manifests import key_of, objects_of, sha256_of
from naru.core.substitution import substituted
from naru.errors import Missing
from naru.model.overlays import Substitution

TWO = b"""apiVersion: v1
kind: Service
metadata: {name: egov, namespace: khan}
spec:
  type: LoadBalancer
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data # kept
  namespace: khan
spec:
  storageClassName: nks
  replicas: 3
"""


def sub(kind, name, path, value):
    return Substitution(kind=kind, name=name, path=path, value=value, reason="sandbox")


def test_objects_come_in_the_order_in_which_they_were_rendered():
    assert [str(key_of(item)) for item in objects_of(TWO, "naver")] == ["Service/egov", "PersistentVolumeClaim/data"]


@pytest.mark.parametrize(("scalar", "value"), [
    ("0444", 292), ("0o17", 15), ("0x1F", 31), ("yes", True), ("off", False), ("1_000", 1000), ("12", 12), ("1.5", 1.5), ("1e3", 1000.0),
    ('"yes"', "yes"), ("2026-11-23T06:00:00Z", "2026-11-23T06:00:00Z"), ("100m", "100m"), ("null", None),
])
def test_plain_scalars_mean_what_kubectl_takes_them_for(scalar, value):
    document = f"apiVersion: v1\nkind: A\nmetadata: {{name: a}}\nx: {scalar}\n".encode()
    assert objects_of(document, "naver")[0]["x"] == value


@pytest.mark.parametrize(("data", "says"), [
    (TWO + b"---\n" + TWO, "renders Service/egov twice"),
    (b"a: 1\n", "document 1 is not a Kubernetes object"),
    (b"apiVersion: v1\nmetadata: {name: a}\n", "has no apiVersion, kind or name"),
])
def test_what_is_not_a_set_of_objects_is_refused(data, says):
    with pytest.raises(Missing, match=says):
        objects_of(data, "naver")


def test_the_hash_names_the_exact_bytes():
    assert sha256_of(TWO) != sha256_of(TWO + b"\n")


def test_a_declared_substitution_changes_only_its_scalar():
    changed = substituted(TWO, "naver", [sub("PersistentVolumeClaim", "data", "spec.storageClassName", "standard"),
                                         sub("PersistentVolumeClaim", "data", "spec.replicas", "1")])
    assert changed == TWO.replace(b"nks", b"standard").replace(b"replicas: 3", b"replicas: 1")


def test_without_substitutions_the_bytes_are_the_very_same():
    assert substituted(TWO, "naver", []) is TWO


def test_a_substitution_that_fits_nothing_is_refused():
    with pytest.raises(Missing, match=r"renders no Deployment/egov, which cloud.yaml substitutes in"):
        substituted(TWO, "naver", [sub("Deployment", "egov", "spec.replicas", "1")])
    with pytest.raises(Missing, match="there is no 'size'"):
        substituted(TWO, "naver", [sub("PersistentVolumeClaim", "data", "spec.size", "1")])
